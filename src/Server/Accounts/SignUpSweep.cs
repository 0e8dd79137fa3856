namespace KeyPass.Server.Accounts;

/// <summary>Sign-ups nobody confirmed, and invites that ended long ago, hold addresses of people who have no account here: they go.</summary>
internal sealed class SignUpSweep(
    SignUpStore signUps, AddressProofStore proofs, InviteStore invites, TimeProvider clock, ILogger<SignUpSweep> log) : BackgroundService
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
            await signUps.SweepAsync(cancel);
            await proofs.SweepAsync(cancel);
            await invites.SweepAsync(cancel);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            // The database is away, mostly. The next hour does it.
            log.LogWarning("Expired sign-ups could not be swept: {Reason}", failure.GetType().Name);
        }
    }
}
