using System.Globalization;
using System.Security.Claims;
using KeyPass.Server.Http;

namespace KeyPass.Server.Audit;

/// <summary>An account's own journal. There is no route that writes or changes it.</summary>
internal static class AuditEndpoints
{
    private const int LargestPage = 200;
    private const int UsualPage = 50;

    internal sealed record AuditPage(IReadOnlyList<AuditItem> Items, string? NextCursor);

    internal sealed record AuditItem(string Id, DateTimeOffset At, string Actor, string Action, string Subject);

    public static void AddAudit(this IServiceCollection services) => services.AddSingleton<AuditStore>();

    public static void MapAudit(this WebApplication app) => app.MapGet("/v1/audit", ListAsync)
        .Requires(Credentials.Session)
        .WithTags("Audit").WithName("listAuditEntries").WithSummary("Who did what, newest first")
        .Produces<Envelope<AuditPage>>().RefusesWith(Refusals.InvalidRequest);

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal caller, AuditStore store, CancellationToken cancel, int limit = UsualPage, string? cursor = null)
    {
        if (limit is < 1 or > LargestPage)
            return Refusals.InvalidRequest.Because($"'limit' takes 1 to {LargestPage}.", "limit");
        long? before = null;
        if (cursor is not null)
        {
            if (!long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                return Refusals.InvalidRequest.Because("'cursor' is not one this route gave: leave it out to start with the newest.", "cursor");
            before = id;
        }
        var rows = await store.ListAsync(caller.AccountId(), limit + 1, before, cancel);
        var items = rows.Take(limit)
            .Select(row => new AuditItem(row.Id.ToString(CultureInfo.InvariantCulture), row.At, row.Actor, row.Action, row.Subject)).ToList();
        return TypedResults.Ok(Envelope.Of(new AuditPage(items, rows.Count > limit ? items[^1].Id : null)));
    }
}
