using System.Collections.Concurrent;

namespace KeyPass.Server.Budgets;

/// <summary>
/// The budgets that calls of this server take from. A reservation takes from every cell of its chain or from none; whoever has to wait for one holds
/// nothing of the others meanwhile, so that no two calls ever wait for each other.
/// </summary>
internal sealed class LiveBudgets(LeaseStore store, Node node, TimeProvider clock)
{
    /// <summary>A cell that was brought up may be dry again when its turn comes: then again, but not for ever.</summary>
    private const int MostRounds = 16;

    private readonly ConcurrentDictionary<Guid, LiveBudget> _live = new();

    /// <param name="chain">Narrowest first.</param>
    public async ValueTask<(Hold? Hold, Supply Supply)> HoldAsync(
        IReadOnlyList<Budget> chain, long nanoUsd, bool mayWait, CancellationToken cancel)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            if (TryHold(chain, nanoUsd, out var hold) is not { } dry)
                return (hold, Supply.Enough);
            var supply = await dry.BringUpAsync(nanoUsd, mayWait, cancel);
            if (!supply.IsEnough)
                return (null, supply);
        }
        return (null, Supply.Unavailable);
    }

    /// <summary>For a call that can do with less. What it gets is the least that any budget of its chain lets it have.</summary>
    public async ValueTask<(Hold? Hold, Supply Supply)> HoldShareAsync(IReadOnlyList<Budget> chain, Elastic asked, CancellationToken cancel)
    {
        var (from, cell, amount) = (default(LiveBudget), default(Cell), asked.Most);
        for (var round = 0; round < MostRounds; round++)
        {
            if (TryHold(chain, amount, out var hold, from, cell) is not { } dry)
                return (hold, Supply.Enough);
            var taken = await dry.TakeShareAsync(asked with { Most = amount }, cancel);
            if (!taken.Supply.IsEnough)
                return (null, taken.Supply);
            (from, cell, amount) = (dry, taken.Cell, taken.Amount);
        }
        cell?.Settle(amount, cost: 0);
        return (null, Supply.Unavailable);
    }

    /// <summary>The least that is free along the chain, as far as this server knows; null where it knows nothing yet.</summary>
    public long? KnownFree(IReadOnlyList<Budget> chain)
    {
        long? least = null;
        foreach (var budget in chain)
        {
            if (_live.TryGetValue(budget.Id, out var live) && live.KnownFree is { } free && (least is null || free < least))
                least = free;
        }
        return least;
    }

    /// <summary>What nobody used for a while goes back; and what nobody used for longer is forgotten.</summary>
    public async Task GiveBackIdleAsync(int idleTurns, int forgottenTurns, CancellationToken cancel)
    {
        foreach (var (id, live) in _live)
        {
            await live.GiveBackAsync(atOnce: false, idleTurns, cancel);
            if (await live.TryForgetAsync(forgottenTurns, cancel))
                _live.TryRemove(new KeyValuePair<Guid, LiveBudget>(id, live));
        }
    }

    public async Task HearAsync(string news, CancellationToken cancel)
    {
        if (!BudgetNews.TryRead(news, out var id, out var isChange) || !_live.TryGetValue(id, out var live))
            return;
        if (isChange)
            await live.LookAgainAsync(cancel);
        else
            await live.GiveBackAsync(atOnce: true, idleTurns: 0, cancel);
    }

    /// <summary>Anything may have changed while nobody listened.</summary>
    public async Task LookAgainAsync(CancellationToken cancel)
    {
        foreach (var live in _live.Values)
            await live.LookAgainAsync(cancel);
    }

    public async Task LoseAllAsync(Guid incarnation, CancellationToken cancel)
    {
        foreach (var live in _live.Values)
            await live.LoseAsync(incarnation, cancel);
    }

    /// <summary>The budget whose cell is dry, with everything that was taken given back; null when the hold is complete.</summary>
    /// <param name="taken">Of this budget the amount was taken before.</param>
    private LiveBudget? TryHold(IReadOnlyList<Budget> chain, long nanoUsd, out Hold hold, LiveBudget? taken = null, Cell? from = null)
    {
        hold = new Hold(nanoUsd);
        if (from is not null)
            hold.Add(from);
        var now = node.Now;
        for (var place = 0; place < chain.Count; place++)
        {
            var live = Of(chain[place]);
            if (from is not null && live == taken)
                continue;
            if (live.TryHold(nanoUsd, now) is not { } cell)
            {
                hold.Settle(cost: 0);
                return live;
            }
            hold.Add(cell);
        }
        return null;
    }

    private LiveBudget Of(Budget budget)
    {
        while (true)
        {
            var live = _live.GetOrAdd(
                budget.Id, static (_, made) => new LiveBudget(made.budget, made.store, made.node, made.clock), (budget, store, node, clock));
            if (!live.IsGone)
            {
                if (!ReferenceEquals(live.Budget, budget))
                    live.Budget = budget;
                return live;
            }
            _live.TryRemove(new KeyValuePair<Guid, LiveBudget>(budget.Id, live));
        }
    }
}
