using KeyPass.Server.Audit;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Accounts;

/// <summary>A new vault key, or a new way to the present one, in one transaction.</summary>
internal sealed class VaultRotationStore(VaultStore vaults, GrantStore grants, AuditStore audit, TimeProvider clock)
{
    /// <summary>Null when it is done; otherwise why not. However the vault was opened before, the server's own way in is gone with the rest.</summary>
    /// <param name="asSealed">What becomes of the account where the vault was a managed one.</param>
    public async Task<RefusalResult?> ApplyAsync(
        VaultStore.VaultRow vault, VaultRotation rotation, CancellationToken cancel, Action<AccountStore.AccountRow>? asSealed = null)
    {
        var outcome = await vaults.ChangeAsync(vault, async context =>
        {
            var row = await context.Set<VaultStore.VaultRow>().SingleAsync(one => one.Id == vault.Id, cancel);
            // This change counts itself.
            if (row.Changes != rotation.PendingCounter + 1)
                return VaultChange.Conflict;
            (row.Epoch, row.PublicKey, row.Custody) = (rotation.Epoch, rotation.PublicKey, VaultStore.Sealed);
            asSealed?.Invoke(await context.Set<AccountStore.AccountRow>().SingleAsync(one => one.Id == vault.AccountId, cancel));
            if (!await CarryItemsAsync(context, vault.Id, rotation, cancel) || !await CarryGrantsAsync(context, vault.Id, rotation, cancel))
                return VaultChange.NotThere;
            context.RemoveRange(await context.Set<VaultStore.UnlockRow>().Where(one => one.VaultId == vault.Id).ToListAsync(cancel));
            // A passkey that no longer unlocks would only sign in, to a vault that stays shut: it is added anew.
            context.RemoveRange(await context.Set<PasskeyStore.PasskeyRow>().Where(one => one.AccountId == vault.AccountId).ToListAsync(cancel));
            context.AddRange(rotation.Unlocks);
            context.RemoveRange(await context.Set<SessionStore.SessionRow>().Where(one => one.AccountId == vault.AccountId).ToListAsync(cancel));
            audit.Append(context, new AuditEntry(
                vault.AccountId, Actor.Account, asSealed is null ? "vault.rotated" : "vault.sealed", vault.Id.ToString("N")));
            return VaultChange.Done;
        }, cancel);
        return outcome switch
        {
            VaultChange.Done => null,
            VaultChange.NotThere => Refusals.InvalidRequest.Because(
                "The rotation leaves something out, or names what is not there: each item and each grant is carried over or discarded."),
            _ => Refusals.VersionConflict.Because("Something was added to the vault meanwhile: read it again, and rotate from there. Nothing was changed."),
        };
    }

    public async Task<RefusalResult?> ReplaceRecoveryAsync(VaultStore.VaultRow vault, VaultStore.UnlockRow unlock, CancellationToken cancel)
    {
        var outcome = await vaults.ChangeAsync(vault, async context =>
        {
            context.RemoveRange(await context.Set<VaultStore.UnlockRow>()
                .Where(one => one.VaultId == vault.Id && one.Method == VaultStore.RecoveryMethod).ToListAsync(cancel));
            context.Add(unlock);
            audit.Append(context, new AuditEntry(vault.AccountId, Actor.Account, "recovery.replaced", vault.Id.ToString("N")));
            return VaultChange.Done;
        }, cancel);
        return outcome == VaultChange.Done
            ? null
            : Refusals.VersionConflict.Because("The vault was changed meanwhile: read it again, and make the code from there.");
    }

    private async Task<bool> CarryItemsAsync(KeyPassDb context, Guid vaultId, VaultRotation rotation, CancellationToken cancel)
    {
        var items = await context.Set<VaultStore.ItemRow>().Where(row => row.VaultId == vaultId).ToListAsync(cancel);
        foreach (var item in items)
        {
            if (rotation.Items.TryGetValue(item.Id, out var carried))
                (item.Version, item.Envelope) = (carried.Version, carried.Bytes);
            // The account's own item is never thrown away: without it there is no account.
            else if (item.Kind != VaultStore.AccountKind && rotation.Discarded.Contains(item.Id))
                context.Remove(item);
            else
                return false;
        }
        var added = rotation.Items.Where(one => !items.Exists(item => item.Id == one.Key)).ToList();
        if (added is [{ Value: { Kind: VaultStore.AccountKind, Version: 1 } envelope, Key: var id }]
            && !items.Exists(item => item.Kind == VaultStore.AccountKind))
        {
            context.Add(new VaultStore.ItemRow
            {
                Id = id, VaultId = vaultId, Kind = VaultStore.AccountKind, Version = 1, Envelope = envelope.Bytes, CreatedAt = clock.GetUtcNow(),
            });
            return true;
        }
        return added.Count == 0;
    }

    private async Task<bool> CarryGrantsAsync(KeyPassDb context, Guid vaultId, VaultRotation rotation, CancellationToken cancel)
    {
        var living = await context.Set<GrantStore.GrantRow>().Where(row => row.VaultId == vaultId && row.RevokedAt == null).ToListAsync(cancel);
        foreach (var grant in living)
        {
            if (rotation.Grants.TryGetValue(grant.Id, out var carried) && carried.PointTag is not null == grant.Approved)
                (grant.Escrow, grant.VaultPointTag) = (carried.Bytes, carried.PointTag ?? grant.VaultPointTag);
            else if (rotation.Discarded.Contains(grant.Id))
                await grants.RevokeAsync(context, grant.Id, cancel);
            else
                return false;
        }
        return rotation.Grants.Keys.All(id => living.Exists(grant => grant.Id == id));
    }
}
