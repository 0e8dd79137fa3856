using System.Diagnostics;
using System.Globalization;

namespace KeyPass.Bench.Gateway;

/// <summary>What the kernel has written down about processes of ours.</summary>
internal static class ProcessTree
{
    /// <summary>The unit of /proc's times: 100 a second on every Linux that people run.</summary>
    public const double MicrosecondsPerTick = 10_000;

    /// <summary>Microseconds of processor time that the process itself has used.</summary>
    public static double CpuOf(int pid) => Read(pid).Cpu;

    /// <summary>The same with all that it has started, and those in turn.</summary>
    public static double CpuWithChildren(int pid) => WithChildren(pid).Sum(one => Read(one).Cpu);

    /// <summary>Resident, in MB.</summary>
    public static double MemoryOf(int pid)
    {
        var line = File.ReadLines($"/proc/{Text(pid)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    public static IReadOnlyList<int> WithChildren(int pid)
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Select(one => (Pid: one, Read(one).Parent)).ToList();
        var found = new List<int> { pid };
        for (var place = 0; place < found.Count; place++)
            found.AddRange(parents.Where(one => one.Parent == found[place]).Select(one => one.Pid));
        return found;
    }

    /// <summary>Onto other processors than the gateway has; what it starts later inherits them.</summary>
    public static async Task PinAsync(int pid, string processors)
    {
        using var moved = Process.Start(new ProcessStartInfo("taskset", ["-a", "-c", "-p", processors, Text(pid)]) { RedirectStandardOutput = true })!;
        await moved.WaitForExitAsync();
    }

    /// <summary>Nothing for one that has ended meanwhile.</summary>
    private static (int Parent, double Cpu) Read(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{Text(pid)}/stat");
            // The name, in brackets, may hold blanks.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), ticks * MicrosecondsPerTick);
        }
        catch (IOException)
        {
            return (0, 0);
        }
    }

    private static string Text(int pid) => pid.ToString(CultureInfo.InvariantCulture);
}
