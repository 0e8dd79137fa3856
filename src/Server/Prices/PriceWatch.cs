namespace KeyPass.Server.Prices;

/// <summary>
/// Prices are there before the first request, and those set at another server two seconds later. Asked for, not listened to: a connection that
/// waits for notices is one more thing that can be lost unseen, and nobody changes a price by the second.
/// </summary>
internal sealed class PriceWatch(PriceBookSource source, TimeProvider clock, ILogger<PriceWatch> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await source.RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await source.RefreshAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The database is away: what needs it says so louder, and the prices read before stay.
                log.LogDebug(failure, "The prices could not be looked at");
            }
            catch (Exception)
            {
                return; // this server stops: what fails now fails because of that
            }
        }
    }
}
