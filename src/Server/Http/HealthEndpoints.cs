using System.Reflection;
using KeyPass.Server.Persistence;

namespace KeyPass.Server.Http;

/// <summary>What a load balancer, a supervisor and our first page ask.</summary>
internal static class HealthEndpoints
{
    public static readonly string Version =
        typeof(HealthEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The database is asked at most this often, however many ask us.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(500);

    internal sealed record Health(string Status);

    internal sealed record Readiness(string Status, string Version, string Database);

    public static void MapHealth(this WebApplication app)
    {
        var health = app.MapGroup("").WithTags("Operation");
        health.MapGet("/healthz", () => new Health("alive"))
            .OpenToAnyone().AnswersWhileDraining().LoggedQuietly()
            .WithName("getHealth").WithSummary("Is the process alive?")
            .WithDescription("Answers 200 as long as the process serves requests, whether or not the database is there.");

        var probe = new ReadinessProbe(app.Services.GetRequiredService<Database>(), app.Services.GetRequiredService<TimeProvider>());
        health.MapGet("/readyz", (Draining draining, CancellationToken cancel) => ReadyAsync(probe, draining, cancel))
            .OpenToAnyone().AnswersWhileDraining().LoggedQuietly()
            .WithName("getReadiness").WithSummary("Can it take work?")
            .WithDescription("Answers 200 when the database is reachable and migrated; 503 while it is not, and while the server is stopping.")
            .Produces<Readiness>().RefusesWith(Refusals.DatabaseUnavailable, Refusals.Draining);
    }

    private static async Task<IResult> ReadyAsync(ReadinessProbe probe, Draining draining, CancellationToken cancel)
    {
        if (draining.IsDraining)
            return Refusals.Draining.Because("This server is stopping.", retryAfter: TimeSpan.FromSeconds(5));
        return await probe.AskAsync(cancel)
            ? TypedResults.Ok(new Readiness("ready", Version, $"PostgreSQL {probe.DatabaseVersion}"))
            : Refusals.DatabaseUnavailable.Because("The database does not answer. The server keeps trying: look at PostgreSQL.",
                retryAfter: TimeSpan.FromSeconds(2));
    }

    private sealed class ReadinessProbe(Database database, TimeProvider clock)
    {
        private readonly Lock _gate = new();
        private Task<bool>? _answer;
        private long _askedAt;

        public string DatabaseVersion => database.Version;

        public Task<bool> AskAsync(CancellationToken cancel)
        {
            lock (_gate)
            {
                if (_answer is null || (_answer.IsCompleted && clock.GetElapsedTime(_askedAt) > Freshness))
                {
                    _askedAt = clock.GetTimestamp();
                    // Shared by all who ask now: no single caller's going away may cancel it.
                    _answer = database.IsReadyAsync(CancellationToken.None);
                }
                return _answer.WaitAsync(cancel);
            }
        }
    }
}
