using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Gateway;

/// <summary>
/// The credentials that called lately, at hand without a question to the database. A change of one is heard within the beat of
/// <see cref="GrantWatch"/>; while nothing is heard, nothing here counts.
/// </summary>
/// <param name="most">About 2 KB each. Beyond it those that rest are forgotten and read again.</param>
internal sealed class LiveGrants(GrantLookupStore store, TimeProvider clock, ILogger<LiveGrants> log, int most = 20_000)
{
    /// <summary>A credential's hash as a key of the table, without an array.</summary>
    private readonly record struct Hash(ulong A, ulong B, ulong C, ulong D)
    {
        public static Hash Of(ReadOnlySpan<byte> hash)
        {
            var parts = MemoryMarshal.Cast<byte, ulong>(hash);
            return new Hash(parts[0], parts[1], parts[2], parts[3]);
        }

        public byte[] ToArray() => MemoryMarshal.AsBytes<ulong>([A, B, C, D]).ToArray();
    }

    /// <summary>Of a look at a changed credential whose calls still run, while the database does not answer.</summary>
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<Hash, LiveGrant> _known = new();
    private readonly ConcurrentDictionary<Hash, byte> _retried = new();

    /// <summary>Under its own lock: an entry that is lost here is one that no revocation reaches.</summary>
    private readonly Dictionary<Guid, HashSet<Hash>> _byGrant = [];

    private long _news;

    /// <summary>Null for a credential that stands for nothing. It may be revoked or expired: the caller says which.</summary>
    public ValueTask<LiveGrant?> FindAsync(Credential credential, CancellationToken cancel)
    {
        Span<byte> hash = stackalloc byte[Credential.HashSize];
        credential.Hash(hash);
        var place = Hash.Of(hash);
        return _known.TryGetValue(place, out var known) && !known.IsStale ? ValueTask.FromResult<LiveGrant?>(known) : ReadAsync(place, cancel);
    }

    /// <summary>Something about this grant changed: it counts no more until it is read again, and its calls go on only if it still may.</summary>
    public void Changed(Guid grantId)
    {
        Interlocked.Increment(ref _news);
        foreach (var place in PlacesOf(grantId))
        {
            if (_known.TryGetValue(place, out var known))
                _known.TryUpdate(place, known with { IsStale = true }, known);
            _ = ReadAgainAsync(place);
        }
    }

    /// <summary>Something that concerns every grant of the account, as its budget does.</summary>
    public void AccountChanged(Guid accountId)
    {
        Interlocked.Increment(ref _news);
        foreach (var (place, known) in _known)
        {
            if (known.AccountId != accountId)
                continue;
            _known.TryUpdate(place, known with { IsStale = true }, known);
            _ = ReadAgainAsync(place);
        }
    }

    /// <summary>Anything may have changed while nobody listened.</summary>
    public void AllChanged()
    {
        Interlocked.Increment(ref _news);
        foreach (var (place, known) in _known)
        {
            if (known.Life.TryRetire())
                Forget(place, known);
            else
                _ = ReadAgainAsync(place);
        }
    }

    private async ValueTask<LiveGrant?> ReadAsync(Hash place, CancellationToken cancel)
    {
        if (_known.Count >= most)
            ForgetIdle();
        var before = Interlocked.Read(ref _news);
        if (await store.FindAsync(place.ToArray(), new GrantLife(), cancel) is not { } read)
            return null;
        // News that came while the rows were read may have been of these rows.
        var isStale = Interlocked.Read(ref _news) != before;
        var kept = Keep(place, read with { IsStale = isStale });
        if (isStale)
            _ = ReadAgainAsync(place);
        return kept;
    }

    private async Task ReadAgainAsync(Hash place)
    {
        while (_known.TryGetValue(place, out var known))
        {
            try
            {
                var before = Interlocked.Read(ref _news);
                var read = await store.FindAsync(place.ToArray(), known.Life, CancellationToken.None);
                if (read is not null && read.StateAt(clock.GetUtcNow()) == LiveState.Active)
                {
                    if (Interlocked.Read(ref _news) != before)
                        continue;
                    Keep(place, read);
                }
                else
                {
                    known.Life.End();
                    Forget(place, known);
                }
                _retried.TryRemove(place, out _);
                return;
            }
            catch (Exception failure)
            {
                // The database is away: nothing counts until it is back. What runs meanwhile is looked at again, once for all that ask.
                log.LogDebug(failure, "A changed credential could not be read again");
                if (known.Life.TryRetire())
                    Forget(place, known);
                else if (!_retried.TryAdd(place, 0))
                    return;
            }
            await Task.Delay(PauseBeforeRetry);
            _retried.TryRemove(place, out _);
        }
    }

    /// <summary>All readings of one credential share one life, so that its end reaches every call; a life that is over starts none.</summary>
    private LiveGrant Keep(Hash place, LiveGrant read)
    {
        lock (_byGrant)
        {
            if (!_byGrant.TryGetValue(read.Id, out var places))
                _byGrant[read.Id] = places = [];
            places.Add(place);
            var life = _known.TryGetValue(place, out var known) ? known.Life : read.Life;
            return _known[place] = read with { Life = life.IsOver ? new GrantLife() : life };
        }
    }

    private void Forget(Hash place, LiveGrant known)
    {
        lock (_byGrant)
        {
            if (!_known.TryGetValue(place, out var now) || now.Life != known.Life)
                return;
            _known.TryRemove(place, out _);
            if (_byGrant.TryGetValue(known.Id, out var places) && places.Remove(place) && places.Count == 0)
                _byGrant.Remove(known.Id);
        }
    }

    private Hash[] PlacesOf(Guid grantId)
    {
        lock (_byGrant)
            return _byGrant.TryGetValue(grantId, out var places) ? [.. places] : [];
    }

    private void ForgetIdle()
    {
        foreach (var (place, known) in _known)
        {
            if (known.Life.TryRetire())
                Forget(place, known);
        }
    }
}
