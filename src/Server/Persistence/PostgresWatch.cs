namespace KeyPass.Server.Persistence;

/// <summary>Starts the embedded PostgreSQL again when it dies under us (out-of-memory killer, kill -9): nobody else would.</summary>
internal sealed class PostgresWatch(Database database, TimeProvider clock, ILogger<PostgresWatch> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await database.Embedded!.ReviveAsync())
                    log.LogWarning("PostgreSQL had died and was started again.");
            }
            catch (StartFailure failure)
            {
                log.LogError("PostgreSQL has died and does not start: {Reason}", failure.Message);
            }
        }
    }
}
