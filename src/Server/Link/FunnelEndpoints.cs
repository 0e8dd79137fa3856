using System.Security.Claims;
using KeyPass.Server.Apps;
using KeyPass.Server.Connections;
using KeyPass.Server.Http;

namespace KeyPass.Server.Link;

/// <summary>What came of an app's asking, for its developer: numbers, and nobody's name.</summary>
internal static class FunnelEndpoints
{
    internal sealed record FunnelStep(string Name, long Sessions);

    /// <param name="LastStep">How far they had come.</param>
    internal sealed record FunnelExit(string Outcome, string LastStep, long Sessions);

    internal sealed record ConnectionCount(int Active, int Paused, int Expired, int Revoked);

    internal sealed record Funnel(int Days, IReadOnlyList<FunnelStep> Steps, IReadOnlyList<FunnelExit> Exits, ConnectionCount Connections);

    public static void MapFunnel(this WebApplication app) =>
        app.MapGet("/v1/apps/{id}/funnel", GetAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithTags("Apps").WithName("getAppFunnel").WithSummary("How far people came whom an app asked, and how many connections it has")
            .WithDescription("Link sessions of the last 30 days, without updates: how many came to each step or further, and where the others ended.")
            .Produces<Envelope<Funnel>>().RefusesWith(Refusals.NotFound);

    private static async Task<IResult> GetAsync(
        string id, ClaimsPrincipal caller, AppStore apps, FunnelStore funnels, ConnectionStore connections, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "N", out var appId) || await apps.FindAsync(caller.AccountId(), appId, cancel) is null)
            return Refusals.NotFound.Because("There is no such app, or it is not yours.");
        var groups = await funnels.SumAsync(appId, cancel);
        var counts = await connections.CountOfAppAsync(appId, cancel);
        return TypedResults.Ok(Envelope.Of(new Funnel(
            LinkStore.Kept.Days,
            [.. LinkState.Steps.Select((step, place) => new FunnelStep(step, groups.Where(group => group.Reached >= place).Sum(group => group.Sessions)))],
            [.. groups.Where(group => group.Exit is not null)
                .Select(group => new FunnelExit(group.Exit!, LinkState.Steps[group.Reached], group.Sessions))],
            new ConnectionCount(Of("active"), Of("paused"), Of("expired"), Of("revoked")))));

        int Of(string status) => counts.GetValueOrDefault(status);
    }
}
