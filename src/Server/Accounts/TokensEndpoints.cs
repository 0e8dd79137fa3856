using System.Security.Claims;
using System.Text;
using KeyPass.Server.Audit;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KeyPass.Server.Accounts;

/// <summary>
/// Management tokens. A browser makes one whole, and the server first sees it when it is used; a token that may delegate makes
/// narrower ones through the server, which opens its grant for the length of the request.
/// </summary>
internal static class TokensEndpoints
{
    private const int LongestOverlapSeconds = 24 * 60 * 60;

    /// <summary>As a browser makes it, with every envelope; or, by a token, what it wishes for: a name, scopes and key ids.</summary>
    internal sealed record CreateTokenRequest(
        string Label, IReadOnlyList<Scope> Scopes, DateTimeOffset? ExpiresAt = null, string? GrantId = null, string? TokenRowId = null,
        string? TokenHash = null, string? TokenWrap = null, string? Escrow = null, string? VaultPointTag = null,
        IReadOnlyList<SealedKeyWire>? SealedKeys = null, IReadOnlyList<string>? KeyIds = null);

    internal sealed record RotateTokenRequest(
        int OverlapSeconds = 0, string? TokenRowId = null, string? TokenHash = null, string? TokenWrap = null, DateTimeOffset? ExpiresAt = null);

    internal sealed record TokenItem(
        string Id, string Name, IReadOnlyList<Scope> Scopes, IReadOnlyList<string> KeyIds, string Status, string MadeBy, bool Approved,
        DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

    internal sealed record TokenList(IReadOnlyList<TokenItem> Items, string? NextCursor);

    /// <summary>The one time the credential is shown; null where the browser made it.</summary>
    internal sealed record MadeToken(string Id, string? ManagementToken);

    public static void MapTokens(this WebApplication app)
    {
        var tokens = app.MapGroup("/v1").WithTags("Management tokens");
        tokens.MapGet("/tokens", ListAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithName("listTokens").WithSummary("Your management tokens").Produces<Envelope<TokenList>>();
        tokens.MapPost("/tokens", CreateAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Delegate)
            .WithName("createToken").WithSummary("Make a management token")
            .WithDescription("A browser sends the envelopes it made, and shows the credential itself. A token with the scope 'delegate' sends a name, "
                + "scopes and key ids no wider than its own, and gets the new credential back, once.")
            .Produces<Envelope<MadeToken>>(StatusCodes.Status201Created)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.ScopeExceeded, Refusals.VersionConflict);
        tokens.MapPost("/tokens/{id}/rotate", RotateAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Delegate)
            .WithName("rotateToken").WithSummary("Put a new credential in a token's place")
            .WithDescription("The old one works on for 'overlapSeconds', at most a day. A browser sends what it wrapped; a token may rotate itself and those "
                + "it made.")
            .Produces<Envelope<MadeToken>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.VersionConflict);
        tokens.MapDelete("/tokens/{id}", RevokeAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithName("revokeToken").WithSummary("Revoke a token, and what it made that you have not confirmed")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
    }

    public static async Task<ClaimsPrincipal?> FindCallerAsync(IServiceProvider services, string presented, CancellationToken cancel)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        if (await PresentedCredential.FindGrantAsync(services.GetRequiredService<GrantStore>(), presented, cancel) is not { } found)
            return null;
        var scheme = RouteAuth.SchemeName(Credentials.ManagementToken);
        if (found.Grant.RevokedAt is not null || found.Wrap.Envelope is null || found.Wrap.ExpiresAt <= clock.GetUtcNow())
            return Caller.Revoked(scheme, found.Grant.AccountId, found.Grant.Id);
        var row = await services.GetRequiredService<TokenStore>().FindAsync(found.Grant.AccountId, found.Grant.Id, cancel);
        return row is null ? null : Caller.Principal(scheme, found.Grant.AccountId, found.Grant.Id, row.Scopes);
    }

    private static async Task<IResult> ListAsync(ClaimsPrincipal caller, TokenStore store, CancellationToken cancel)
    {
        var rows = await store.ListAsync(caller.AccountId(), cancel);
        return TypedResults.Ok(Envelope.Of(new TokenList([.. rows.Select(Show)], NextCursor: null)));
    }

