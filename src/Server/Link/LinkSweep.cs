namespace KeyPass.Server.Link;

/// <summary>What nobody decided or exchanged in time ends, whether or not somebody looks.</summary>
internal sealed class LinkSweep(ExchangeStore exchanges, TimeProvider clock, ILogger<LinkSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

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
            await exchanges.SweepAsync(cancel);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            // The database is away, mostly. The next minute does it.
            log.LogWarning("Link sessions could not be swept: {Reason}", failure.GetType().Name);
        }
    }
}
