using System.Diagnostics;
using System.Globalization;

namespace KeyPass.Bench;

/// <summary>Medians of batches on one thread. A batch is long enough that reading the clock costs nothing.</summary>
internal static class Measured
{
    private const int Batches = 400;

    public static void Print(string what, Action operation, int perBatch = 250)
    {
        for (var round = 0; round < 20 * perBatch; round++)
            operation();
        var times = new double[Batches];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var batch = 0; batch < Batches; batch++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var round = 0; round < perBatch; round++)
                operation();
            times[batch] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / perBatch;
        }
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (Batches * perBatch);
        Array.Sort(times);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {what,-44} | {times[Batches / 2],7:F2} µs | {times[Batches * 99 / 100],7:F2} µs | {allocated,7} B |"));
    }
}
