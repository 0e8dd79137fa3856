using KeyPass.Server.Audit;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Accounts;

/// <summary>A vault that the server may open from now on, and what waited in it.</summary>
internal sealed class CustodyStore(VaultStore vaults, ApprovalStore approvals, AuditStore audit, Ring ring)
{
    /// <summary>Null when it is done; otherwise why not.</summary>
    public async Task<RefusalResult?> BecomeManagedAsync(VaultStore.VaultRow vault, VaultStore.UnlockRow unlock, CancellationToken cancel)
    {
        var outcome = await vaults.ChangeAsync(vault, async context =>
        {
            var row = await context.Set<VaultStore.VaultRow>().SingleAsync(one => one.Id == vault.Id, cancel);
            row.Custody = VaultStore.Managed;
            context.Add(unlock);
            await approvals.TakeAllAsync(context, vault, new ManagedVault(vault, unlock, ring), cancel);
            audit.Append(context, new AuditEntry(vault.AccountId, Actor.Account, "vault.managed", vault.Id.ToString("N")));
            return VaultChange.Done;
        }, cancel);
        return outcome == VaultChange.Done
            ? null
            : Refusals.VersionConflict.Because("The vault was changed meanwhile: read it again, and convert it from there.");
    }

    /// <summary>That its key left the server, even to its owner, is worth an entry.</summary>
    public Task NoteOpenedAsync(VaultStore.VaultRow vault, CancellationToken cancel) => vaults.ChangeAsync(vault, context =>
    {
        audit.Append(context, new AuditEntry(vault.AccountId, Actor.Account, "vault.opened", vault.Id.ToString("N")));
        return Task.FromResult(VaultChange.Done);
    }, cancel);
}
