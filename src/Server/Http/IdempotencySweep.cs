namespace KeyPass.Server.Http;

/// <summary>What is older than a day is replayed no more, and goes.</summary>
internal sealed class IdempotencySweep(IdempotencyStore store, TimeProvider clock, ILogger<IdempotencySweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await SweepAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A stop; the host would print it as a failure when it comes before the start is over.
        }
    }

    private async Task SweepAsync(CancellationToken cancel)
    {
        try
        {
            await store.SweepAsync(cancel);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            // The database is away, mostly. The next hour does it.
            log.LogWarning("Old idempotent writes could not be swept: {Reason}", failure.GetType().Name);
        }
    }
}
