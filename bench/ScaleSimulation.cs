using System.Globalization;
using KeyPass.Server.Budgets;

namespace KeyPass.Bench;

/// <summary>
/// One budget on several servers, in made-up time: the real rules for leases and the real cells, between calls that come at random and last a while. Says what
/// budgets cost the database, and how much of a limit is out of reach when the first call is refused.
/// </summary>
internal sealed class ScaleSimulation
{
    private const long Cent = Budget.NanoUsdPerCent;

    // As long as in LiveBudget, BudgetWatch and CallLedger.
    private const double Patience = 0.3;
    private const double Step = 0.05;
    private const double BurnTime = 2;
    private const double IdleTime = 5;
    private const double BetweenSettlements = 0.1;

    /// <summary>Of one transaction in the database.</summary>
    private const double Transaction = 0.002;

    private const double MeanDuration = 3;

    private readonly PriorityQueue<Action, double> _events = new();
    private readonly Server[] _servers;
    private readonly double _perSecond;
    private readonly long _bound;
    private readonly long _meanCost;
    private readonly bool _endsAtRefusal;
    private WindowState _window;
    private double _now;
    private double _ends;
    private ulong _state = 42;

    private long _calls;
    private long _asked;
    private long _changes;
    private long _settlements;

    private ScaleSimulation(int servers, double perSecond, double seconds, long limit, long bound, long meanCost, bool endsAtRefusal)
    {
        (_perSecond, _ends, _bound, _meanCost, _endsAtRefusal) = (perSecond, seconds, bound, meanCost, endsAtRefusal);
        _window = new WindowState(limit, 0);
        _servers = [.. Enumerable.Range(0, servers).Select(_ => new Server())];
    }

    public static int Run()
    {
        Console.WriteLine("A budget of $100 until its first refusal; calls hold 2 cents, cost a fifth of a cent and take 3 s in the mean; "
            + "10 a second on each server.");
        Console.WriteLine();
        Console.WriteLine("| Servers | Calls | Asked the database | Changes of leases per 1,000 calls | Spent | Held by calls | Leased elsewhere |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var servers in new[] { 1, 2, 4, 8, 16, 32, 64 })
        {
            var world = new ScaleSimulation(servers, 10 * servers, 1e6, 10_000 * Cent, 2 * Cent, Cent / 5, endsAtRefusal: true);
            world.Play();
            var (spent, held) = (world._servers.Sum(one => one.Cell.Spent), world._servers.Sum(one => one.Cell.Held));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {servers} | {world._calls:N0} | {100.0 * world._asked / world._calls:F2} % | {1000.0 * world._changes / world._calls:F1} | "
                + $"{world.Part(spent)} | {world.Part(held)} | {world.Part(world._window.Granted - spent - held)} |"));
        }
        Console.WriteLine();
        Console.WriteLine("A budget of $1,000 on two servers, by how often it is called, over 2,000 calls.");
        Console.WriteLine();
        Console.WriteLine("| Calls | Asked the database | Changes of leases per call | Settlements per call |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var perSecond in new[] { 0.01, 0.1, 1, 10, 100, 1000 })
        {
            var world = new ScaleSimulation(2, perSecond, 2_000 / perSecond, 100_000 * Cent, 2 * Cent, Cent / 5, endsAtRefusal: false);
            world.Play();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {perSecond} a second | {100.0 * world._asked / world._calls:F1} % | {(double)world._changes / world._calls:F3} | "
                + $"{(double)world._settlements / world._calls:F3} |"));
        }
        return 0;
    }

    private void Play()
    {
        Arrive();
        while (_events.TryDequeue(out var act, out var at) && at <= _ends)
        {
            _now = at;
            act();
        }
    }

    private void After(double seconds, Action act) => _events.Enqueue(act, _now + seconds);

    private void Arrive() => After(Exponential(1 / _perSecond), () =>
    {
        _calls++;
        Call(_servers[(int)(Draw() * _servers.Length)]);
        Arrive();
    });

    private void Call(Server server)
    {
        server.UsedAt = _now;
        if (server.Cell.TryHold(_bound))
        {
            Begin(server);
            return;
        }
        _asked++;
        // One asks for all that wait.
        server.TurnAt = Math.Max(_now, server.TurnAt) + Transaction;
        After(server.TurnAt - _now, () => Extend(server, began: _now, hasRecalled: false));
    }

    private void Extend(Server server, double began, bool hasRecalled)
    {
        if (!server.Cell.TryHold(_bound))
        {
            _changes++;
            var lasted = Math.Max(_now - server.GrewAt, 0.001);
            var burn = server.Grown == 0 || lasted >= BurnTime ? 0 : (long)(server.Grown * (BurnTime / lasted));
            if (LeaseRules.Extend(_window, server.Lease, _bound - Math.Max(0, server.Cell.Available), burn) is { } extended)
            {
                (_window, server.Lease, server.Grown) = extended;
                server.GrewAt = _now;
                server.Cell.Adopt(server.Lease.Amount);
            }
            if (!server.Cell.TryHold(_bound))
            {
                if (!hasRecalled)
                    After(Transaction, Recall);
                if (_now - began < Patience)
                    After(Step, () => Extend(server, began, hasRecalled: true));
                else if (_endsAtRefusal)
                    _ends = _now;
                return;
            }
        }
        Begin(server);
    }

    private void Recall()
    {
        foreach (var server in _servers)
            GiveBack(server);
    }

    private void GiveBack(Server server)
    {
        if (server.Cell.TakeRest() is not (> 0 and var rest))
            return;
        _changes++;
        server.Cell.Accounted -= rest;
        (_window, server.Lease, _) = LeaseRules.Return(_window, server.Lease, rest);
    }

    private void Begin(Server server) => After(Exponential(MeanDuration), () =>
    {
        var cost = Math.Min(_bound, (long)Exponential(_meanCost));
        server.Cell.Settle(_bound, cost);
        if (server.Unsettled == 0)
            After(BetweenSettlements, () => Settle(server));
        server.Unsettled += cost;
        After(IdleTime, () =>
        {
            if (_now - server.UsedAt >= IdleTime)
                GiveBack(server);
        });
    });

    private void Settle(Server server)
    {
        _settlements++;
        (server.Lease, var over) = LeaseRules.Settle(server.Lease, server.Unsettled);
        server.Unsettled = 0;
        if (over > 0)
            throw new InvalidOperationException("More was spent than was leased.");
    }

    private string Part(long amount) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * amount / _window.Limit:F1} %");

    private double Exponential(double mean) => -mean * Math.Log(1 - Draw());

    /// <summary>The same numbers in every run.</summary>
    private double Draw()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    private sealed class Server
    {
        public Cell Cell { get; } = new(default, ends: null);
        public LeaseState Lease { get; set; }
        public double TurnAt { get; set; }
        public double UsedAt { get; set; }
        public double GrewAt { get; set; }
        public long Grown { get; set; }
        public long Unsettled { get; set; }
    }
}
