using KeyPass.Server.Budgets;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>
/// Every step that anybody can take, in any order: servers, the database, the provider, the operator, and bad luck. What a lease becomes is computed by
/// the server's own <see cref="LeaseRules"/>; what a cell becomes, as <see cref="Cell"/> and <see cref="LiveBudget"/> do it.
/// </summary>
internal sealed class LeaseModel(Shape shape, Fault fault)
{
    private const int LoweredLimit = 2;
    private const int LastLife = 1;

    /// <summary>How a journal is found: whole; with what it says still readable, and something missing; or gone.</summary>
    public const int Whole = 0;
    private const int Damaged = 1;
    private const int Gone = 2;

    public static IReadOnlyList<Step> AllSteps { get; } =
    [
        .. from move in Enum.GetValues<Move>()
           from who in Enumerable.Range(0, move is >= Move.Release and <= Move.WriteAgain ? LeaseWorld.Calls.Count : move >= Move.EndWindow ? 1 : 2)
           from which in Enumerable.Range(0, move is Move.CallOut or Move.Restart ? 3 : move is Move.Return or Move.Look or Move.Hold ? 2 : 1)
           select new Step(move, who, which),
    ];

    public Step[] Steps { get; } = [.. AllSteps.Where(step => shape.Allows(step.Move))];

    /// <summary>False where it cannot be taken in this world.</summary>
    public bool TryTake(ref LeaseWorld world, Step step) => step.Move switch
    {
        Move.Extend => Extend(ref world, ref world.Servers[step.Who]),
        Move.Return => Return(ref world.Servers[step.Who], step.Which),
        Move.Commit => Resolve(ref world, ref world.Servers[step.Who], isDone: true),
        Move.Abort => Resolve(ref world, ref world.Servers[step.Who], isDone: false),
        Move.Tell => Tell(ref world.Servers[step.Who]),
        Move.Cut => Cut(ref world.Servers[step.Who]),
        Move.Look => Look(ref world.Servers[step.Who], step.Which),
        Move.Hold => Hold(ref world, step.Who, step.Which),
        Move.Release => Release(ref world, ref world.All[step.Who]),
        Move.CallOut => CallOut(ref world, ref world.All[step.Who], step.Which),
        Move.End => End(ref world, ref world.All[step.Who]),
        Move.Free => Free(ref world, ref world.All[step.Who]),
        Move.Write => Write(ref world, ref world.All[step.Who]),
        Move.WriteAgain => fault == Fault.ChargesWhatComesTwice && WriteAgain(ref world, ref world.All[step.Who]),
        Move.Crash => Crash(ref world, step.Who),
        Move.Restart => Restart(ref world, step.Who, step.Which),
        Move.DeclareLost => DeclareLost(ref world, ref world.Servers[step.Who]),
        Move.CallTheRoll => CallTheRoll(ref world, ref world.Servers[step.Who]),
        Move.BeginAnew => BeginAnew(ref world.Servers[step.Who]),
        Move.EndWindow => EndWindow(ref world),
        _ => LowerLimit(ref world),
    };

    private bool Extend(ref LeaseWorld world, ref ModelServer server)
    {
        if (!server.IsAlive || server.Work.Kind != WorkKind.None || server.Cells[0].IsDoubtful || server.Cells[1].IsDoubtful)
            return false;
        ref var cell = ref server.Cells[world.Epoch];
        if (!cell.Exists && fault != Fault.MakesALeaseTogetherWithItsMoney)
        {
            // The row and the cell are there before there is anything in them.
            ref var lease = ref server.Leases[server.Life][world.Epoch];
            (lease.Exists, cell) = (true, new ModelCell { Exists = true, Accounted = lease.Settled });
        }
        var need = Math.Max(1, shape.Bound - cell.Available);
        server.Work = new ModelWork { Kind = WorkKind.Extend, Life = server.Life, Window = world.Epoch, Amount = (sbyte)need };
        return true;
    }

