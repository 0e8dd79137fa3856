using KeyPass.Server.Gateway;
using KeyPass.Server.Http;
using KeyPass.Server.Ledger;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;

namespace KeyPass.Server.Operators;

/// <summary>How this server and those beside it are, for who runs them: numbers, and nothing of anybody's.</summary>
internal static class OperatorsEndpoints
{
    internal sealed record OperatorSummary(
        string Version, string Database, string Migration, Counts Counts, SharedLedger Ledger, OwnServer ThisServer, IReadOnlyList<RingItem> Ring);

    /// <summary>Of the server that answered; another may stand differently.</summary>
    /// <param name="OpenCalls">That run, or are over and not in the database yet.</param>
    /// <param name="BoundViolations">Calls since its start that cost more than they could: there must be none.</param>
    internal sealed record OwnServer(int OpenCalls, long BoundViolations);

    /// <param name="Servers">That have it.</param>
    internal sealed record RingItem(uint Epoch, RingState State, DateTimeOffset CreatedAt, int Servers);

    public static void AddOperators(this IServiceCollection services) => services.AddSingleton<SummaryStore>();

    public static void MapOperators(this WebApplication app) =>
        app.MapGet("/v1/operator/summary", ReadAsync).Requires(Credentials.Operator)
            .WithTags("Operation").WithName("getOperatorSummary").WithSummary("How this installation is, in numbers")
            .WithDescription("Counts, budgets' leases, servers heard, and the epochs of the ring. Nothing in it names a person or opens anything.")
            .Produces<Envelope<OperatorSummary>>();

    private static async Task<IResult> ReadAsync(
        SummaryStore store, Database database, CallLedger ledger, BoundViolations violations, Ring ring, RingPresenceStore presence, CancellationToken cancel)
    {
        var (migration, counts, shared) = await store.ReadAsync(cancel);
        var servers = await presence.ListAsync(cancel);
        return TypedResults.Ok(Envelope.Of(new OperatorSummary(
            HealthEndpoints.Version, $"PostgreSQL {database.Version}", migration, counts, shared, new OwnServer(ledger.OpenCalls, violations.SinceStart),
            [.. ring.Epochs.Select(epoch => new RingItem(
                epoch.Kid, epoch.State, epoch.Created, servers.Count(server => server.Has.Contains(epoch.Kid))))])));
    }
}
