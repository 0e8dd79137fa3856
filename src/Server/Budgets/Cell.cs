namespace KeyPass.Server.Budgets;

/// <summary>Which lease an amount belongs to: the budget, which of its windows, and the server that holds the lease.</summary>
internal readonly record struct CellName(Guid BudgetId, long Epoch, Guid Incarnation);

/// <summary>
/// What this server may still spend of its lease of one window. Calls take from it and give back to it without a lock; whoever takes has
/// it, and nobody else does.
/// </summary>
internal sealed class Cell(CellName name, DateTimeOffset? ends)
{
    private long _ends = TicksOf(ends);
    private long _available;
    private long _held;
    private long _spent;

    public CellName Name => name;

    /// <summary>What of the lease, as the database has it, is in this cell, in its calls, or spent by them. Known to whoever has the budget's turn.</summary>
    public long Accounted { get; set; }

    /// <summary>A change of the lease was asked for, and nobody told whether it was made.</summary>
    public bool IsDoubtful { get; set; }

    /// <summary>What the window had not granted to anybody when it was last looked at.</summary>
    public long LeftElsewhere { get; set; }

    /// <summary>Below zero only where a call cost more than its bound.</summary>
    public long Available => Volatile.Read(ref _available);

    /// <summary>In calls that run.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>By calls of this server that are over, in the ledger or on the way to it.</summary>
    public long Spent => Volatile.Read(ref _spent);

    public bool IsOver(DateTimeOffset now) => Volatile.Read(ref _ends) <= now.UtcTicks;

    public void EndAt(DateTimeOffset? ends) => Volatile.Write(ref _ends, TicksOf(ends));

    /// <summary>Nothing more is taken from it before somebody has looked at its window.</summary>
    public void Suspend() => Volatile.Write(ref _ends, 0);

    public bool TryHold(long amount)
    {
        var available = Volatile.Read(ref _available);
        while (available >= amount)
        {
            var seen = Interlocked.CompareExchange(ref _available, available - amount, available);
            if (seen == available)
            {
                Interlocked.Add(ref _held, amount);
                return true;
            }
            available = seen;
        }
        return false;
    }

    /// <summary>The call is over, and cost so much of what it held: nothing, mostly less, and more only where the bound was wrong.</summary>
    public void Settle(long held, long cost)
    {
        Interlocked.Add(ref _spent, cost);
        Interlocked.Add(ref _available, held - cost);
        Interlocked.Add(ref _held, -held);
    }

    /// <summary>The lease has so much now: what is new of it can be spent.</summary>
    public void Adopt(long amount)
    {
        Interlocked.Add(ref _available, amount - Accounted);
        Accounted = amount;
    }

    /// <summary>All that no call holds, to be given back: from here on nobody can spend it.</summary>
    public long TakeRest()
    {
        var available = Volatile.Read(ref _available);
        while (available > 0)
        {
            var seen = Interlocked.CompareExchange(ref _available, 0, available);
            if (seen == available)
                return available;
            available = seen;
        }
        return 0;
    }

    private static long TicksOf(DateTimeOffset? ends) => ends?.UtcTicks ?? long.MaxValue;
}
