using KeyPass.Server.Audit;
using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Vault;

/// <summary>Grants that a token made, until the vault's owner has confirmed them.</summary>
internal sealed class ApprovalStore(Database database, VaultStore vaults, GrantStore grants, AuditStore audit)
{
    public async Task<bool> WaitsAsync(VaultStore.VaultRow vault, Guid grantId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await Waiting(context, vault).AnyAsync(row => row.Id == grantId, cancel);
    }

    /// <summary>The vault holds its secret from now on: it gets new versions of its keys like any other.</summary>
    public Task<VaultChange> ApproveGrantAsync(
        VaultStore.VaultRow vault, Guid grantId, byte[] escrow, byte[] pointTag, IReadOnlyList<GrantStore.SealedKeyRow> sealedKeys,
        CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (await Waiting(context, vault).SingleOrDefaultAsync(row => row.Id == grantId, cancel) is not { } grant)
                return VaultChange.NotThere;
            (grant.Escrow, grant.VaultPointTag, grant.Approved) = (escrow, pointTag, true);
            if (!await VaultStore.HasKeysAsync(context, vault.Id, sealedKeys, cancel) || !await GrantStore.ReplaceAsync(context, vault.Id, sealedKeys, cancel))
                return VaultChange.NotThere;
            audit.Append(context, new AuditEntry(vault.AccountId, Actor.Account, "grant.approved", grantId.ToString("N")));
            return VaultChange.Done;
        }, cancel);

    public Task<VaultChange> RejectGrantAsync(VaultStore.VaultRow vault, Guid grantId, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (!await Waiting(context, vault).AnyAsync(row => row.Id == grantId, cancel))
                return VaultChange.NotThere;
            await grants.RevokeAsync(context, grantId, cancel);
            audit.Append(context, new AuditEntry(vault.AccountId, Actor.Account, "grant.rejected", grantId.ToString("N")));
            return VaultChange.Done;
        }, cancel);

    /// <summary>The same for a managed vault, where the server opens what waits itself: a deposit, or a grant.</summary>
    public Task<VaultChange> TakeAsync(VaultStore.VaultRow vault, ManagedVault managed, Guid subject, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context => await TakeAsync(context, vault, managed, subject, cancel) ? VaultChange.Done : VaultChange.NotThere, cancel);

    /// <summary>Joins the caller's unit of work: everything that waits, for a vault that becomes managed.</summary>
    public async Task TakeAllAsync(KeyPassDb context, VaultStore.VaultRow vault, ManagedVault managed, CancellationToken cancel)
    {
        var deposits = await Deposits(context, vault).Select(row => row.Id).ToListAsync(cancel);
        var made = await Waiting(context, vault).Select(row => row.Id).ToListAsync(cancel);
        foreach (var subject in deposits.Concat(made))
            await TakeAsync(context, vault, managed, subject, cancel);
    }

    private async Task<bool> TakeAsync(KeyPassDb context, VaultStore.VaultRow vault, ManagedVault managed, Guid subject, CancellationToken cancel)
    {
        if (await Deposits(context, vault).SingleOrDefaultAsync(row => row.Id == subject, cancel) is { } deposit)
        {
            (deposit.Envelope, deposit.Kind) = (managed.TakeDeposit(deposit), VaultStore.ProviderKeyKind);
            audit.Append(context, new AuditEntry(vault.AccountId, Actor.Account, "deposit.approved", subject.ToString("N")));
            return true;
        }
        if (await Waiting(context, vault).SingleOrDefaultAsync(row => row.Id == subject, cancel) is not { } grant)
            return false;
        (grant.Escrow, grant.VaultPointTag) = managed.TakeGrant(grant);
        grant.Approved = true;
        audit.Append(context, new AuditEntry(vault.AccountId, Actor.Account, "grant.approved", subject.ToString("N")));
        return true;
    }

    private static IQueryable<VaultStore.ItemRow> Deposits(KeyPassDb context, VaultStore.VaultRow vault) =>
        context.Set<VaultStore.ItemRow>().Where(row => row.VaultId == vault.Id && row.Kind == VaultStore.DepositKind);

    private static IQueryable<GrantStore.GrantRow> Waiting(KeyPassDb context, VaultStore.VaultRow vault) =>
        context.Set<GrantStore.GrantRow>().Where(row => row.VaultId == vault.Id && !row.Approved && row.RevokedAt == null);
}
