using System.Collections.Frozen;
using KeyPass.Server.Pricing;

namespace KeyPass.Server.Prices;

/// <summary>The prices in force now, in memory: asking costs no I/O, and one call asks one book throughout.</summary>
internal sealed class PriceBookSource(PriceStore store) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Snapshot _snapshot = new((0, 0), PriceBook.Catalogue, FrozenDictionary<Guid, PriceBook>.Empty,
        FrozenDictionary<(Guid?, string, string), PriceStore.PriceRow>.Empty);

    /// <summary>With the account's own prices for its own servers' models.</summary>
    public PriceBook For(Guid accountId)
    {
        var snapshot = _snapshot;
        return snapshot.OfAccounts.GetValueOrDefault(accountId) ?? snapshot.Book;
    }

    /// <summary>Who set a price that is no catalogue's, and when. Null where nobody did.</summary>
    public (DateTimeOffset At, Guid? By)? SettingOf(Guid accountId, ModelPrice price)
    {
        var set = _snapshot.Set;
        return set.GetValueOrDefault(NameOf(price.Source == PriceForm.OfAccount ? accountId : null, price.Provider, price.Id)) is { } row
            ? (row.SetAt, row.SetBy)
            : null;
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Takes over what was set since, here or at another server of the same database.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            // The mark first: what is set between the two is read now, and once more next time.
            var mark = await store.MarkAsync(cancel);
            if (mark != _snapshot.Mark)
                _snapshot = Read(mark, await store.ListAsync(cancel));
        }
        finally
        {
            _turn.Release();
        }
    }

    private static Snapshot Read((long, long) mark, IReadOnlyList<PriceStore.PriceRow> rows)
    {
        var book = PriceBook.Catalogue.With([.. rows.Where(row => row.AccountId is null).Select(PriceForm.Read)]);
        return new Snapshot(mark, book, rows.Where(row => row.AccountId is not null).GroupBy(row => row.AccountId!.Value)
            .ToFrozenDictionary(group => group.Key, group => book.With([.. group.Select(PriceForm.Read)])),
            rows.ToFrozenDictionary(row => NameOf(row.AccountId, row.Provider, row.Model)));
    }

    /// <summary>Names differ by more than case, as the book has them.</summary>
    private static (Guid?, string, string) NameOf(Guid? owner, string provider, string model) => (owner, provider, model.ToLowerInvariant());

    private sealed record Snapshot(
        (long Count, long Last) Mark, PriceBook Book, FrozenDictionary<Guid, PriceBook> OfAccounts,
        FrozenDictionary<(Guid?, string, string), PriceStore.PriceRow> Set);
}
