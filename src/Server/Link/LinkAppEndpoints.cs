using System.Buffers.Text;
using System.Security.Claims;
using System.Text;
using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Connections;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Link;

/// <summary>Link, from an app's own server: ask, look what became of it, and take the access token.</summary>
internal static class LinkAppEndpoints
{
    internal sealed record MadeSession(string LinkToken, string LinkSessionId, string HostedUrl, DateTimeOffset ExpiresAt);

    internal sealed record LinkEvent(string Name, DateTimeOffset At);

    internal sealed record LinkSessionItem(
        string LinkSessionId, string Status, string? Outcome, string? ExitReason, string? ConnectionId, string? ClientUserId,
        IReadOnlyList<LinkEvent> Events, DateTimeOffset ExpiresAt);

    internal sealed record ExchangeRequest(string PublicToken, string? CodeVerifier = null);

    internal sealed record Granted(IReadOnlyList<string> Providers, IReadOnlyList<string>? Models, int Keys);

    internal sealed record GrantedBudget(long LimitCents, string Period, DateTimeOffset? ResetsAt);

    internal sealed record ExchangeAnswer(
        string AccessToken, string ConnectionId, string LinkSessionId, string? ClientUserId, Granted Granted, GrantedBudget? Budget,
        DateTimeOffset? ExpiresAt);

