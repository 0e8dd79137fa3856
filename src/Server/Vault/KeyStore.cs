using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Vault;

/// <summary>A vault's provider keys, as envelopes. Whose they are is in every question: another's key is not there.</summary>
internal sealed class KeyStore(Database database, VaultStore vaults, AuditStore audit, TimeProvider clock)
{
    /// <summary>More than one account has use for; the list stays one page.</summary>
    public const int MostKeys = 200;

    /// <summary>Enough for somebody who is trying; too few to find keys that work among stolen ones.</summary>
    public const int TestsAnHour = 10;

    /// <summary>A key's new version, and what becomes of the grants it was not sealed for: they keep the old one, or lose the key.</summary>
    internal sealed record Rotation(Guid KeyId, int Version, byte[] Envelope, IReadOnlyList<GrantStore.SealedKeyRow> SealedKeys, bool CutOff);

    public async Task<IReadOnlyList<VaultStore.ItemRow>> ListAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await Own(context, accountId).AsNoTracking().OrderBy(row => row.CreatedAt).ToListAsync(cancel);
    }

    public async Task<VaultStore.ItemRow?> FindAsync(Guid accountId, Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await Own(context, accountId).AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancel);
    }

    public Task<VaultChange> AddAsync(
        VaultStore.VaultRow vault, VaultStore.ItemRow item, IReadOnlyList<GrantStore.SealedKeyRow> sealedKeys, string actor, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (await Own(context, vault.AccountId).CountAsync(cancel) >= MostKeys)
                return VaultChange.TooMany;
            context.Add(item);
            if (!await GrantStore.ReplaceAsync(context, vault.Id, sealedKeys, cancel))
                return VaultChange.NotThere;
            Note(context, vault.AccountId, actor, item.Kind == VaultStore.DepositKind ? "key.deposited" : "key.added", item.Id);
            return VaultChange.Done;
        }, cancel);

    public Task<VaultChange> RelabelAsync(VaultStore.VaultRow vault, Guid id, string? label, string actor, CancellationToken cancel) =>
        ChangeAsync(vault, id, "key.relabelled", actor, (_, row) =>
        {
            row.Label = label;
            return Task.FromResult(VaultChange.Done);
        }, cancel);

    public Task<VaultChange> LimitAsync(VaultStore.VaultRow vault, Guid id, BudgetWish? budget, string actor, CancellationToken cancel) =>
        ChangeAsync(vault, id, "key.limited", actor, async (context, _) =>
        {
            await BudgetStore.SetAsync(context, vault.AccountId, BudgetOwner.ProviderKey, id, BudgetKind.Spend, budget, clock.GetUtcNow(), cancel);
            return VaultChange.Done;
        }, cancel);

    /// <summary>
    /// The version must be the next one: two rotations at once, and one would be lost without a word. The old version goes in the same
    /// transaction, from every grant that got the new one.
    /// </summary>
    public Task<VaultChange> RotateAsync(VaultStore.VaultRow vault, Rotation rotation, string actor, CancellationToken cancel) =>
        ChangeAsync(vault, rotation.KeyId, "key.rotated", actor, async (context, row) =>
        {
            if (row.Kind != VaultStore.ProviderKeyKind || row.Version != rotation.Version - 1)
                return VaultChange.Conflict;
            (row.Version, row.Envelope, row.RotatedAt) = (rotation.Version, rotation.Envelope, clock.GetUtcNow());
            (row.TestedAt, row.TestStatus) = (null, null);
            if (rotation.CutOff)
                await context.Set<GrantStore.SealedKeyRow>().Where(one => one.KeyId == row.Id).ExecuteDeleteAsync(cancel);
            return await GrantStore.ReplaceAsync(context, vault.Id, rotation.SealedKeys, cancel) ? VaultChange.Done : VaultChange.NotThere;
        }, cancel);

    /// <summary>Grants that hold the key in an older version than the vault.</summary>
    public async Task<IReadOnlyList<Guid>> ListStillOnOldAsync(Guid id, int version, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<GrantStore.SealedKeyRow>().Where(row => row.KeyId == id && row.Version < version)
            .Select(row => row.GrantId).Distinct().ToListAsync(cancel);
    }

    /// <summary>Every grant loses it in the same moment: the database removes what was sealed of it.</summary>
    public Task<VaultChange> DeleteAsync(VaultStore.VaultRow vault, Guid id, string actor, CancellationToken cancel) =>
        ChangeAsync(vault, id, "key.deleted", actor, (context, row) =>
        {
            context.Remove(row);
            return Task.FromResult(VaultChange.Done);
        }, cancel);

    /// <summary>The owner has looked at a deposit and takes it: from now on it is a key of the vault like any other.</summary>
    public Task<VaultChange> ApproveAsync(
        VaultStore.VaultRow vault, Guid id, byte[] envelope, IReadOnlyList<GrantStore.SealedKeyRow> sealedKeys, CancellationToken cancel) =>
        ChangeAsync(vault, id, "deposit.approved", Actor.Account, async (context, row) =>
        {
            if (row.Kind != VaultStore.DepositKind)
                return VaultChange.NotThere;
            (row.Kind, row.Envelope) = (VaultStore.ProviderKeyKind, envelope);
            return await GrantStore.ReplaceAsync(context, vault.Id, sealedKeys, cancel) ? VaultChange.Done : VaultChange.NotThere;
        }, cancel);

    public Task<VaultChange> RejectAsync(VaultStore.VaultRow vault, Guid id, CancellationToken cancel) =>
        ChangeAsync(vault, id, "deposit.rejected", Actor.Account, (context, row) =>
        {
            if (row.Kind != VaultStore.DepositKind)
                return Task.FromResult(VaultChange.NotThere);
            context.Remove(row);
            return Task.FromResult(VaultChange.Done);
        }, cancel);

    /// <summary>Before the provider is asked: a test that is counted only afterwards could be asked for a thousand times at once.</summary>
    public Task<VaultChange> BeginTestAsync(VaultStore.VaultRow vault, Guid id, string actor, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (!await Own(context, vault.AccountId).AnyAsync(row => row.Id == id, cancel))
                return VaultChange.NotThere;
            var entry = new AuditEntry(vault.AccountId, actor, "key.tested", id.ToString("N"));
            if (await AuditStore.CountAsync(context, entry, clock.GetUtcNow().AddHours(-1), cancel) >= TestsAnHour)
                return VaultChange.TooMany;
            audit.Append(context, entry);
            return VaultChange.Done;
        }, cancel);

    /// <summary>Nothing where the key was rotated or deleted while the provider thought about it.</summary>
    public async Task NoteTestAsync(Guid id, int version, string status, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        await context.Set<VaultStore.ItemRow>().Where(row => row.Id == id && row.Version == version)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.TestedAt, now).SetProperty(row => row.TestStatus, status), cancel);
    }

    /// <summary>Change and entry in one transaction; neither where <paramref name="change"/> says that it does not fit.</summary>
    private Task<VaultChange> ChangeAsync(
        VaultStore.VaultRow vault, Guid id, string action, string actor, Func<KeyPassDb, VaultStore.ItemRow, Task<VaultChange>> change,
        CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (await Own(context, vault.AccountId).SingleOrDefaultAsync(row => row.Id == id, cancel) is not { } item)
                return VaultChange.NotThere;
            Note(context, vault.AccountId, actor, action, id);
            return await change(context, item);
        }, cancel);

    private void Note(KeyPassDb context, Guid accountId, string actor, string action, Guid id) =>
        audit.Append(context, new AuditEntry(accountId, actor, action, id.ToString("N")));

    private static IQueryable<VaultStore.ItemRow> Own(KeyPassDb context, Guid accountId) =>
        from item in context.Set<VaultStore.ItemRow>()
        join vault in context.Set<VaultStore.VaultRow>() on item.VaultId equals vault.Id
        where vault.AccountId == accountId && item.Kind != VaultStore.AccountKind
        select item;
}
