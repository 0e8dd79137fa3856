using System.Globalization;
using System.Runtime.InteropServices;

namespace KeyPass.Bench.Gateway;

/// <summary>What the machine is, and what others did on it meanwhile.</summary>
/// <param name="ours">The processes of this run; what they start counts as theirs.</param>
internal sealed class Machine(IReadOnlyList<int> ours)
{
    private readonly (double Busy, double All, double Own) _before = Read(ours);

    public static string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} processors ({Model()}), {RuntimeInformation.OSDescription.Trim()}, .NET {Environment.Version}");

    /// <summary>Of all processor time since, from 0 to 1, what none of ours has used.</summary>
    public double ShareOfOthers()
    {
        var (busy, all, own) = Read(ours);
        return Math.Max(0, busy - _before.Busy - (own - _before.Own)) / Math.Max(1, all - _before.All);
    }

    private static string Model() => File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
        ? line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
        : RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>In ticks; the kernel's line is user, nice, system, idle, iowait, irq, softirq, steal.</summary>
    private static (double Busy, double All, double Own) Read(IReadOnlyList<int> ours)
    {
        var numbers = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9]
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToList();
        var own = ours.Sum(ProcessTree.CpuWithChildren) / ProcessTree.MicrosecondsPerTick;
        return (numbers.Sum() - numbers[3] - numbers[4], numbers.Sum(), own);
    }
}
