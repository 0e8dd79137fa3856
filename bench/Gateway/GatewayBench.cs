using System.Diagnostics;
using System.Globalization;

namespace KeyPass.Bench.Gateway;

/// <summary>
/// The gateway beside others: in each round every contender has its turn under the same load, so that whatever else the machine does
/// falls on all of them.
/// </summary>
internal static class GatewayBench
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>Not counted: while the others had their turns, this one's memory and threads went to sleep.</summary>
    private static readonly TimeSpan LeadIn = TimeSpan.FromMilliseconds(500);

    /// <summary>A managed process is warm when the compiler has come to rest: each second costs about what the one before did.</summary>
    private const double Warm = 0.95;

    private const int MostWarmUps = 12;

    /// <summary>Until what a contender does after its answers (receipts) is done too: it belongs to the calls that caused it.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(400);

    /// <param name="root">Of the repository: the results are written there.</param>
    /// <param name="rounds">Each takes about a minute.</param>
    /// <param name="before">Another checkout to be held against this one; then nothing is written.</param>
    public static async Task<int> RunAsync(string root, int rounds, string? before, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromMinutes(6 + rounds * 2));
        var folder = Directory.CreateTempSubdirectory("keypass-bench-").FullName;
        // A server that is root lets its PostgreSQL run as somebody else, who must get in.
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        var others = Environment.ProcessorCount > 1 ? string.Create(CultureInfo.InvariantCulture, $"1-{Environment.ProcessorCount - 1}") : "0";
        await ProcessTree.PinAsync(Environment.ProcessId, others);
        var contenders = new Contenders(root, folder, "0", others);
        try
        {
            await contenders.StartAsync(before, limit.Token);
            var machine = new Machine([Environment.ProcessId, .. contenders.All.Select(one => one.DatabasePid).OfType<int>()]);
            var slices = await MeasureAsync(contenders, rounds, limit.Token);
            var page = new ResultsPage(slices, contenders, rounds, machine.ShareOfOthers()).ToString();
            if (before is null)
                await File.WriteAllTextAsync(Path.Combine(root, "bench/RESULTS.md"), page, limit.Token);
            Console.WriteLine(page);
            return 0;
        }
        finally
        {
            contenders.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Slices> MeasureAsync(Contenders contenders, int rounds, CancellationToken cancel)
    {
        foreach (var contender in contenders.All.Append(contenders.Direct))
        {
            Console.Error.WriteLine($"  Warming {contender.Name} …");
            foreach (var scenario in new[] { Scenario.Json, Scenario.Burst })
                await WarmAsync(contender, scenario, cancel);
        }
        var slices = new Slices();
        foreach (var scenario in Scenario.All)
        {
            var turns = contenders.All.Where(one => !scenario.Without.Contains(one.Name)).Concat(scenario.AlsoDirect ? [contenders.Direct] : []).ToList();
            for (var round = 0; round < rounds; round++)
            {
                Console.Error.WriteLine($"  {scenario.Name}, round {round + 1} of {rounds} …");
                // Turned round each time, so that nobody always comes after the same one.
                foreach (var contender in round % 2 == 0 ? turns : turns.AsEnumerable().Reverse())
                    slices.Add(await MeasureAsync(contender, scenario, round, cancel));
            }
        }
        return slices;
    }

    private static async Task WarmAsync(Contender contender, Scenario scenario, CancellationToken cancel)
    {
        var (least, calm) = (double.MaxValue, 0);
        for (var turn = 0; turn < MostWarmUps && calm < 3; turn++)
        {
            var before = contender.Cpu;
            var tally = await DriveAsync(contender, scenario, WarmUp, cancel);
            var cpu = (contender.Cpu - before) / Math.Max(1, tally.Done);
            calm = cpu < Warm * least ? 0 : calm + 1;
            least = Math.Min(least, cpu);
        }
    }

    private static async Task<Slice> MeasureAsync(Contender contender, Scenario scenario, int round, CancellationToken cancel)
    {
        await DriveAsync(contender, scenario, LeadIn, cancel);
        await Task.Delay(Settling, cancel);
        var (cpu, database, began) = (contender.Cpu, contender.DatabaseCpu, Stopwatch.GetTimestamp());
        var driving = DriveAsync(contender, scenario, scenario.Slice, cancel);
        var memory = 0.0;
        while (!driving.IsCompleted)
        {
            memory = Math.Max(memory, ProcessTree.MemoryOf(contender.Pid));
            await Task.WhenAny(driving, Task.Delay(250, cancel));
        }
        var tally = await driving;
        var perSecond = tally.Done / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Task.Delay(Settling, cancel);
        return new Slice(
            scenario, contender.Name, round, (contender.Cpu - cpu) / tally.Done, (contender.DatabaseCpu - database) / tally.Done, memory, perSecond, tally);
    }

    private static Task<Tally> DriveAsync(Contender contender, Scenario scenario, TimeSpan time, CancellationToken cancel) => Driver.RunAsync(
        contender.Port, [.. scenario.Ways.Select(way => (way, contender.Call(way)))], scenario.Callers, time, scenario.Between, cancel);
}
