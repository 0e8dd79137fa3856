using System.Diagnostics;
using System.Globalization;

namespace KeyPass.Bench;

/// <summary>Medians of batches on one thread. A batch is long enough that reading the clock costs nothing.</summary>
internal static class Measured
{
    private const int Batches = 400;
    private const int Rounds = 40;
    private const int PerThread = 20_000;

    public static void PrintHead()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, .NET {Environment.Version}"));
        Console.WriteLine();
        Console.WriteLine($"| {"",-44} | {"median",10} | {"p99",10} | allocated |");
        Console.WriteLine($"| {new string('-', 44)} | {new string('-', 10)} | {new string('-', 10)} | --------- |");
    }

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

    /// <summary>Of threads that all do the same at once: the time of all processors, shared among all that was done.</summary>
    public static void PrintTogether(string what, int threads, Action<int> operation)
    {
        var times = new double[Rounds];
        for (var round = -2; round < Rounds; round++)
        {
            using var start = new Barrier(threads + 1);
            var all = Enumerable.Range(0, threads).Select(number => new Thread(() =>
            {
                start.SignalAndWait();
                for (var done = 0; done < PerThread; done++)
                    operation(number);
            })).ToList();
            all.ForEach(thread => thread.Start());
            start.SignalAndWait();
            var began = Stopwatch.GetTimestamp();
            all.ForEach(thread => thread.Join());
            if (round >= 0)
                times[round] = Stopwatch.GetElapsedTime(began).TotalMicroseconds * Math.Min(threads, Environment.ProcessorCount) / (threads * PerThread);
        }
        Array.Sort(times);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {what,-44} | {times[Rounds / 2],7:F2} µs | {times[Rounds * 99 / 100],7:F2} µs | {"",9} |"));
    }
}
