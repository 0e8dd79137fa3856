using System.Security.Claims;
using KeyPass.Server.Audit;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;

namespace KeyPass.Server.Accounts;

/// <summary>
/// Management tokens. A browser makes one whole, and the server first sees it when it is used; a token that may delegate makes
/// narrower ones through the server, which opens its grant for the length of the request.
/// </summary>
internal static class TokensEndpoints
{
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
        tokens.MapPost("/tokens", CreateAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Delegate).AnswersWithSecret()
            .WithName("createToken").WithSummary("Make a management token")
            .WithDescription("A browser sends the envelopes it made, and shows the credential itself. A token with the scope 'delegate' sends a name, "
                + "scopes and key ids no wider than its own, and gets the new credential back, once.")
            .Produces<Envelope<MadeToken>>(StatusCodes.Status201Created)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.ScopeExceeded, Refusals.VersionConflict);
        tokens.MapPost("/tokens/{id}/rotate", RotateAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Delegate).AnswersWithSecret()
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
        CreateTokenRequest body, HttpContext http, ClaimsPrincipal caller, TokenStore store, VaultStore vaults, GrantMaker maker, CancellationToken cancel)
    {
        var check = new FieldCheck();
        GrantMaker.CheckName(check, "label", body.Label);
        check.Require(body.Scopes.Count > 0, "scopes", "'scopes' takes at least one of read, deposit, delegate and manage.");
        check.Require(body.SealedKeys is not { Count: > 0 } || body.Scopes.Contains(Scope.Delegate),
            "sealedKeys", "'sealedKeys' are for a token that has the scope 'delegate'.");
        if (check.Refusal is { } refusal)
            return refusal;
        if (caller.IsManagementToken() && body.Scopes.Where(scope => !caller.May(scope)).ToList() is [var wider, ..])
            return Refusals.ScopeExceeded.Because($"This token has no scope '{RouteAuth.ScopeName(wider)}', and so can give none.", "scopes");
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var wish = new GrantWish(body.Label, body.ExpiresAt, body.KeyIds, body.GrantId, body.TokenRowId, body.TokenHash, body.TokenWrap, body.Escrow,
            body.VaultPointTag, body.SealedKeys);
        using var made = await maker.MakeAsync(check, vault, CredentialKind.ManagementToken, wish, BearerCredential.PresentedToken(caller, http), cancel);
        if (made.Refusal is { } no)
            return no;
        var grant = made.Rows!.Grant;
        var outcome = await store.AddAsync(vault, made.Rows, RowOf(grant, body.Scopes), Actor.Of(caller), cancel);
        return outcome == VaultChange.Done
            ? TypedResults.Created($"/v1/tokens/{grant.Id:N}", Envelope.Of(new MadeToken(grant.Id.ToString("N"), made.Reveal())))
            : Answer(outcome);
    }

    private static async Task<IResult> RotateAsync(
        string id, RotateTokenRequest body, HttpContext http, ClaimsPrincipal caller, TokenStore store, VaultStore vaults, GrantMaker maker,
        CancellationToken cancel)
    {
        var check = new FieldCheck();
        GrantMaker.CheckOverlap(check, body.OverlapSeconds);
        if (check.Refusal is { } refusal)
            return refusal;
        if (!Guid.TryParseExact(id, "N", out var grantId) || await store.FindAsync(caller.AccountId(), grantId, cancel) is null
            || await store.FindGrantAsync(caller.AccountId(), grantId, cancel) is not { } grant)
            return NotThere();
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var wish = new RewrapWish(body.ExpiresAt, body.TokenRowId, body.TokenHash, body.TokenWrap);
        using var made = await maker.RewrapAsync(
            check, vault, grant, CredentialKind.ManagementToken, wish, BearerCredential.PresentedToken(caller, http), cancel);
        if (made.Refusal is { } no)
            return no;
        var outcome = await store.RotateAsync(vault, made.Rows!, TimeSpan.FromSeconds(body.OverlapSeconds), Actor.Of(caller), cancel);
        return outcome == VaultChange.Done ? TypedResults.Ok(Envelope.Of(new MadeToken(grantId.ToString("N"), made.Reveal()))) : Answer(outcome);
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