    public static void MapForApps(this IEndpointRouteBuilder link)
    {
        link.MapPost("/sessions", CreateAsync).Requires(Credentials.App).AnswersWithSecret()
            .WithName("createLinkSession").WithSummary("Ask somebody to connect an account")
            .WithDescription("The link token opens the modal, or 'hostedUrl' a page; it lives 30 minutes. With 'connectionId' it asks for a change of that "
                + "connection, whose access token stays.")
            .Produces<Envelope<MadeSession>>(StatusCodes.Status201Created)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.RateLimited);
        link.MapGet("/sessions/{id}", GetAsync).Requires(Credentials.App)
            .WithName("getLinkSession").WithSummary("What became of a link session, for a day")
            .Produces<Envelope<LinkSessionItem>>().RefusesWith(Refusals.NotFound);
        link.MapPost("/exchange", ExchangeAsync).Requires(Credentials.App).AnswersWithSecret()
            .WithName("exchangePublicToken").WithSummary("Turn a public token into an access token, once")
            .WithDescription("With an 'Idempotency-Key', who lost the answer asks again within a minute, and gets a new access token in place of the lost one.")
            .Produces<Envelope<ExchangeAnswer>>().RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.PublicTokenInvalid);
    }

    private static async Task<IResult> CreateAsync(
        Asked body, ClaimsPrincipal caller, AppStore apps, LinkStore store, ConnectionStore connections, HttpSettings settings, TimeProvider clock,
        CancellationToken cancel)
    {
        var check = new FieldCheck();
        using var linkToken = Credential.Mint(CredentialKind.LinkToken);
        var session = body.Read(check, await apps.GetAsync(caller.CredentialId(), cancel), linkToken, clock.GetUtcNow());
        if (check.Refusal is { } refusal)
            return refusal;
        if (session.ConnectionId is { } id && await connections.FindOfAppAsync(session.AppId, id, cancel) is not { Row.RevokedAt: null })
            return ConnectionsEndpoints.NotThere();
        if (!await store.AddAsync(session, caller.AccountId(), Actor.Of(caller), cancel))
            return Refusals.RateLimited.Because("This app has too many link sessions open: they end by themselves.", retryAfter: TimeSpan.FromMinutes(1));
        var shown = Encoding.ASCII.GetString(linkToken.Reveal());
        var address = $"/link/{Base64Url.EncodeToString(session.LinkTokenHash.AsSpan(0, LinkStore.AddressBytes))}#{shown}";
        return TypedResults.Created($"/v1/link/sessions/{session.Id:N}", Envelope.Of(
            new MadeSession(shown, session.Id.ToString("N"), settings.PublicUrl.GetLeftPart(UriPartial.Authority) + address, session.ExpiresAt)));
    }

    private static async Task<IResult> GetAsync(string id, ClaimsPrincipal caller, LinkStore store, TimeProvider clock, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "N", out var one) || await store.FindAsync(one, cancel) is not { } found || found.AppId != caller.CredentialId()
            || found.CreatedAt + LinkStore.Memory <= clock.GetUtcNow())
            return Refusals.NotFound.Because("There is no such link session, or it is not this app's, or it was a day ago.");
        var events = await store.ListEventsAsync(found.Id, after: 0, cancel);
        return TypedResults.Ok(Envelope.Of(new LinkSessionItem(
            id, found.Status, LinkState.OutcomeOf(found.Status), found.ExitReason, found.ConnectionId?.ToString("N"), found.ClientUserId,
            [.. events.Select(row => new LinkEvent(row.Name, row.At))], found.ExpiresAt)));
    }

    private static async Task<IResult> ExchangeAsync(
        ExchangeRequest body, HttpRequest request, ClaimsPrincipal caller, LinkStore store, ExchangeStore exchanges, ConnectionStore connections,
        GrantStore grants, BudgetStore budgets, Ring ring, TimeProvider clock, CancellationToken cancel)
    {
        var (mark, badName) = Idempotency.ReadMark(request, ring, caller.CredentialId());
        if (badName is not null)
            return badName;
        if (!Credential.TryRead(body.PublicToken, out var presented))
            return Invalid();
        using var publicToken = presented;
        var hash = new byte[Credential.HashSize];
        publicToken.Hash(hash);
        var now = clock.GetUtcNow();
        if (await store.FindByPublicTokenAsync(hash, cancel) is not { } session || session.AppId != caller.CredentialId())
            return Invalid();
        var isRepeat = ExchangeStore.IsRepeat(session, mark, now);
        if (session.Status == LinkState.Exchanged && !isRepeat)
        {
            await exchanges.ReplayedAsync(session, Actor.Of(caller), cancel);
            return Invalid();
        }
        var isInTime = isRepeat || (session.Status == LinkState.Approved && session.PublicTokenEndsAt > now);
        if (!isInTime || !IsBeginner(session, body.CodeVerifier) || await grants.FindAsync(hash, cancel) is not { Wrap.Envelope: not null } found)
            return Invalid();
        using var accessToken = Credential.Mint(CredentialKind.AccessToken);
        var wrap = new PresentedGrant(publicToken, found, ring).Rewrap(accessToken, now, session.GrantedUntil);
        var exchanged = isRepeat
            ? await exchanges.RepeatAsync(session, wrap, Actor.Of(caller), cancel)
            : await exchanges.ExchangeAsync(session, wrap, mark, Actor.Of(caller), cancel);
        if (exchanged is null && isRepeat)
            await exchanges.ReplayedAsync(session, Actor.Of(caller), cancel);
        if (exchanged is not { } connection || await connections.FindOfAppAsync(session.AppId, connection.Id, cancel) is not { } made)
            return Invalid();
        var budget = await AppConnectionsEndpoints.ShowBudgetAsync(connection.AccountId, connection.Id, budgets, cancel);
        return TypedResults.Ok(Envelope.Of(new ExchangeAnswer(
            Encoding.ASCII.GetString(accessToken.Reveal()), connection.Id.ToString("N"), session.Id.ToString("N"), session.ClientUserId,
            new Granted(made.Scope.Providers, made.Scope.Models is { Length: > 0 } models ? models : null, made.KeyIds.Count),
            budget is null ? null : new GrantedBudget(budget.LimitCents, budget.Period, budget.ResetsAt), connection.ExpiresAt)));
    }

    /// <summary>A verifier where there is no challenge is no better than none where there is one: somebody took a part away (RFC 9700, 4.8.2).</summary>
    private static bool IsBeginner(LinkStore.SessionRow session, string? verifier) =>
        session.CodeChallenge is null ? verifier is null : CodeChallenge.Matches(session.CodeChallenge, verifier);

    /// <summary>One answer for all that may be wrong: which it was would help only those who guess.</summary>
    private static RefusalResult Invalid() => Refusals.PublicTokenInvalid.Because(
        "This public token cannot be exchanged: it is unknown, another app's, over ten minutes old or was exchanged before, or 'codeVerifier' does not "
        + "match the session's challenge. Ask for a new link session.");
}
