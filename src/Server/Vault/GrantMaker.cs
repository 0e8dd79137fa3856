using System.Text;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// A new credential and its grant, as it was asked for: by a browser with every envelope, for a managed vault or by a management token
/// with the ids of keys only.
/// </summary>
internal sealed record GrantWish(
    string Label, DateTimeOffset? ExpiresAt, IReadOnlyList<string>? KeyIds, string? GrantId, string? TokenRowId, string? TokenHash, string? TokenWrap,
    string? Escrow, string? VaultPointTag, IReadOnlyList<SealedKeyWire>? SealedKeys);

/// <summary>A new credential for a grant there is.</summary>
internal sealed record RewrapWish(DateTimeOffset? ExpiresAt, string? TokenRowId, string? TokenHash, string? TokenWrap);

/// <summary>
/// Makes grants, whoever asks. A browser's come whole and the server first sees their credential when it is used; the others it makes
/// itself, and shows the credential once.
/// </summary>
internal sealed class GrantMaker(VaultStore vaults, GrantStore grants, Ring ring, TimeProvider clock)
{
    private const int LongestOverlapSeconds = 24 * 60 * 60;

    /// <summary>What came of it: the rows to store, or why not. The credential is there where the server made it.</summary>
    internal sealed record Made<TRows>(TRows? Rows, Credential? Minted, RefusalResult? Refusal) : IDisposable
        where TRows : class
    {
        /// <summary>The one time that it is shown.</summary>
        public string? Reveal() => Minted is null ? null : Encoding.ASCII.GetString(Minted.Reveal());

        public void Dispose() => Minted?.Dispose();
    }

    /// <param name="field">What the request calls it.</param>
    public static void CheckName(FieldCheck check, string field, string name) => check.Require(
        name.Length is > 0 and <= GrantStore.GrantRow.LabelMaxLength && !name.Any(char.IsControl),
        field, $"'{field}' takes 1 to {GrantStore.GrantRow.LabelMaxLength} characters, without control characters.");

    public static void CheckOverlap(FieldCheck check, int seconds) => check.Require(
        seconds is >= 0 and <= LongestOverlapSeconds, "overlapSeconds", $"'overlapSeconds' takes 0 to {LongestOverlapSeconds}.");

    /// <param name="presented">The management token that asks; null for a session.</param>
    public async Task<Made<NewGrant>> MakeAsync(
        FieldCheck check, VaultStore.VaultRow vault, CredentialKind kind, GrantWish wish, string? presented, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        check.Require(wish.ExpiresAt is null || wish.ExpiresAt > now, "expiresAt", "'expiresAt' takes a time to come.");
        if (check.Refusal is { } refusal)
            return new(null, null, refusal);
        if (presented is not null)
            return await DelegateAsync(vault, kind, wish, presented, now, cancel);
        return await vaults.FindManagedAsync(vault, ring, cancel) is { } managed
            ? await GrantAsync(vault, managed, kind, wish, now, cancel)
            : ReadWhole(check, vault, wish, now);
    }

    /// <summary>F10, whoever asks. A token may put a new credential in its own place and in that of what it made.</summary>
    public async Task<Made<GrantStore.TokenWrapRow>> RewrapAsync(
        FieldCheck check, VaultStore.VaultRow vault, GrantStore.GrantRow grant, CredentialKind kind, RewrapWish wish, string? presented,
        CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (presented is not null)
            return await RewrapByTokenAsync(grant, kind, presented, now, cancel);
        if (await vaults.FindManagedAsync(vault, ring, cancel) is not { } managed)
        {
            var wrap = new GrantReader(check, ring, now).ReadWrap(grant.Id, wish.TokenRowId, wish.TokenHash, wish.TokenWrap, wish.ExpiresAt);
            return new(wrap, null, check.Refusal);
        }
        if (!grant.Approved)
            return new(null, null, Refusals.VersionConflict.Because("This waits for your approval: approve it first, then give it a new credential."));
        var minted = Credential.Mint(kind);
        return new(managed.Rewrap(grant, minted, now, wish.ExpiresAt), minted, null);
    }

