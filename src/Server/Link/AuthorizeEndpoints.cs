using System.Security.Claims;
using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Connections;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;

namespace KeyPass.Server.Link;

/// <summary>The decision. A sealed vault's browser sends the grant it made, and the server never sees its public token before the exchange.</summary>
internal static class AuthorizeEndpoints
{
    private const string Approve = "approve";
    private const string Deny = "deny";

    /// <summary>For an app's server to fetch what was just given to its page.</summary>
    public static readonly TimeSpan PublicTokenLife = TimeSpan.FromMinutes(10);

    internal sealed record AuthorizeRequest(
        string LinkToken, string Decision, int Version = 0, IReadOnlyList<string>? KeyIds = null, IReadOnlyList<string>? Models = null,
        long? BudgetCents = null, string? Period = null, DateTimeOffset? ExpiresAt = null, long? VelocityCentsPerHour = null, string? ExitReason = null,
        string? Label = null, string? GrantId = null, string? TokenRowId = null, string? PublicTokenHash = null, string? TokenWrap = null,
        string? Escrow = null, string? VaultPointTag = null, IReadOnlyList<SealedKeyWire>? SealedKeys = null);

    /// <param name="PublicToken">Of a managed account; a browser that seals made its own. Null after an update.</param>
    internal sealed record AuthorizeAnswer(string? ConnectionId, string Status, string? PublicToken);

    /// <summary>What the steps of one decision share.</summary>
    private sealed record Decision(
        AuthorizeRequest Body, LinkAsk Ask, LinkTerms Terms, IReadOnlyList<VaultStore.ItemRow> Keys, VaultStore.VaultRow Vault, string Actor)
    {
        public IReadOnlyList<string> Providers => [.. Keys.Select(item => ProviderCatalog.NameOf(item.Provider!)).Distinct()];
    }

    public static void MapAuthorize(this IEndpointRouteBuilder link) => link.MapPost("/authorize", AuthorizeAsync)
        .Requires(Credentials.Session).AnswersWithSecret()
        .WithName("authorizeLink").WithSummary("Approve or deny what an app asks")
        .WithDescription("'version' is that of the consent that was shown. A browser sends the envelopes it made; a managed account gets the public "
            + "token back.")
        .Produces<Envelope<AuthorizeAnswer>>()
        .RefusesWith(
            Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.LinkOver, Refusals.VersionStale, Refusals.VersionConflict);

    private static async Task<IResult> AuthorizeAsync(
        AuthorizeRequest body, ClaimsPrincipal caller, LinkStore store, ConsentStore consents, AppStore apps, ConnectionStore connections,
        VaultStore vaults, GrantStore grants, GrantMaker maker, Ring ring, TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        check.Require(body.Decision is Approve or Deny, "decision", $"'decision' takes {Approve} or {Deny}.");
        check.Require(body.ExitReason is null || ShownText.IsPlain(body.ExitReason, LinkStore.SessionRow.ReasonMaxLength), "exitReason",
            $"'exitReason' takes 1 to {LinkStore.SessionRow.ReasonMaxLength} characters.");
        if (check.Refusal is { } refusal)
            return refusal;
        var (accountId, actor, now) = (caller.AccountId(), Actor.Of(caller), clock.GetUtcNow());
        var (ask, no) = await ConsentEndpoints.FindAsync(body.LinkToken, accountId, store, apps, connections, cancel);
        if (ask is null)
            return no!;
        if (!LinkState.IsOpen(ask.Session.Status))
            return ConsentEndpoints.Over(ask.Session);
        if (body.Decision == Deny)
        {
            return await consents.DenyAsync(ask.Session, accountId, body.ExitReason, actor, cancel)
                ? TypedResults.Ok(Envelope.Of(new AuthorizeAnswer(null, LinkState.Denied, null)))
                : ConsentEndpoints.Over(ask.Session);
        }
        if (body.Version != ConsentEndpoints.VersionOf(ask.App, ask.Connection))
            return Refusals.VersionStale.Because("What is asked changed since it was shown: look at it again, then decide.", "version");
        var terms = LinkTerms.Read(
            check, ask.Session, body.Models, body.BudgetCents, body.Period, body.ExpiresAt, body.VelocityCentsPerHour, now);
        var vault = await vaults.GetAsync(accountId, cancel);
        var keys = await ReadKeysAsync(check, body, ask, vault, vaults, cancel);
        if (check.Refusal is { } wrong)
            return wrong;
        var decision = new Decision(body, ask, terms, keys, vault, actor);
        return ask.Session.IsUpdate
            ? await UpdateAsync(check, decision, consents, connections, vaults, grants, ring, now, cancel)
            : await ConnectAsync(check, decision, consents, maker, now, cancel);
    }

    /// <summary>Of the vault's keys, and of those that fit what the app asked for: nothing else is handed over in passing.</summary>
    private static async Task<IReadOnlyList<VaultStore.ItemRow>> ReadKeysAsync(
        FieldCheck check, AuthorizeRequest body, LinkAsk ask, VaultStore.VaultRow vault, VaultStore vaults, CancellationToken cancel)
    {
        var items = (await vaults.ListItemsAsync(vault.Id, cancel)).Where(item => ConsentEndpoints.Fits(ask.Session, ask.App, item))
            .ToDictionary(item => item.Id.ToString("N"), StringComparer.Ordinal);
        var wanted = body.KeyIds ?? [];
        check.Require(wanted.Count > 0 && wanted.Distinct().Count() == wanted.Count && wanted.All(id => id is not null && items.ContainsKey(id)), "keyIds",
            "'keyIds' takes at least one of the keys that the consent listed, each once.");
        return check.Refusal is null ? [.. wanted.Select(id => items[id])] : [];
    }

