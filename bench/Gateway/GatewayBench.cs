using System.Diagnostics;
using System.Globalization;

namespace KeyPass.Bench.Gateway;

/// <summary>
/// The gateway beside others: in each round every contender has its turn under the same load, so that whatever else the machine does
/// falls on all of them.
/// </summary>
internal static class GatewayBench
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>Until what a contender does after its answers (receipts) is done too: it belongs to the calls that caused it.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(400);

    /// <param name="root">Of the repository: the results are written there.</param>
    /// <param name="rounds">Each takes about half a minute.</param>
    public static async Task<int> RunAsync(string root, int rounds, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromMinutes(3 + rounds * 1.5));
        var folder = Directory.CreateTempSubdirectory("keypass-bench-").FullName;
        // A server that is root lets its PostgreSQL run as somebody else, who must get in.
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        var others = Environment.ProcessorCount > 1 ? string.Create(CultureInfo.InvariantCulture, $"1-{Environment.ProcessorCount - 1}") : "0";
        await ProcessTree.PinAsync(Environment.ProcessId, others);
        var contenders = new Contenders(root, folder, "0", others);
        try
        {
            await contenders.StartAsync(limit.Token);
            var machine = new Machine([.. contenders.All.Select(one => one.Pid), contenders.Direct.Pid, Environment.ProcessId]);
            var slices = await MeasureAsync(contenders, rounds, limit.Token);
            var page = new ResultsPage(slices, contenders, rounds, machine.ShareOfOthers()).ToString();
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
                await DriveAsync(contender, scenario, WarmUp, cancel);
        }
        var slices = new Slices();
        foreach (var scenario in Scenario.All)
        {
            var turns = contenders.All.Where(one => !scenario.Without.Contains(one.Name)).Concat(scenario.AlsoDirect ? [contenders.Direct] : []).ToList();
            for (var round = 0; round < rounds; round++)
            {
                Console.Error.WriteLine($"  {scenario.Name}, round {round + 1} of {rounds} …");
                foreach (var contender in turns)
                    slices.Add(await MeasureAsync(contender, scenario, round, cancel));
            }
        }
        return slices;
    }

    private static async Task<Slice> MeasureAsync(Contender contender, Scenario scenario, int round, CancellationToken cancel)
    {
        var (cpu, below, began) = (ProcessTree.CpuOf(contender.Pid), ProcessTree.CpuBelow(contender.Pid), Stopwatch.GetTimestamp());
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
            scenario, contender.Name, round, (ProcessTree.CpuOf(contender.Pid) - cpu) / tally.Done, (ProcessTree.CpuBelow(contender.Pid) - below) / tally.Done,
            memory, perSecond, tally);
    }

    private static Task<Tally> DriveAsync(Contender contender, Scenario scenario, TimeSpan time, CancellationToken cancel) => Driver.RunAsync(
        contender.Port, [.. scenario.Ways.Select(way => (way, contender.Call(way)))], scenario.Callers, time, scenario.Between, cancel);
}