    private Made<NewGrant> ReadWhole(FieldCheck check, VaultStore.VaultRow vault, GrantWish wish, DateTimeOffset now)
    {
        var id = check.Id("grantId", wish.GrantId);
        var reader = new GrantReader(check, ring, now);
        var wrap = reader.ReadWrap(id, wish.TokenRowId, wish.TokenHash, wish.TokenWrap, wish.ExpiresAt);
        var escrow = reader.ReadEscrow(id, wish.Escrow);
        var pointTag = reader.ReadPointTag(wish.VaultPointTag);
        var sealedKeys = reader.ReadKeys(wish.SealedKeys, id);
        if (check.Refusal is { } refusal)
            return new(null, null, refusal);
        var grant = new GrantStore.GrantRow
        {
            Id = id,
            AccountId = vault.AccountId,
            VaultId = vault.Id,
            Label = wish.Label,
            Escrow = escrow,
            Approved = true,
            VaultPointTag = pointTag,
            CreatedAt = now,
        };
        return new(new NewGrant(grant, wrap, sealedKeys), null, null);
    }

    /// <summary>For a managed vault, whose owner sends what it wishes for, as a token does.</summary>
    private async Task<Made<NewGrant>> GrantAsync(
        VaultStore.VaultRow vault, ManagedVault managed, CredentialKind kind, GrantWish wish, DateTimeOffset now, CancellationToken cancel)
    {
        var items = (await vaults.ListItemsAsync(vault.Id, cancel)).Where(row => row.Kind == VaultStore.ProviderKeyKind)
            .ToDictionary(row => row.Id.ToString("N"), StringComparer.Ordinal);
        var wanted = wish.KeyIds ?? [];
        if (wanted.FirstOrDefault(id => !items.ContainsKey(id)) is { } missing)
            return new(null, null, Refusals.NotFound.Because($"There is no key {missing} in this vault."));
        var minted = Credential.Mint(kind);
        return new(managed.Grant(minted, wish.Label, [.. wanted.Distinct().Select(id => items[id])], now, wish.ExpiresAt), minted, null);
    }

    /// <summary>F7. Narrower or equal in every way: which keys it holds, how long it lives.</summary>
    private async Task<Made<NewGrant>> DelegateAsync(
        VaultStore.VaultRow vault, CredentialKind kind, GrantWish wish, string presented, DateTimeOffset now, CancellationToken cancel)
    {
        var (credential, found) = await PresentedCredential.FindAsync(grants, presented, cancel);
        using var _ = credential;
        if (found.Wrap.ExpiresAt is { } ends && (wish.ExpiresAt is null || wish.ExpiresAt > ends))
            return new(null, null, Refusals.ScopeExceeded.Because($"This token ends at {ends:u}: what it makes ends then at the latest.", "expiresAt"));
        var held = await vaults.ListGrantKeysAsync(found.Grant.Id, cancel);
        var wanted = wish.KeyIds ?? [];
        if (wanted.FirstOrDefault(id => !held.Any(one => one.Row.KeyId.ToString("N") == id)) is { } missing)
            return new(null, null, Refusals.ScopeExceeded.Because($"This token does not hold the key {missing}, and so cannot hand it on.", "keyIds"));
        var point = new VaultPoint(vault.Id, vault.Epoch, vault.PublicKey);
        var handedOn = held.Where(one => wanted.Contains(one.Row.KeyId.ToString("N"))).DistinctBy(one => one.Row.KeyId).ToList();
        var minted = Credential.Mint(kind);
        return new(new PresentedGrant(credential, found, ring).Delegate(minted, wish.Label, point, handedOn, now, wish.ExpiresAt), minted, null);
    }

    private async Task<Made<GrantStore.TokenWrapRow>> RewrapByTokenAsync(
        GrantStore.GrantRow grant, CredentialKind kind, string presented, DateTimeOffset now, CancellationToken cancel)
    {
        var (credential, found) = await PresentedCredential.FindAsync(grants, presented, cancel);
        using var _ = credential;
        if (grant.Id != found.Grant.Id && grant.ParentId != found.Grant.Id)
            return new(null, null, Refusals.NotFound.Because("There is no such credential, or it is not this token's."));
        var minted = Credential.Mint(kind);
        var opened = new PresentedGrant(credential, found, ring);
        // A token cannot lengthen its own life, nor that of what it made.
        var next = grant.Id == found.Grant.Id
            ? opened.Rewrap(minted, now, found.Wrap.ExpiresAt)
            : opened.RewrapChild(grant, minted, now, found.Wrap.ExpiresAt);
        return new(next, minted, null);
    }
}
