namespace KeyPass.Server.Budgets;

/// <summary>Of one window of a budget, over all servers.</summary>
/// <param name="Granted">What stands in leases, or was spent out of them.</param>
internal readonly record struct WindowState(long Limit, long Granted);

internal enum LeaseStatus
{
    Open,

    /// <summary>Given back whole, but for what was spent.</summary>
    Closed,

    /// <summary>Nobody knows what became of its remainder, so all of it counts as spent.</summary>
    Lost,
}

/// <summary>What one server holds of one window.</summary>
/// <param name="Amount">Its own to spend.</param>
/// <param name="Settled">Spent of it, by receipts in the ledger; of a lost one also <paramref name="Unaccounted"/>.</param>
/// <param name="Unaccounted">Counted as spent without a receipt. Receipts that come late are taken out of it first.</param>
internal readonly record struct LeaseState(long Amount, long Settled, long Unaccounted, LeaseStatus Status);

/// <summary>
/// Every change that a lease can undergo. Each is computed here, from rows that are locked, and written back in the same transaction; the
/// sum of all leases never passes what a window granted, and what it grants never passes its limit.
/// </summary>
internal static class LeaseRules
{
    /// <summary>A server takes a hundredth of what is left, so that many can, and a call or two seconds of what it spends, so that it asks seldom.</summary>
    private const int Share = 100;

    /// <summary>One that spends fast leaves something to the others.</summary>
    private const int MostShare = 8;

    /// <param name="need">What the call lacks: less is of no use.</param>
    /// <param name="burn">What this server spends in two seconds.</param>
    /// <returns>Null where so much is not left, or the lease is not this server's any more.</returns>
    public static (WindowState Window, LeaseState Lease, long Grown)? Extend(WindowState window, LeaseState lease, long need, long burn)
    {
        var left = window.Limit - window.Granted;
        if (lease.Status != LeaseStatus.Open || need > left)
            return null;
        var grown = Math.Max(need, Math.Min(Math.Max(left / Share, burn), left / MostShare));
        return (window with { Granted = window.Granted + grown }, lease with { Amount = lease.Amount + grown }, grown);
    }

    /// <summary>What a server has lowered its cell by goes back, once. Never what was spent: a server that is wrong about itself gives back less.</summary>
    public static (WindowState Window, LeaseState Lease, long Returned) Return(WindowState window, LeaseState lease, long amount)
    {
        var returned = lease.Status == LeaseStatus.Open ? Math.Clamp(amount, 0, lease.Amount - lease.Settled) : 0;
        return (window with { Granted = window.Granted - returned }, lease with { Amount = lease.Amount - returned }, returned);
    }

    /// <summary>A server that stopped in order, or whose journal says all it did, keeps nothing.</summary>
    public static (WindowState Window, LeaseState Lease) Close(WindowState window, LeaseState lease)
    {
        var (rest, kept, _) = Return(window, lease, lease.Amount - lease.Settled);
        return (rest, lease.Status == LeaseStatus.Open ? kept with { Status = LeaseStatus.Closed } : kept);
    }

    /// <summary>Safe at any time, also while its server lives: whatever that still spends of it is counted already.</summary>
    public static LeaseState Lose(LeaseState lease) => lease.Status != LeaseStatus.Open
        ? lease
        : lease with { Unaccounted = lease.Amount - lease.Settled, Settled = lease.Amount, Status = LeaseStatus.Lost };

    /// <summary>
    /// A receipt came. What it costs more than the lease has was spent all the same: the window has granted it then, over its limit if need be.
    /// </summary>
    public static (LeaseState Lease, long Over) Settle(LeaseState lease, long cost)
    {
        var known = Math.Min(lease.Unaccounted, cost);
        var settled = lease.Settled + cost - known;
        var over = Math.Max(0, settled - lease.Amount);
        return (lease with { Amount = lease.Amount + over, Settled = settled, Unaccounted = lease.Unaccounted - known }, over);
    }
}
