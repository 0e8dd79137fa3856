using KeyPass.Server.Persistence;

namespace KeyPass.Server.Budgets;

/// <summary>
/// One budget on this server: the cell of its present window, and the way to the database when the cell runs dry. Calls take from the
/// cell side by side; whoever finds it dry takes the one turn to bring it up, for all that wait.
/// </summary>
internal sealed class LiveBudget(Budget budget, LeaseStore store, Node node, TimeProvider clock) : IDisposable
{
    /// <summary>As long as a call waits for others to end, or for other servers to give back, before it is refused.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    /// <summary>Many calls that find the same cell dry are told by one look at the database.</summary>
    private static readonly TimeSpan ShortageHolds = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan BurnTime = TimeSpan.FromSeconds(2);

    /// <summary>What others hold is theirs; of what they left, one call takes this part at the most. So twenty share what the first would have taken.</summary>
    private const int Share = 8;

    private const int MostTries = 16;

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Of windows that are over, or that changed: they wait for their last calls.</summary>
    private readonly List<Cell> _former = [];

    private volatile Budget _budget = budget;
    private volatile Cell? _cell;
    private volatile bool _isUsed;
    private int _idleTurns;
    private long _grewAt;
    private long _grown;
    private (Shortage Shortage, long Asked, bool HasWaited, long At)? _short;

    public Budget Budget
    {
        get => _budget;
        set => _budget = value;
    }

    /// <summary>Forgotten: whoever still has it looks for its successor.</summary>
    public bool IsGone { get; private set; }

    public Cell? TryHold(long amount, DateTimeOffset now)
    {
        if (_cell is not { } cell || cell.IsOver(now))
            return null;
        if (!_isUsed)
            _isUsed = true;
        return cell.TryHold(amount) ? cell : null;
    }

    /// <summary>What is free as far as this server knows without asking; null while it knows nothing.</summary>
    public long? KnownFree => _cell is { } cell && !cell.IsOver(node.Now) ? Math.Max(0, cell.LeftElsewhere + cell.Available) : null;

    /// <summary>Until the cell has so much, or it is known why not.</summary>
    /// <param name="mayWait">For calls that run here to end. For what other servers may give back is waited in any case.</param>
    public Task<Supply> BringUpAsync(long amount, bool mayWait, CancellationToken cancel) => InTurnAsync(
        async () => IsGone || Has(amount) ? Supply.Enough : KnownShort(amount, mayWait) ?? await ExtendOrWaitAsync(amount, mayWait, cancel),
        Supply.Unavailable, cancel);

    /// <summary>
    /// For a call that can do with less: all it asks for while that is there, else a part of what is free. It is decided and taken in one turn, so that those
    /// who come together do not all take their part of the same number.
    /// </summary>
    /// <returns>No cell where there is another budget to ask, or its supply says why.</returns>
    public Task<(Supply Supply, Cell? Cell, long Amount)> TakeShareAsync(Elastic asked, CancellationToken cancel) =>
        InTurnAsync(() => ShareAsync(asked, cancel), (Supply.Unavailable, null, 0), cancel);

