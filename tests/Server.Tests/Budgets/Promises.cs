namespace KeyPass.Server.Tests.Budgets;

/// <summary>What must hold in every world, and what in one at rest.</summary>
internal static class Promises
{
    public static string? BrokenIn(LeaseWorld world, int bound)
    {
        for (var window = 0; window < 2; window++)
        {
            var state = world.Windows[window];
            if (state.Billed > state.Ceiling)
                return $"the provider charges {state.Billed} of {state.Ceiling} in window {window}";
            if (state.Granted > state.Ceiling)
                return $"{state.Granted} of {state.Ceiling} are granted in window {window}";
            var amounts = 0;
            for (var who = 0; who < 2; who++)
            {
                for (var life = 0; life < 2; life++)
                {
                    var lease = world.Servers[who].Leases[life][window];
                    amounts += lease.Amount;
                    if (BrokenIn(lease, Written(world, who, life, window)) is { } broken)
                        return $"of server {who} in life {life} and window {window} {broken}";
                }
                if (BrokenCell(world, who, window, bound) is { } odd)
                    return $"the cell of server {who} in window {window} {odd}";
            }
            if (amounts != state.Granted)
                return $"leases of {amounts} stand in window {window}, which granted {state.Granted}";
        }
        return null;
    }

    public static string? BrokenAtRest(LeaseWorld world)
    {
        for (var place = 0; place < LeaseWorld.Calls.Count; place++)
        {
            if (world.All[place].Phase is CallPhase.Held or CallPhase.Out or CallPhase.Ended)
                return $"call {place} has no end";
        }
        for (var window = 0; window < 2; window++)
        {
            var (receipts, unaccounted) = (0, 0);
            for (var who = 0; who < 2; who++)
            {
                for (var life = 0; life < 2; life++)
                {
                    var lease = world.Servers[who].Leases[life][window];
                    receipts += Written(world, who, life, window);
                    unaccounted += lease.Unaccounted;
                    if (lease.Amount != lease.Settled)
                        return $"server {who} holds {lease.Amount - lease.Settled} for ever in life {life} and window {window}";
                }
            }
            var state = world.Windows[window];
            if (state.Granted != receipts + unaccounted)
                return $"window {window} granted {state.Granted}, and {receipts} were spent and {unaccounted} are unaccounted for";
            if (state.Granted < state.Billed)
                return $"the provider charged {state.Billed} in window {window}, and {state.Granted} are accounted for";
        }
        return null;
    }

    private static string? BrokenIn(ModelLease lease, int written)
    {
        if (lease.Settled < 0 || lease.Unaccounted < 0 || lease.Settled > lease.Amount)
            return $"a lease of {lease.Amount} has {lease.Settled} settled and {lease.Unaccounted} unaccounted for";
        // A lost one that cost more than nobody knew of would be over; there is none such.
        return lease.Settled - lease.Unaccounted == written ? null : $"receipts of {written} are settled as {lease.Settled - lease.Unaccounted}";
    }

    /// <summary>What a server may spend, holds and has spent is what it was granted: never more, and while it knows its lease, never less.</summary>
    private static string? BrokenCell(LeaseWorld world, int who, int window, int bound)
    {
        var server = world.Servers[who];
        var (cell, lease) = (server.Cells[window], server.Leases[server.Life][window]);
        if (!server.IsAlive || !cell.Exists)
            return null;
        var used = (int)cell.Available;
        for (var place = 0; place < LeaseWorld.Calls.Count; place++)
        {
            var call = world.All[place];
            if (call.Server == who && call.Life == server.Life && call.Window == window)
                used += call.Phase is CallPhase.None or CallPhase.Released ? 0 : call.IsFreed ? call.Cost : bound;
        }
        if (cell.Available < 0)
            return $"has {cell.Available}";
        // Of a lease that is lost, what is left counts as spent: whoever looks at it again has nothing of it.
        if (used > cell.Accounted || (lease.IsOpen && used != cell.Accounted))
            return $"accounts for {cell.Accounted} and has {used}";
        var isKnown = lease.IsOpen && !cell.IsDoubtful && server.Work.Kind == WorkKind.None;
        return isKnown && used != lease.Amount ? $"has {used} of a lease of {lease.Amount}" : null;
    }

    private static int Written(LeaseWorld world, int who, int life, int window)
    {
        var sum = 0;
        for (var place = 0; place < LeaseWorld.Calls.Count; place++)
        {
            var call = world.All[place];
            if (call.Phase == CallPhase.Written && call.Server == who && call.Life == life && call.Window == window)
                sum += call.Charged;
        }
        return sum;
    }
}