    private bool Return(ref ModelServer server, int window)
    {
        ref var cell = ref server.Cells[window];
        if (!server.IsAlive || server.Work.Kind != WorkKind.None || cell.IsDoubtful || cell.Available <= 0)
            return false;
        var rest = cell.Available;
        server.Work = new ModelWork { Kind = WorkKind.Return, Life = server.Life, Window = (byte)window, Amount = rest };
        if (fault == Fault.ReturnsWithoutLoweringItsCell)
            return true;
        (cell.Available, cell.Accounted) = (0, Plus(cell.Accounted, -rest));
        return true;
    }

    private bool Resolve(ref LeaseWorld world, ref ModelServer server, bool isDone)
    {
        ref var work = ref server.Work;
        if (work.Kind == WorkKind.None || work.Phase != WorkPhase.Running)
            return false;
        if (isDone)
            Change(ref world.Windows[work.Window], ref server.Leases[work.Life][work.Window], work, isRunning: work.Window == world.Epoch);
        server.Leases[work.Life][work.Window].Exists |= isDone;
        (work.Phase, work.Outcome) = (isDone ? WorkPhase.Committed : WorkPhase.Aborted, server.Leases[work.Life][work.Window]);
        if (work.IsCut)
            work = default;
        return true;
    }

    private void Change(ref ModelWindow window, ref ModelLease lease, ModelWork work, bool isRunning)
    {
        var (state, before) = (window.State, lease.State);
        if (work.Kind == WorkKind.Return)
        {
            (state, before, _) = LeaseRules.Return(state, before, work.Amount);
            if (fault == Fault.ReturnsTwice)
                (state, before, _) = LeaseRules.Return(state, before, work.Amount);
        }
        else
        {
            if (fault == Fault.OpensALostLeaseAgain)
                before = before with { Status = LeaseStatus.Open };
            if (fault == Fault.GrantsPastALoweredLimit)
                state = state with { Limit = shape.Limit };
            if (isRunning && LeaseRules.Extend(state, before, work.Amount, burn: 0) is { } extended)
                (state, before) = (extended.Window, extended.Lease);
        }
        (window.Granted, lease.State) = (checked((sbyte)state.Granted), before);
    }

    private bool Tell(ref ModelServer server)
    {
        ref var work = ref server.Work;
        if (work.Kind == WorkKind.None || work.Phase != WorkPhase.Committed || work.IsCut)
            return false;
        ref var cell = ref server.Cells[work.Window];
        if (work.Kind == WorkKind.Extend && !cell.Exists)
            cell = new ModelCell { Exists = true, Accounted = work.Outcome.Settled };
        Adopt(ref cell, work.Outcome);
        work = default;
        return true;
    }

    /// <summary>The connection breaks: before the database heard of the change, or after.</summary>
    private static bool Cut(ref ModelServer server)
    {
        ref var work = ref server.Work;
        if (!server.IsAlive || work.Kind == WorkKind.None || work.IsCut)
            return false;
        server.Cells[work.Window].IsDoubtful = server.Cells[work.Window].Exists;
        work.IsCut = true;
        if (work.Phase != WorkPhase.Running)
            work = default;
        return true;
    }

    /// <summary>At the lease's row, under its lock: what is under way there ends first.</summary>
    private bool Look(ref ModelServer server, int window)
    {
        ref var cell = ref server.Cells[window];
        if (!server.IsAlive || !cell.IsDoubtful || (server.Work.Kind != WorkKind.None && fault != Fault.LooksWhileTheChangeIsUnderWay))
            return false;
        Adopt(ref cell, server.Leases[server.Life][window]);
        return true;
    }

    private void Adopt(ref ModelCell cell, ModelLease lease)
    {
        cell.IsDoubtful = false;
        if (!lease.IsOpen)
        {
            cell = default;
            return;
        }
        cell.Available = Plus(cell.Available, lease.Amount - cell.Accounted);
        if (fault != Fault.AdoptsWhatItHasAlready)
            cell.Accounted = lease.Amount;
    }

