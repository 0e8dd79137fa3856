using System.Security.Claims;
using System.Text.Json;
using KeyPass.Server.Audit;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>Keys of managed vaults: they come in the clear, and the server seals them itself.</summary>
internal static class ManagedKeysEndpoints
{
    public static async Task<(VaultChange Outcome, VaultStore.ItemRow? Added)> AddAsync(
        FieldCheck check, FilledForm filled, string? label, ClaimsPrincipal caller, KeyStore store, GrantStore grants, ManagedVault managed,
        VaultStore.VaultRow vault, DateTimeOffset now, CancellationToken cancel)
    {
        using var form = KeyForm.Read(check, filled);
        if (check.Refusal is not null)
            return default;
        var version = new KeyVersion(vault.Id, Guid.CreateVersion7(now), Version: 1, form.Provider, form.Origin);
        var item = new VaultStore.ItemRow
        {
            Id = version.KeyId,
            VaultId = vault.Id,
            Kind = VaultStore.ProviderKeyKind,
            Version = 1,
            Envelope = managed.SealItem(version, form.Scheme, form.Secret),
            Provider = form.Provider,
            Origin = form.Origin,
            Label = label,
            CreatedAt = now,
            DepositedBy = caller.IsManagementToken() ? caller.CredentialId() : null,
        };
        // A token that may hand keys on has the use of what it brings, as in a sealed vault.
        var own = caller.IsManagementToken() && caller.May(Scope.Delegate)
            ? (await grants.ListAsync(vault.Id, approved: true, cancel)).Where(grant => grant.Id == caller.CredentialId()).Select(grant => (grant, 0)).ToList()
            : [];
        var sealedKeys = managed.SealFor(own, version, form.Scheme, form.Secret, now);
        return (await store.AddAsync(vault, item, sealedKeys, Actor.Of(caller), cancel), item);
    }

    /// <summary>F9 by the server: every grant that holds the key gets the new version, and nobody keeps the old one.</summary>
    public static async Task<(VaultChange Outcome, int Version)> RotateAsync(
        FieldCheck check, FilledForm filled, VaultStore.ItemRow item, KeyStore store, GrantStore grants, ManagedVault managed,
        VaultStore.VaultRow vault, DateTimeOffset now, CancellationToken cancel)
    {
        using var form = KeyForm.Read(check, FormFor(item, filled, managed));
        check.Require(check.Refusal is not null || (form.Provider == item.Provider && form.Origin == item.Origin),
            "provider", "A key is rotated at the provider and address it has: add another key for another place.");
        if (check.Refusal is not null)
            return default;
        var version = new KeyVersion(vault.Id, item.Id, (uint)item.Version + 1, form.Provider, form.Origin);
        var held = await grants.SealedKeysOfAsync(vault.Id, cancel);
        var holders = (await grants.ListAsync(vault.Id, approved: true, cancel))
            .Select(grant => (grant, Row: held[grant.Id].FirstOrDefault(row => row.KeyId == item.Id)))
            .Where(one => one.Row is not null).Select(one => (one.grant, one.Row!.Priority)).ToList();
        var rotation = new KeyStore.Rotation(
            item.Id, (int)version.Version, managed.SealItem(version, form.Scheme, form.Secret),
            managed.SealFor(holders, version, form.Scheme, form.Secret, now), CutOff: true);
        return (await store.RotateAsync(vault, rotation, Actor.Account, cancel), (int)version.Version);
    }

    /// <summary>What the person filled in when the key was added need not be said again: it stands in the row, or sealed beside the old key.</summary>
    private static FilledForm FormFor(VaultStore.ItemRow item, FilledForm filled, ManagedVault managed)
    {
        var (provider, origin) = (item.Provider!, item.Origin!);
        return filled with
        {
            Provider = provider.StartsWith(ProviderCatalog.CustomPrefix, StringComparison.Ordinal) ? "custom" : provider,
            BaseUrl = filled.BaseUrl ?? origin + provider[(provider.IndexOf(':', StringComparison.Ordinal) + 1)..],
            Endpoint = filled.Endpoint ?? origin,
            Region = filled.Region ?? ProviderCatalog.RegionIn(provider, origin),
            Deployments = filled.Deployments is null && provider == "azure"
                ? managed.Use<JsonElement?>(item, (in _, payload) => AzureSecret.DeploymentsIn(payload.Secret))
                : filled.Deployments,
        };
    }
}
