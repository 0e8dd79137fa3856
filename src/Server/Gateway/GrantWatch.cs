namespace KeyPass.Server.Gateway;

/// <summary>
/// Hears of revoked and changed credentials, whichever server changed them. What is at hand counts only while it hears: a server cut off
/// from the database refuses calls rather than let a revoked credential in.
/// </summary>
internal sealed class GrantWatch(GrantLookupStore store, LiveGrants grants, TimeProvider clock, ILogger<GrantWatch> log) : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);

    /// <summary>A revocation is to reach every server within a second.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(800);

    /// <summary>A busy machine may be late with a beat; a call can wait that long before it is refused.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromMilliseconds(250);

    private long _heardAt;

    private bool IsFresh => Volatile.Read(ref _heardAt) is not 0 and var heard && clock.GetElapsedTime(heard) < Freshness;

    /// <summary>Whether what is at hand counts now.</summary>
    public ValueTask<bool> IsFreshAsync(CancellationToken cancel) => IsFresh ? ValueTask.FromResult(true) : WaitAsync(cancel);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await store.ListenAsync(
                    grants.AllChanged, grants.Changed, grants.AccountChanged, () => Volatile.Write(ref _heardAt, clock.GetTimestamp()), Beat, stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning(
                    "The connection that hears of revoked credentials was lost, calls are refused until it is back: {Reason}", failure.GetType().Name);
                await Task.Delay(PauseBeforeRetry, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                return; // this server stops: what fails now fails because of that
            }
        }
    }

    private async ValueTask<bool> WaitAsync(CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        while (!IsFresh)
        {
            if (clock.GetElapsedTime(began) > Patience)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancel);
        }
        return true;
    }
}