    private bool Hold(ref LeaseWorld world, int who, int window)
    {
        ref var server = ref world.Servers[who];
        ref var cell = ref server.Cells[window];
        var free = 0;
        while (free < shape.Calls && world.All[free].Phase != CallPhase.None)
            free++;
        if (!server.IsAlive || cell.Available < shape.Bound || free == shape.Calls)
            return false;
        cell.Available = Plus(cell.Available, -shape.Bound);
        world.All[free] = new ModelCall { Phase = CallPhase.Held, Server = (byte)who, Life = server.Life, Window = (byte)window };
        return true;
    }

    private bool Release(ref LeaseWorld world, ref ModelCall call)
    {
        if (call.Phase != CallPhase.Held)
            return false;
        GiveBack(ref world, call, shape.Bound);
        call.Phase = CallPhase.Released;
        return true;
    }

    private bool CallOut(ref LeaseWorld world, ref ModelCall call, int cost)
    {
        if (call.Phase != CallPhase.Held || cost > shape.Bound)
            return false;
        (call.Phase, call.Cost) = (CallPhase.Out, (sbyte)cost);
        ref var window = ref world.Windows[call.Window];
        window.Billed = Plus(window.Billed, cost);
        return true;
    }

    private bool End(ref LeaseWorld world, ref ModelCall call)
    {
        var mayEnd = call.Phase == CallPhase.Out && world.Servers[call.Server].IsAlive && (call.IsFreed || fault != Fault.SettlesBeforeTheJournal);
        if (mayEnd)
            call.Phase = CallPhase.Ended;
        return mayEnd;
    }

    private bool Free(ref LeaseWorld world, ref ModelCall call)
    {
        var after = fault == Fault.SettlesBeforeTheJournal ? CallPhase.Out : CallPhase.Ended;
        if (call.Phase != after || call.IsFreed || !world.Servers[call.Server].IsAlive)
            return false;
        GiveBack(ref world, call, shape.Bound - call.Cost);
        call.IsFreed = true;
        return true;
    }

    private static bool Write(ref LeaseWorld world, ref ModelCall call)
    {
        if (call.Phase != CallPhase.Ended || !call.IsFreed || !world.Servers[call.Server].IsAlive)
            return false;
        Charge(ref world, ref call, call.Cost);
        return true;
    }

    private static bool WriteAgain(ref LeaseWorld world, ref ModelCall call)
    {
        if (call.Phase != CallPhase.Written)
            return false;
        Charge(ref world, ref call, call.Charged);
        return true;
    }

    private static bool Crash(ref LeaseWorld world, int who)
    {
        ref var server = ref world.Servers[who];
        if (!server.IsAlive || server.Life == LastLife)
            return false;
        server.IsAlive = false;
        server.Cells = default;
        server.Work.IsCut = true;
        if (server.Work.Phase != WorkPhase.Running || server.Work.Kind == WorkKind.None)
            server.Work = default;
        for (var place = 0; place < LeaseWorld.Calls.Count; place++)
        {
            if (world.All[place] is { Phase: CallPhase.Held } && world.All[place].Server == who)
                world.All[place].Phase = CallPhase.Released;
        }
        return true;
    }

    private bool Restart(ref LeaseWorld world, int who, int journal)
    {
        ref var server = ref world.Servers[who];
        if (server.IsAlive || IsLocked(server))
            return false;
        if (fault == Fault.ClosesBeforeItReadsTheJournal)
            EndLeases(ref world, ref server, server.Life, isWhole: true);
        for (var place = 0; place < LeaseWorld.Calls.Count; place++)
        {
            ref var call = ref world.All[place];
            if (call.Server != who || call.Phase is not (CallPhase.Out or CallPhase.Ended))
                continue;
            if (journal == Gone || (fault == Fault.CallsBeforeTheJournal && call.Phase == CallPhase.Out))
                call.Phase = CallPhase.Forgotten;
            else
                Charge(ref world, ref call, call.Phase == CallPhase.Out ? shape.Bound : call.Cost);
        }
        for (var life = 0; life <= server.Life; life++)
            EndLeases(ref world, ref server, life, journal == Whole);
        (server.IsAlive, server.Life) = (true, (byte)(server.Life + 1));
        return true;
    }