    /// <summary>Gives back what no call holds: at once where another server asked for it, else once nobody has used it for a while.</summary>
    public async Task GiveBackAsync(bool atOnce, int idleTurns, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            _idleTurns = _isUsed ? 0 : _idleTurns + 1;
            _isUsed = false;
            if (atOnce)
                _short = null; // what was asked for here, or changed there, may be the very thing that was short
            foreach (var cell in _former.ToList())
            {
                await GiveBackAsync(cell, cancel);
                if (cell is { Held: 0, Available: <= 0 })
                    _former.Remove(cell);
            }
            if (_cell is { } present && (atOnce || _idleTurns >= idleTurns || present.IsOver(node.Now)))
                await GiveBackAsync(present, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Its limit or its window may have been changed: the next call looks.</summary>
    public Task LookAgainAsync(CancellationToken cancel)
    {
        _cell?.Suspend();
        return GiveBackAsync(atOnce: true, idleTurns: 0, cancel);
    }

    /// <summary>Its leases are given up for lost: what calls hold of them is counted, and nothing is to be given back.</summary>
    public async Task LoseAsync(Guid incarnation, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            _former.RemoveAll(cell => cell.Name.Incarnation == incarnation);
            if (_cell?.Name.Incarnation == incarnation)
                _cell = null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>False while it holds anything.</summary>
    public async Task<bool> TryForgetAsync(int idleTurns, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_isUsed || _idleTurns < idleTurns || _former.Count > 0 || _cell is { Held: not 0 } or { Available: > 0 } or { IsDoubtful: true })
                return false;
            // Only once the ledger has all it spent: the next one to come takes what its lease has beyond that for its own.
            if (_cell is { } cell && await store.FindAsync(cell.Name, cancel) is { Status: LeaseStatus.Open } lease && lease.Amount != lease.Settled)
                return false;
            _cell = null;
            return IsGone = true;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private bool Has(long amount) => _cell is { } cell && !cell.IsOver(node.Now) && cell.Available >= amount;

    /// <param name="unavailable">What it comes to where the database does not answer: nobody can say what is left.</param>
    private async Task<T> InTurnAsync<T>(Func<Task<T>> act, T unavailable, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            return await act();
        }
        catch (Exception failure) when (Database.IsBehind(failure) && !cancel.IsCancellationRequested)
        {
            return unavailable;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<(Supply Supply, Cell? Cell, long Amount)> ShareAsync(Elastic asked, CancellationToken cancel)
    {
        if (!IsGone && KnownShort(asked.Least, mayWait: true) is { } known)
            return (known, null, 0);
        for (var tries = 0; !IsGone && tries < MostTries; tries++)
        {
            if (await ExtendAsync(asked.Most, cancel) is not { Lease.Status: LeaseStatus.Open } outcome)
                return (Supply.Unavailable, null, 0);
            var amount = asked.Most;
            if (!Has(amount) && outcome is { Grown: 0, IsRunning: true })
            {
                var shortage = ShortageOf(outcome);
                amount = asked.Within(Math.Clamp(shortage.Reserved > 0 ? shortage.Free / Share : shortage.Free, asked.Least, asked.Most));
                if (await ExtendOrWaitAsync(amount, mayWait: true, cancel) is { IsEnough: false } supply)
                    return (supply, null, 0);
            }
            if (TryHold(amount, node.Now) is { } cell)
                return (Supply.Enough, cell, amount);
        }
        return (Supply.Enough, null, asked.Most);
    }

    private Supply? KnownShort(long amount, bool mayWait) =>
        _short is { } known && amount >= known.Asked && (known.HasWaited || !mayWait) && clock.GetElapsedTime(known.At) < ShortageHolds
            ? Supply.Short(known.Shortage)
            : null;

    private async Task<Supply> ExtendOrWaitAsync(long amount, bool mayWait, CancellationToken cancel)
    {
        var supply = await TryExtendOrWaitAsync(amount, mayWait, cancel);
        _short = supply.Shortage is { } shortage ? (shortage, amount, mayWait, clock.GetTimestamp()) : null;
        return supply;
    }

    private async Task<Supply> TryExtendOrWaitAsync(long amount, bool mayWait, CancellationToken cancel)
    {
        var (began, hasRecalled) = (clock.GetTimestamp(), false);
        while (true)
        {
            // Removed meanwhile, or this server was given up: either is over in a moment.
            if (await ExtendAsync(amount, cancel) is not { Lease.Status: LeaseStatus.Open } outcome)
                return Supply.Unavailable;
            if (Has(amount))
                return Supply.Enough;
            // It has more now, and others were quicker; or its window ended in this moment, and the next one is another.
            if (outcome.Grown > 0 || !outcome.IsRunning)
                continue;
            var shortage = ShortageOf(outcome);
            // Spent is spent: only what runs, here or elsewhere, may still come back.
            if (shortage.Remaining < amount || clock.GetElapsedTime(began) >= Patience || (!mayWait && outcome.Others == 0))
                return Supply.Short(shortage);
            if (outcome.Others > 0 && !hasRecalled)
            {
                hasRecalled = true;
                await store.TellAsync(BudgetNews.Recall(_budget.Id), cancel);
            }
            await Task.Delay(Step, clock, cancel);
        }
    }

    private async Task<LeaseOutcome?> ExtendAsync(long amount, CancellationToken cancel)
    {
        if (_cell is { IsDoubtful: true } doubtful)
            Reconcile(doubtful, await store.FindAsync(doubtful.Name, cancel));
        if (await PresentAsync(cancel) is not { } cell)
            return null;
        // It may be done and nobody tells: not to know is no reason to spend it, nor to forget it.
        cell.IsDoubtful = true;
        var outcome = await store.ExtendAsync(cell.Name, Math.Max(1, amount - cell.Available), Burn(), cancel);
        cell.IsDoubtful = false;
        if (outcome is null)
            return null;
        cell.EndAt(outcome.Ends);
        if (outcome.Lease.Status == LeaseStatus.Open)
            cell.Adopt(outcome.Lease.Amount);
        cell.LeftElsewhere = Math.Max(0, outcome.Window.Limit - outcome.Window.Granted);
        if (outcome.Grown > 0)
            (_grewAt, _grown) = (clock.GetTimestamp(), outcome.Grown);
        return outcome;
    }

    /// <summary>Of the window that runs now. It is there before its lease has anything, so that nothing is ever granted that no cell accounts for.</summary>
    private async Task<Cell?> PresentAsync(CancellationToken cancel)
    {
        if (await store.FindEpochAsync(_budget, cancel) is not { } epoch)
            return null;
        var name = new CellName(_budget.Id, epoch, node.Incarnation);
        if (_cell?.Name == name)
            return _cell;
        if (await store.OpenAsync(name, cancel) is not { } lease)
            return null;
        if (_cell is { } former)
            _former.Add(former);
        var cell = new Cell(name, ends: null) { Accounted = lease.Settled };
        cell.Suspend();
        return _cell = cell;
    }

    /// <summary>What the last growth was spent at, in two seconds.</summary>
    private long Burn()
    {
        if (_grown == 0)
            return 0;
        var lasted = clock.GetElapsedTime(_grewAt);
        return lasted >= BurnTime ? 0 : (long)(_grown * (BurnTime / TimeSpan.FromTicks(Math.Max(lasted.Ticks, TimeSpan.TicksPerMillisecond))));
    }

    private async Task GiveBackAsync(Cell cell, CancellationToken cancel)
    {
        if (cell.IsDoubtful)
            Reconcile(cell, await store.FindAsync(cell.Name, cancel));
        // First out of the cell, then out of the lease: never in both at a time.
        if (cell.TakeRest() is not (> 0 and var rest))
            return;
        (cell.Accounted, cell.IsDoubtful) = (cell.Accounted - rest, true);
        Reconcile(cell, await store.ReturnAsync(cell.Name, rest, cancel));
        cell.LeftElsewhere += rest;
    }

    private void Reconcile(Cell cell, LeaseState? lease)
    {
        cell.IsDoubtful = false;
        if (lease is { Status: LeaseStatus.Open } open)
            cell.Adopt(open.Amount);
        else if (_cell == cell)
            _cell = null; // gone with its budget, or given up: there is nothing to spend
    }

    private Shortage ShortageOf(LeaseOutcome outcome)
    {
        var cell = _cell!;
        // Calls that ended in this moment are on their way to the ledger.
        var onTheWay = Math.Max(0, cell.Spent - (outcome.Lease.Settled - outcome.Lease.Unaccounted));
        var free = Math.Max(0, outcome.Window.Limit - outcome.Window.Granted) + Math.Max(0, cell.Available);
        return new Shortage(_budget, outcome.Window.Limit, outcome.Spent + onTheWay, free, outcome.Ends);
    }
}
