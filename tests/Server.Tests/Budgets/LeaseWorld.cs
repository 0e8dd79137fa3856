using System.Runtime.CompilerServices;
using KeyPass.Server.Budgets;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>
/// Everything that a budget's promise depends on, in a few small numbers: two windows, two servers, each with two incarnations, and the calls that they
/// make. A plain value: a copy of it is another world.
/// </summary>
internal struct LeaseWorld
{
    public byte Epoch;
    public bool IsLowered;
    public Two<ModelWindow> Windows;
    public Two<ModelServer> Servers;
    public Calls All;

    public static LeaseWorld Begin(sbyte limit)
    {
        var world = default(LeaseWorld);
        for (var place = 0; place < 2; place++)
        {
            world.Windows[place] = new ModelWindow { Limit = limit, Ceiling = limit };
            world.Servers[place].IsAlive = true;
        }
        return world;
    }

    [InlineArray(Count)]
    public struct Calls
    {
        public const int Count = 3;

        private ModelCall _first;
    }
}

[InlineArray(2)]
internal struct Two<T> where T : struct
{
    private T _first;
}

internal struct ModelWindow
{
    public sbyte Limit;
    public sbyte Granted;

    /// <summary>What must never be passed: the limit, or what was granted already when it was lowered.</summary>
    public sbyte Ceiling;

    /// <summary>By the provider, from the moment a call goes out, whoever comes to know of it.</summary>
    public sbyte Billed;

    public readonly WindowState State => new(Limit, Granted);
}

internal struct ModelLease
{
    public bool Exists;
    public sbyte Amount;
    public sbyte Settled;
    public sbyte Unaccounted;
    public byte Status;

    public LeaseState State
    {
        readonly get => new(Amount, Settled, Unaccounted, (LeaseStatus)Status);
        set => (Exists, Amount, Settled, Unaccounted, Status) =
            (true, checked((sbyte)value.Amount), checked((sbyte)value.Settled), checked((sbyte)value.Unaccounted), (byte)value.Status);
    }

    public readonly bool IsOpen => Exists && Status == (byte)LeaseStatus.Open;
}

internal struct ModelCell
{
    public bool Exists;
    public bool IsDoubtful;
    public sbyte Available;
    public sbyte Accounted;
}

internal enum WorkKind : byte
{
    None,
    Extend,
    Return,
}

internal enum WorkPhase : byte
{
    /// <summary>The database has locked the rows, and has not heard COMMIT yet.</summary>
    Running,
    Committed,
    Aborted,
}

/// <summary>A change of a lease on its way: a server makes one at a time.</summary>
internal struct ModelWork
{
    public WorkKind Kind;
    public WorkPhase Phase;

    /// <summary>Nobody will be told what became of it.</summary>
    public bool IsCut;
    public byte Life;
    public byte Window;
    public sbyte Amount;

    /// <summary>The lease as it stood after it: what the server is told.</summary>
    public ModelLease Outcome;
}

internal struct ModelServer
{
    public bool IsAlive;
    public byte Life;
    public Two<bool> IsLost;
    public Two<ModelCell> Cells;
    public ModelWork Work;

    /// <summary>By life, then by window.</summary>
    public Two<Two<ModelLease>> Leases;
}

internal enum CallPhase : byte
{
    None,

    /// <summary>Its money is out of the cell; nothing has left.</summary>
    Held,

    /// <summary>In the journal at its bound, and at the provider.</summary>
    Out,

    /// <summary>In the journal at its cost.</summary>
    Ended,

    /// <summary>Its receipt is in the database.</summary>
    Written,

    /// <summary>It never went out.</summary>
    Released,

    /// <summary>The journal that knew of it is broken.</summary>
    Forgotten,
}

internal struct ModelCall
{
    public CallPhase Phase;
    public byte Server;
    public byte Life;
    public byte Window;
    public sbyte Cost;
    public sbyte Charged;

    /// <summary>What it held and did not cost is in its cell again.</summary>
    public bool IsFreed;
}
