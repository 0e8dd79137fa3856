using System.Security.Claims;
using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Connections;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;

namespace KeyPass.Server.Link;

/// <summary>
/// A public token that was lost on its way: the window was closed too soon, or the answer to the approval never came. Nobody has kept it;
/// whoever approved makes another for the same grant, and the lost one opens nothing.
/// </summary>
internal static class ResumeEndpoints
{
    internal sealed record ResumeRequest(string LinkToken, string? TokenRowId = null, string? TokenHash = null, string? TokenWrap = null);

    public static void MapResume(this IEndpointRouteBuilder link) => link.MapPost("/resume", ResumeAsync)
        .Requires(Credentials.Session).AnswersWithSecret()
        .WithName("resumeLink").WithSummary("Make the public token anew, where the app never got it")
        .WithDescription("For what you approved and nobody has exchanged yet. The token before opens nothing from then on; the new one can be exchanged for "
            + $"{AuthorizeEndpoints.PublicTokenLife.TotalMinutes} minutes. A browser sends the envelope it made; a managed account gets the public token back.")
        .Produces<Envelope<AuthorizeEndpoints.AuthorizeAnswer>>()
        .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.LinkOver, Refusals.VersionConflict);

    /// <summary>An update has no public token: who approved it is done.</summary>
    public static bool IsWaiting(LinkStore.SessionRow session, Guid accountId, DateTimeOffset now) =>
        session is { Status: LinkState.Approved, GrantId: not null } && session.AccountId == accountId && session.PublicTokenEndsAt > now;

    private static async Task<IResult> ResumeAsync(
        ResumeRequest body, ClaimsPrincipal caller, LinkStore store, ConsentStore consents, AppStore apps, ConnectionStore connections, VaultStore vaults,
        GrantStore grants, GrantMaker maker, TimeProvider clock, CancellationToken cancel)
    {
        var (accountId, now) = (caller.AccountId(), clock.GetUtcNow());
        var (ask, no) = await ConsentEndpoints.FindAsync(body.LinkToken, accountId, store, apps, connections, cancel);
        if (ask is null)
            return no!;
        if (LinkState.IsOpen(ask.Session.Status))
            return Refusals.VersionConflict.Because("Nothing was approved here yet, so there is no public token to make anew: decide first.");
        if (!IsWaiting(ask.Session, accountId, now))
            return ConsentEndpoints.Over(ask.Session);
        var vault = await vaults.GetAsync(accountId, cancel);
        var grant = await grants.GetAsync(ask.Session.GrantId!.Value, cancel);
        var wish = new RewrapWish(now + AuthorizeEndpoints.PublicTokenLife, body.TokenRowId, body.TokenHash, body.TokenWrap);
        using var made = await maker.RewrapAsync(new FieldCheck(), vault, grant, CredentialKind.PublicToken, wish, presented: null, cancel);
        if (made.Refusal is { } refusal)
            return refusal;
        var outcome = await consents.ResumeAsync(vault, ask.Session, made.Rows!, Actor.Of(caller), cancel);
        return AuthorizeEndpoints.Answer(outcome, ask, ask.Session.ConnectionId!.Value, made.Reveal());
    }
}