    private bool DeclareLost(ref LeaseWorld world, ref ModelServer server)
    {
        if (server.Life == LastLife || server.IsLost[server.Life] || IsLocked(server))
            return false;
        server.IsLost[server.Life] = true;
        EndLeases(ref world, ref server, server.Life, fault == Fault.ReturnsWhatALostServerHeld);
        return true;
    }

    /// <summary>What a server that is gone has open still is found, whatever came in late.</summary>
    private bool CallTheRoll(ref LeaseWorld world, ref ModelServer server)
    {
        var isFound = false;
        for (var life = 0; life <= LastLife && !IsLocked(server); life++)
        {
            if (!server.IsLost[life])
                continue;
            isFound |= server.Leases[life][0].IsOpen || server.Leases[life][1].IsOpen;
            EndLeases(ref world, ref server, life, isWhole: false);
        }
        return isFound;
    }

    private static bool BeginAnew(ref ModelServer server)
    {
        if (!server.IsAlive || !server.IsLost[server.Life] || (server.Work.Kind != WorkKind.None && !server.Work.IsCut))
            return false;
        (server.Life, server.Cells) = ((byte)(server.Life + 1), default);
        return true;
    }

    private static bool EndWindow(ref LeaseWorld world)
    {
        if (world.Epoch == 1)
            return false;
        world.Epoch = 1;
        return true;
    }

    private static bool LowerLimit(ref LeaseWorld world)
    {
        if (world.IsLowered || world.Epoch == 1)
            return false;
        world.IsLowered = true;
        ref var window = ref world.Windows[0];
        (window.Limit, window.Ceiling) = (LoweredLimit, Math.Max((sbyte)LoweredLimit, window.Granted));
        return true;
    }

    /// <summary>A change that is under way at a lease which was there before it keeps everybody else from its row.</summary>
    private static bool IsLocked(ModelServer server) => server.Work is { Kind: not WorkKind.None, Phase: WorkPhase.Running } work
        && server.Leases[work.Life][work.Window].Exists;

    private void EndLeases(ref LeaseWorld world, ref ModelServer server, int life, bool isWhole)
    {
        for (var place = 0; place < 2; place++)
        {
            ref var lease = ref server.Leases[life][place];
            ref var window = ref world.Windows[place];
            if (!lease.IsOpen)
                continue;
            if (!isWhole)
            {
                lease.State = LeaseRules.Lose(lease.State);
                continue;
            }
            var before = fault == Fault.ClosesWithoutWhatWasSpent ? lease.State with { Settled = 0 } : lease.State;
            var (rest, closed) = LeaseRules.Close(window.State, before);
            (window.Granted, lease.State) = (checked((sbyte)rest.Granted), closed);
        }
    }

    private static void Charge(ref LeaseWorld world, ref ModelCall call, int cost)
    {
        ref var lease = ref world.Servers[call.Server].Leases[call.Life][call.Window];
        ref var window = ref world.Windows[call.Window];
        var (settled, over) = LeaseRules.Settle(lease.State, cost);
        (lease.State, window.Granted) = (settled, Plus(window.Granted, (int)over));
        (call.Phase, call.Charged, call.IsFreed) = (CallPhase.Written, (sbyte)cost, true);
    }

    /// <summary>Into the cell that it came from; one that its server has dropped meanwhile is nobody's.</summary>
    private static void GiveBack(ref LeaseWorld world, ModelCall call, int amount)
    {
        ref var server = ref world.Servers[call.Server];
        ref var cell = ref server.Cells[call.Window];
        if (server.Life == call.Life && cell.Exists)
            cell.Available = Plus(cell.Available, amount);
    }

    private static sbyte Plus(sbyte one, int other) => checked((sbyte)(one + other));
}
