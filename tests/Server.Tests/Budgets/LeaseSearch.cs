using System.Runtime.InteropServices;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>Visits every world that can come about, and says the shortest way to one in which a promise is broken.</summary>
internal sealed class LeaseSearch(Shape shape, Fault fault = Fault.None)
{
    private readonly LeaseModel _model = new(shape, fault);

    public int Worlds { get; private set; }

    /// <summary>Null where there is no such world.</summary>
    public string? FindBroken()
    {
        var worlds = new List<LeaseWorld> { LeaseWorld.Begin(shape.Limit) };
        var ways = new List<(int From, Step Step)> { (-1, default) };
        var seen = new HashSet<LeaseWorld>(worlds, new ByBytes());
        for (var at = 0; at < worlds.Count; at++)
        {
            Worlds = worlds.Count;
            var world = worlds[at];
            if ((Promises.BrokenIn(world, shape.Bound) ?? Quiet(world)) is { } broken)
                return $"{broken}: {string.Join(", ", WayTo(at, ways))}";
            foreach (var step in _model.Steps)
            {
                var next = world;
                if (!_model.TryTake(ref next, step) || !seen.Add(next))
                    continue;
                worlds.Add(next);
                ways.Add((at, step));
            }
        }
        return null;
    }

    /// <summary>Where nobody asks for more, and everything that was begun comes to its end, nothing is held and all of it is accounted for.</summary>
    private string? Quiet(LeaseWorld world)
    {
        while (TryCalm(ref world))
        {
            if (Promises.BrokenIn(world, shape.Bound) is { } broken)
                return "on the way to rest " + broken;
        }
        return Promises.BrokenAtRest(world);
    }

    /// <summary>In this order: so that only who was not told anything is left in doubt.</summary>
    private static readonly Step[] Calming =
    [
        .. LeaseModel.AllSteps.Where(step => step.Move is Move.Commit or Move.Tell or Move.Cut or Move.Look or Move.Release or Move.End
            or Move.Free or Move.Write or Move.BeginAnew or Move.CallTheRoll || step is { Move: Move.Restart, Which: LeaseModel.Whole }),
    ];

    private bool TryCalm(ref LeaseWorld world)
    {
        foreach (var step in Calming)
        {
            if (_model.TryTake(ref world, step))
                return true;
        }
        for (var who = 0; who < 2; who++)
        {
            for (var window = 0; window < 2; window++)
            {
                if (_model.TryTake(ref world, new Step(Move.Return, who, window)))
                    return true;
            }
        }
        return false;
    }

    private static IEnumerable<Step> WayTo(int at, List<(int From, Step Step)> ways)
    {
        var way = new Stack<Step>();
        for (; ways[at].From >= 0; at = ways[at].From)
            way.Push(ways[at].Step);
        return way;
    }

    private sealed class ByBytes : IEqualityComparer<LeaseWorld>
    {
        public bool Equals(LeaseWorld one, LeaseWorld other) => Bytes(in one).SequenceEqual(Bytes(in other));

        public int GetHashCode(LeaseWorld world)
        {
            var hash = default(HashCode);
            hash.AddBytes(Bytes(in world));
            return hash.ToHashCode();
        }

        private static ReadOnlySpan<byte> Bytes(in LeaseWorld world) => MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in world, 1));
    }
}