    private static async Task<IResult> ConnectAsync(
        FieldCheck check, Decision decision, ConsentStore consents, GrantMaker maker, DateTimeOffset now, CancellationToken cancel)
    {
        var (body, ask, vault) = (decision.Body, decision.Ask, decision.Vault);
        var label = body.Label ?? ask.App.Name;
        GrantMaker.CheckName(check, "label", label);
        var wish = new GrantWish(
            label, now + PublicTokenLife, body.KeyIds, body.GrantId, body.TokenRowId, body.PublicTokenHash, body.TokenWrap, body.Escrow,
            body.VaultPointTag, body.SealedKeys);
        using var made = await maker.MakeAsync(check, vault, CredentialKind.PublicToken, wish, presented: null, cancel);
        if (made.Refusal is { } no)
            return no;
        if (!made.Rows!.SealedKeys.Select(row => row.KeyId).ToHashSet().SetEquals(decision.Keys.Select(item => item.Id)))
            return Refusals.InvalidRequest.Because("'sealedKeys' takes exactly the keys that 'keyIds' names.", "sealedKeys");
        var connection = ask.Connection is not null ? null : new ConnectionStore.ConnectionRow
        {
            Id = Guid.CreateVersion7(now),
            AppId = ask.App.Id,
            AccountId = vault.AccountId,
            ClientUserId = ask.Session.ClientUserId,
            GrantId = made.Rows.Grant.Id,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var connectionId = ask.Connection?.Id ?? connection!.Id;
        var scope = new ScopeStore.ScopeRow
        {
            GrantId = made.Rows.Grant.Id,
            IsTest = ask.App.IsTest,
            Providers = [.. decision.Providers],
            Models = [.. decision.Terms.Models],
            Routes = [],
            CancelsOnHangUp = false,
            Tags = [ConnectionStore.TagOf(connectionId)],
            ConnectionId = connectionId,
        };
        var outcome = await consents.ApproveAsync(
            vault, ask.Session, connectionId, connection, made.Rows, scope, decision.Terms, decision.Actor, cancel);
        return Answer(outcome, ask, connectionId, made.Reveal());
    }

    private static async Task<IResult> UpdateAsync(
        FieldCheck check, Decision decision, ConsentStore consents, ConnectionStore connections, VaultStore vaults, GrantStore grants, Ring ring,
        DateTimeOffset now, CancellationToken cancel)
    {
        var (ask, vault) = (decision.Ask, decision.Vault);
        if (await connections.FindAsync(vault.AccountId, ask.Connection!.Id, cancel) is not { } present)
            return ConsentEndpoints.Over(ask.Session);
        var grantId = present.Row.GrantId;
        var sealedKeys = await vaults.FindManagedAsync(vault, ring, cancel) is { } managed
            ? await SealAsync(decision, present, managed, grants, now, cancel)
            : new GrantReader(check, ring, now).ReadKeys(decision.Body.SealedKeys, grantId);
        if (check.Refusal is { } no)
            return no;
        var ids = decision.Keys.Select(item => item.Id).ToList();
        if (sealedKeys.Any(row => !ids.Contains(row.KeyId)))
            return Refusals.InvalidRequest.Because("'sealedKeys' takes none but the keys that 'keyIds' names.", "sealedKeys");
        var outcome = await consents.UpdateAsync(
            vault, ask.Session, ids, decision.Providers, sealedKeys, decision.Terms, decision.Actor, cancel);
        return Answer(outcome, ask, ask.Connection.Id, shown: null);
    }

    private static async Task<IReadOnlyList<GrantStore.SealedKeyRow>> SealAsync(
        Decision decision, ConnectionStore.Listed present, ManagedVault managed, GrantStore grants, DateTimeOffset now, CancellationToken cancel)
    {
        var grant = await grants.GetAsync(present.Row.GrantId, cancel);
        return [.. decision.Keys.Select((item, place) => (item, place)).Where(one => !present.KeyIds.Contains(one.item.Id)).SelectMany(one =>
            managed.Use(one.item, (in KeyVersion version, KeyPayload payload) =>
                managed.SealFor([(grant, one.place)], version, payload.Scheme, payload.Secret, now)))];
    }

    public static IResult Answer(VaultChange outcome, LinkAsk ask, Guid connectionId, string? shown) => outcome switch
    {
        VaultChange.Done => TypedResults.Ok(Envelope.Of(new AuthorizeAnswer(connectionId.ToString("N"), LinkState.Approved, shown))),
        VaultChange.TooMany => Refusals.LinkOver.Because("This link session was decided meanwhile, has run out, or was never shown to you."),
        VaultChange.NotThere => Refusals.NotFound.Because("A key is not in this vault in that version, or the connection was ended."),
        VaultChange.IdInUse => Refusals.InvalidRequest.Because("An id of this grant is in use: make every id anew, at random."),
        VaultChange.Conflict => Refusals.VersionConflict.Because("The vault was changed meanwhile: read it again, and decide from there."),
        _ => throw new InvalidOperationException($"no answer for {outcome} of {ask.Session.Id}"),
    };
}
