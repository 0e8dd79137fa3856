using KeyPass.Server.Audit;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace KeyPass.Server.Vault;

/// <summary>A vault's provider keys, as envelopes. Whose they are is in every question: another's key is not there.</summary>
internal sealed class KeyStore(Database database, AuditStore audit, TimeProvider clock)
{
    /// <summary>The kind of a vault item that is a provider key.</summary>
    public const string Kind = "key";

    /// <summary>More than one account has use for; the list stays one page.</summary>
    public const int MostKeys = 200;

    internal enum Change
    {
        Done,
        NotThere,
        Conflict,
    }

    public async Task<IReadOnlyList<VaultStore.ItemRow>> ListAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await Own(context, accountId).AsNoTracking().OrderBy(row => row.CreatedAt).ToListAsync(cancel);
    }

    public async Task<Change> AddAsync(Guid accountId, VaultStore.ItemRow item, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        if (await Own(context, accountId).CountAsync(cancel) >= MostKeys)
            return Change.Conflict;
        context.Add(item);
        Note(context, accountId, "key.added", item.Id);
        try
        {
            await context.SaveChangesAsync(cancel);
            return Change.Done;
        }
        catch (DbUpdateException failure) when (failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return Change.Conflict;
        }
    }

    public Task<Change> RelabelAsync(Guid accountId, Guid id, string? label, CancellationToken cancel) =>
        ChangeAsync(accountId, id, "key.relabelled", (_, row) =>
        {
            row.Label = label;
            return true;
        }, cancel);

    /// <summary>The version must be the next one: two rotations at once, and one would be lost without a word.</summary>
    public Task<Change> RotateAsync(Guid accountId, Guid id, int version, byte[] envelope, CancellationToken cancel) =>
        ChangeAsync(accountId, id, "key.rotated", (_, row) =>
        {
            if (row.Version != version - 1)
                return false;
            (row.Version, row.Envelope, row.RotatedAt) = (version, envelope, clock.GetUtcNow());
            return true;
        }, cancel);

    public Task<Change> DeleteAsync(Guid accountId, Guid id, CancellationToken cancel) =>
        ChangeAsync(accountId, id, "key.deleted", (context, row) =>
        {
            context.Remove(row);
            return true;
        }, cancel);

    /// <summary>Change and entry in one transaction; neither where <paramref name="change"/> says that it does not fit.</summary>
    private async Task<Change> ChangeAsync(
        Guid accountId, Guid id, string action, Func<KeyPassDb, VaultStore.ItemRow, bool> change, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        if (await Own(context, accountId).SingleOrDefaultAsync(row => row.Id == id, cancel) is not { } item)
            return Change.NotThere;
        if (!change(context, item))
            return Change.Conflict;
        Note(context, accountId, action, id);
        try
        {
            await context.SaveChangesAsync(cancel);
            return Change.Done;
        }
        catch (DbUpdateConcurrencyException)
        {
            return Change.Conflict;
        }
    }

    private void Note(KeyPassDb context, Guid accountId, string action, Guid id) =>
        audit.Append(context, new AuditEntry(accountId, "account", action, id.ToString("N")));

    private static IQueryable<VaultStore.ItemRow> Own(KeyPassDb context, Guid accountId) =>
        from item in context.Set<VaultStore.ItemRow>()
        join vault in context.Set<VaultStore.VaultRow>() on item.VaultId equals vault.Id
        where vault.AccountId == accountId && item.Kind == Kind
        select item;
}
