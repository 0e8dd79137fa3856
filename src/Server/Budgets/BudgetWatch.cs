namespace KeyPass.Server.Budgets;

/// <summary>Keeps this server among the others: it beats, hears what they tell, gives back what it does not use, and gives up those that are gone.</summary>
internal sealed class BudgetWatch(NodeStore nodes, LeaseStore leases, LiveBudgets live, Node node, ILogger<BudgetWatch> log) : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>Servers heard within this time share rate limits.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(10);

    /// <summary>Nothing depends on how long: a server that was only slow goes on as another one.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    /// <summary>Beats without a call until a lease goes back, and until its budget is forgotten.</summary>
    private const int IdleBeats = 5;
    private const int ForgottenBeats = 600;

    private const int BeatsBetweenRollCalls = 30;

    /// <summary>Told before this server goes on as another one.</summary>
    public event Action<Guid>? BeginsAnew;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(EachBeatAsync(BeatAsync, stoppingToken), EachBeatAsync(TidyAsync, stoppingToken), ListenAsync(stoppingToken));

    private async Task EachBeatAsync(Func<int, CancellationToken, Task> act, CancellationToken cancel)
    {
        for (var beats = 0; !cancel.IsCancellationRequested; beats++)
        {
            try
            {
                await act(beats, cancel);
            }
            catch (Exception failure) when (!cancel.IsCancellationRequested)
            {
                // Calls ask the database themselves whether they may go on; this only waits for it.
                log.LogDebug(failure, "A beat was left out");
            }
            catch (Exception)
            {
                return;
            }
            await Task.Delay(Beat, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task BeatAsync(int beats, CancellationToken cancel)
    {
        if (await nodes.BeatAsync(node.Incarnation, Lately, cancel) is { } heartbeat)
            node.Heard(heartbeat);
        else
            await BeginAnewAsync(cancel);
    }

    /// <summary>Beside the beats: it waits for the turn of each budget in turn, and a server with many must not be taken for a silent one.</summary>
    private async Task TidyAsync(int beats, CancellationToken cancel)
    {
        await live.GiveBackIdleAsync(IdleBeats, ForgottenBeats, cancel);
        if (beats % BeatsBetweenRollCalls != 0)
            return;
        foreach (var gone in await nodes.GiveUpAsync(Silence, cancel))
        {
            log.LogWarning("The server {Incarnation} was not heard for {Minutes} minutes: what it held counts as spent", gone, Silence.TotalMinutes);
            await leases.LoseAsync(gone, cancel);
        }
    }

    private async Task BeginAnewAsync(CancellationToken cancel)
    {
        log.LogWarning("The other servers gave this one up, after it was not heard for a while: it goes on as another one");
        var (lost, next) = (node.Incarnation, node.NewIncarnation());
        BeginsAnew?.Invoke(next);
        await nodes.JoinAsync(next, cancel);
        node.BeginAs(next);
        await live.LoseAllAsync(lost, cancel);
    }

    private async Task ListenAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await nodes.ListenAsync(
                    () => _ = HearAsync(live.LookAgainAsync, cancel), news => _ = HearAsync(with => live.HearAsync(news, with), cancel), cancel);
            }
            catch (Exception failure) when (!cancel.IsCancellationRequested)
            {
                log.LogDebug(failure, "The connection that hears of other servers was lost");
                await Task.Delay(Beat, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                return;
            }
        }
    }

    private async Task HearAsync(Func<CancellationToken, Task> act, CancellationToken cancel)
    {
        try
        {
            await act(cancel);
        }
        catch (Exception failure)
        {
            log.LogDebug(failure, "What another server asked for was left out");
        }
    }
}
