namespace KeyPass.Server.Alerts;

/// <summary>Tells people what their budgets have spent, soon after it was: whichever server comes first.</summary>
internal sealed class AlertWatch(AlertStore store, AlertLetters letters, ILogger<AlertWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await store.TellNextAsync(letters.Write, stoppingToken))
                {
                    // The next one.
                }
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogDebug(failure, "Budget alerts wait");
            }
            catch (Exception)
            {
                return;
            }
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
