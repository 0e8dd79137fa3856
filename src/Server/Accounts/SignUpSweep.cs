namespace KeyPass.Server.Accounts;

/// <summary>Sign-ups nobody confirmed, and invites that ended long ago, hold addresses of people who have no account here: they go.</summary>
internal sealed class SignUpSweep(SignUpStore signUps, InviteStore invites, TimeProvider clock, ILogger<SignUpSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await signUps.SweepAsync(stoppingToken);
                await invites.SweepAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The database is away, mostly. The next hour does it.
                log.LogWarning("Expired sign-ups could not be swept: {Reason}", failure.GetType().Name);
            }
        }
    }
}
