using System.Security.Claims;
using KeyPass.Server.Http;

namespace KeyPass.Server.Accounts;

/// <summary>Who may sign up where not everybody may: the operators' business alone.</summary>
internal static class InvitesEndpoints
{
    private const int LargestPage = 200;
    private const int UsualPage = 50;

    public const int UsualDays = 7;
    private const int MostDays = 90;

    internal sealed record InviteRequest(string? Email = null, int ExpiresAfterDays = UsualDays);

    /// <param name="Code">Shown this once; the server keeps its hash.</param>
    internal sealed record NewInvite(string Id, string Code, string? Email, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

    internal sealed record InviteItem(
        string Id, string? Email, InviteStatus Status, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt);

    internal sealed record InvitePage(IReadOnlyList<InviteItem> Items, string? NextCursor);

    internal enum InviteStatus
    {
        Open,
        Used,
        Expired,
    }

    public static void MapInvites(this WebApplication app)
    {
        var invites = app.MapGroup("/v1").WithTags("Invites");
        invites.MapPost("/invites", AddAsync).Requires(Credentials.Operator).AnswersWithSecret()
            .WithName("createInvite").WithSummary("Let one person sign up")
            .WithDescription("The code is shown this once. With an address it lets only that one in, and is mailed there if this server sends mail.")
            .Produces<Envelope<NewInvite>>(StatusCodes.Status201Created).RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson);
        invites.MapGet("/invites", ListAsync).Requires(Credentials.Operator)
            .WithName("listInvites").WithSummary("The invites of this server, newest first")
            .Produces<Envelope<InvitePage>>().RefusesWith(Refusals.InvalidRequest);
        invites.MapDelete("/invites/{id}", RevokeAsync).Requires(Credentials.Operator)
            .WithName("revokeInvite").WithSummary("Take an invite back that nobody has used")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
    }

    private static async Task<IResult> AddAsync(
        InviteRequest body, ClaimsPrincipal caller, InviteStore store, AccountLetters letters, CancellationToken cancel)
    {
        EmailAddress? email = null;
        var check = new FieldCheck();
        check.Require(body.Email is null || EmailAddress.TryParse(body.Email, out email), "email", "'email' is not an e-mail address.");
        check.Require(body.ExpiresAfterDays is >= 1 and <= MostDays, "expiresAfterDays", $"'expiresAfterDays' takes 1 to {MostDays}.");
        if (check.Refusal is { } refusal)
            return refusal;
        var (code, hash) = OneUseCode.Make();
        var row = await store.AddAsync(hash, email, body.ExpiresAfterDays, caller.AccountId(), (context, invite) =>
        {
            if (email is not null)
                letters.Invite(context, email.Normalized, code, invite.ExpiresAt);
        }, cancel);
        var id = row.Id.ToString("N");
        return TypedResults.Created($"/v1/invites/{id}", Envelope.Of(new NewInvite(id, code, row.Email, row.CreatedAt, row.ExpiresAt)));
    }

    private static async Task<IResult> ListAsync(
        InviteStore store, TimeProvider clock, CancellationToken cancel, int limit = UsualPage, string? cursor = null)
    {
        if (limit is < 1 or > LargestPage)
            return Refusals.InvalidRequest.Because($"'limit' takes 1 to {LargestPage}.", "limit");
        Guid? after = null;
        if (cursor is not null)
        {
            if (!Guid.TryParseExact(cursor, "N", out var last))
                return Refusals.InvalidRequest.Because("'cursor' is not one this route gave: leave it out to start with the newest.", "cursor");
            after = last;
        }
        var now = clock.GetUtcNow();
        var rows = await store.ListAsync(limit + 1, after, cancel);
        var items = rows.Take(limit).Select(row => new InviteItem(
            row.Id.ToString("N"), row.Email,
            row.UsedAt is not null ? InviteStatus.Used : row.ExpiresAt <= now ? InviteStatus.Expired : InviteStatus.Open,
            row.CreatedAt, row.ExpiresAt, row.UsedAt)).ToList();
        return TypedResults.Ok(Envelope.Of(new InvitePage(items, rows.Count > limit ? items[^1].Id : null)));
    }

    private static async Task<IResult> RevokeAsync(string id, ClaimsPrincipal caller, InviteStore store, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var inviteId) && await store.RevokeAsync(inviteId, caller.AccountId(), cancel)
            ? TypedResults.NoContent()
            : Refusals.NotFound.Because("There is no such invite, or it was used.");
}