    private static async Task<IResult> CreateAsync(
        CreateTokenRequest body, HttpContext http, ClaimsPrincipal caller, TokenStore store, VaultStore vaults, GrantStore grants, Ring ring,
        TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        var now = clock.GetUtcNow();
        check.Require(body.Label.Length is > 0 and <= GrantStore.GrantRow.LabelMaxLength && !body.Label.Any(char.IsControl),
            "label", $"'label' takes 1 to {GrantStore.GrantRow.LabelMaxLength} characters, without control characters.");
        check.Require(body.Scopes.Count > 0, "scopes", "'scopes' takes at least one of read, deposit, delegate and manage.");
        check.Require(body.ExpiresAt is null || body.ExpiresAt > now, "expiresAt", "'expiresAt' takes a time to come.");
        if (check.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        return caller.IsManagementToken()
            ? await DelegateAsync(body, http, caller, store, vaults, grants, ring, vault, now, cancel)
            : await vaults.FindManagedAsync(vault, ring, cancel) is { } managed
                ? await GrantAsync(body, store, vaults, managed, vault, now, cancel)
                : await AddAsync(check, body, store, ring, vault, now, cancel);
    }

    /// <summary>For a managed vault, whose owner sends what it wishes for, as a token does.</summary>
    private static async Task<IResult> GrantAsync(
        CreateTokenRequest body, TokenStore store, VaultStore vaults, ManagedVault managed, VaultStore.VaultRow vault, DateTimeOffset now,
        CancellationToken cancel)
    {
        var items = (await vaults.ListItemsAsync(vault.Id, cancel)).Where(row => row.Kind == VaultStore.ProviderKeyKind)
            .ToDictionary(row => row.Id.ToString("N"), StringComparer.Ordinal);
        var wanted = body.KeyIds ?? [];
        if (wanted.FirstOrDefault(id => !items.ContainsKey(id)) is { } missing)
            return Refusals.NotFound.Because($"There is no key {missing} in this vault.");
        using var minted = Credential.Mint(CredentialKind.ManagementToken);
        var made = managed.Grant(minted, body.Label, [.. wanted.Distinct().Select(id => items[id])], now, body.ExpiresAt);
        var outcome = await store.AddAsync(vault, made, RowOf(made.Grant, body.Scopes), Actor.Account, cancel);
        return outcome == VaultChange.Done ? Created(made.Grant.Id, minted) : Answer(outcome);
    }

    private static async Task<IResult> AddAsync(
        FieldCheck check, CreateTokenRequest body, TokenStore store, Ring ring, VaultStore.VaultRow vault, DateTimeOffset now, CancellationToken cancel)
    {
        var id = check.Id("grantId", body.GrantId);
        var reader = new GrantReader(check, ring, now);
        var wrap = reader.ReadWrap(id, body.TokenRowId, body.TokenHash, body.TokenWrap, body.ExpiresAt);
        var escrow = reader.ReadEscrow(id, body.Escrow);
        var pointTag = reader.ReadPointTag(body.VaultPointTag);
        var sealedKeys = reader.ReadKeys(body.SealedKeys, id);
        check.Require(sealedKeys.Count == 0 || body.Scopes.Contains(Scope.Delegate),
            "sealedKeys", "'sealedKeys' are for a token that has the scope 'delegate'.");
        if (check.Refusal is { } refusal)
            return refusal;
        var grant = new GrantStore.GrantRow
        {
            Id = id,
            AccountId = vault.AccountId,
            VaultId = vault.Id,
            Label = body.Label,
            Escrow = escrow,
            Approved = true,
            VaultPointTag = pointTag,
            CreatedAt = now,
        };
        var outcome = await store.AddAsync(vault, new NewGrant(grant, wrap, sealedKeys), RowOf(grant, body.Scopes), Actor.Account, cancel);
        return outcome == VaultChange.Done ? Created(id, managementToken: null) : Answer(outcome);
    }

    /// <summary>F7. Narrower or equal in every way: what it may do, which keys it holds, how long it lives.</summary>
    private static async Task<IResult> DelegateAsync(
        CreateTokenRequest body, HttpContext http, ClaimsPrincipal caller, TokenStore store, VaultStore vaults, GrantStore grants, Ring ring,
        VaultStore.VaultRow vault, DateTimeOffset now, CancellationToken cancel)
    {
        var (presented, found) = await PresentedCredential.FindAsync(grants, BearerCredential.Presented(http.Request), cancel);
        using var _ = presented;
        var own = (await store.FindAsync(vault.AccountId, found.Grant.Id, cancel))!;
        if (body.Scopes.Except(own.Scopes).ToList() is [var wider, ..])
            return Refusals.ScopeExceeded.Because($"This token has no scope '{RouteAuth.ScopeName(wider)}', and so can give none.", "scopes");
        if (found.Wrap.ExpiresAt is { } ends && (body.ExpiresAt is null || body.ExpiresAt > ends))
            return Refusals.ScopeExceeded.Because($"This token ends at {ends:u}: what it makes ends then at the latest.", "expiresAt");
        var held = await vaults.ListGrantKeysAsync(found.Grant.Id, cancel);
        var wanted = body.KeyIds ?? [];
        if (wanted.FirstOrDefault(id => !held.Any(one => one.Row.KeyId.ToString("N") == id)) is { } missing)
            return Refusals.ScopeExceeded.Because($"This token does not hold the key {missing}, and so cannot hand it on.", "keyIds");

        using var minted = Credential.Mint(CredentialKind.ManagementToken);
        var point = new VaultPoint(vault.Id, vault.Epoch, vault.PublicKey);
        var handedOn = held.Where(one => wanted.Contains(one.Row.KeyId.ToString("N"))).DistinctBy(one => one.Row.KeyId).ToList();
        var made = new PresentedGrant(presented, found, ring).Delegate(minted, body.Label, point, handedOn, now, body.ExpiresAt);
        var outcome = await store.AddAsync(vault, made, RowOf(made.Grant, body.Scopes), Actor.Of(caller), cancel);
        return outcome == VaultChange.Done ? Created(made.Grant.Id, minted) : Answer(outcome);
    }

    private static async Task<IResult> RotateAsync(
        string id, RotateTokenRequest body, HttpContext http, ClaimsPrincipal caller, TokenStore store, VaultStore vaults, GrantStore grants, Ring ring,
        TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        check.Require(body.OverlapSeconds is >= 0 and <= LongestOverlapSeconds, "overlapSeconds", $"'overlapSeconds' takes 0 to {LongestOverlapSeconds}.");
        if (check.Refusal is { } refusal)
            return refusal;
        if (!Guid.TryParseExact(id, "N", out var grantId) || await store.FindAsync(caller.AccountId(), grantId, cancel) is null
            || await store.FindGrantAsync(caller.AccountId(), grantId, cancel) is not { } grant)
            return NotThere();
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var (now, overlap) = (clock.GetUtcNow(), TimeSpan.FromSeconds(body.OverlapSeconds));
        if (!caller.IsManagementToken() && await vaults.FindManagedAsync(vault, ring, cancel) is { } managed)
        {
            if (!grant.Approved)
                return Refusals.VersionConflict.Because("This token waits for your approval: approve it first, then give it a new credential.");
            using var fresh = Credential.Mint(CredentialKind.ManagementToken);
            var wrapped = managed.Rewrap(grant, fresh, now, body.ExpiresAt);
            return Answer(await store.RotateAsync(vault, wrapped, overlap, Actor.Account, cancel), grantId, fresh);
        }
        if (!caller.IsManagementToken())
        {
            var wrap = new GrantReader(check, ring, now).ReadWrap(grantId, body.TokenRowId, body.TokenHash, body.TokenWrap, body.ExpiresAt);
            return check.Refusal ?? Answer(await store.RotateAsync(vault, wrap, overlap, Actor.Account, cancel), grantId, minted: null);
        }
        var (presented, found) = await PresentedCredential.FindAsync(grants, BearerCredential.Presented(http.Request), cancel);
        using var _ = presented;
        if (grant.Id != found.Grant.Id && grant.ParentId != found.Grant.Id)
            return NotThere();
        using var minted = Credential.Mint(CredentialKind.ManagementToken);
        var opened = new PresentedGrant(presented, found, ring);
        // A token cannot lengthen its own life, nor that of what it made.
        var next = grant.Id == found.Grant.Id
            ? opened.Rewrap(minted, now, found.Wrap.ExpiresAt)
            : opened.RewrapChild(grant, minted, now, found.Wrap.ExpiresAt);
        return Answer(await store.RotateAsync(vault, next, overlap, Actor.Of(caller), cancel), grantId, minted);
    }

    private static async Task<IResult> RevokeAsync(string id, ClaimsPrincipal caller, TokenStore store, VaultStore vaults, CancellationToken cancel)
    {
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        return Guid.TryParseExact(id, "N", out var grantId) && await store.RevokeAsync(vault, grantId, Actor.Of(caller), cancel) == VaultChange.Done
            ? TypedResults.NoContent()
            : NotThere();
    }

    private static TokenStore.TokenRow RowOf(GrantStore.GrantRow grant, IEnumerable<Scope> scopes) =>
        new() { GrantId = grant.Id, AccountId = grant.AccountId, Scopes = [.. scopes.Distinct().Order()] };

    private static TokenItem Show(TokenStore.Listed one) => new(
        one.Grant.Id.ToString("N"), one.Grant.Label, one.Row.Scopes, [.. one.KeyIds.Select(id => id.ToString("N"))],
        one.Grant.RevokedAt is null ? "active" : "revoked", one.Grant.ParentId?.ToString("N") ?? Actor.Account, one.Grant.Approved,
        one.Grant.CreatedAt, one.ExpiresAt, one.LastUsedAt);

    private static Created<Envelope<MadeToken>> Created(Guid id, Credential? managementToken) =>
        TypedResults.Created($"/v1/tokens/{id:N}", Envelope.Of(Shown(id, managementToken)));

    private static MadeToken Shown(Guid id, Credential? minted) => new(id.ToString("N"), minted is null ? null : Encoding.ASCII.GetString(minted.Reveal()));

    private static IResult Answer(VaultChange outcome, Guid id, Credential? minted) =>
        outcome == VaultChange.Done ? TypedResults.Ok(Envelope.Of(Shown(id, minted))) : Answer(outcome);

    private static RefusalResult Answer(VaultChange outcome) => outcome switch
    {
        VaultChange.NotThere => Refusals.NotFound.Because("One of the keys is not in this vault, or not in that version: read the list again."),
        VaultChange.TooMany => Refusals.InvalidRequest.Because($"There are {TokenStore.MostTokens} tokens already: revoke one first."),
        VaultChange.IdInUse => Refusals.InvalidRequest.Because("An id of this token is in use: make every id anew, at random."),
        VaultChange.Conflict => Refusals.VersionConflict.Because("The vault was changed meanwhile: read it again, and make the token from there."),
        _ => throw new InvalidOperationException($"no answer for {outcome}"),
    };

    private static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such token, or it is not yours.");
}
