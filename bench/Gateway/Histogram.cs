using System.Diagnostics;

namespace KeyPass.Bench.Gateway;

/// <summary>Times by powers of two in 32 steps each, so within 3 %, from a microsecond to an hour. Threads may record together.</summary>
internal sealed class Histogram
{
    private const int StepBits = 5;

    private readonly long[] _counts = new long[32 << StepBits];

    public void Record(long from, long to) => Interlocked.Increment(ref _counts[PlaceOf((long)Stopwatch.GetElapsedTime(from, to).TotalMicroseconds)]);

    /// <summary>Milliseconds; 0 where nothing was recorded.</summary>
    public double Percentile(double percent)
    {
        var rest = (long)Math.Ceiling(_counts.Sum() * percent / 100);
        for (var place = 0; place < _counts.Length; place++)
        {
            rest -= _counts[place];
            if (rest <= 0 && _counts[place] > 0)
                return MicrosecondsAt(place) / 1000.0;
        }
        return 0;
    }

    private static int PlaceOf(long microseconds)
    {
        if (microseconds < 1 << StepBits)
            return (int)Math.Max(0, microseconds);
        var shift = 63 - (int)long.LeadingZeroCount(microseconds) - StepBits;
        return Math.Min(((shift + 1) << StepBits) + (int)((microseconds >> shift) - (1 << StepBits)), (32 << StepBits) - 1);
    }

    private static long MicrosecondsAt(int place)
    {
        if (place < 1 << StepBits)
            return place;
        var shift = (place >> StepBits) - 1;
        return (long)((place & ((1 << StepBits) - 1)) + (1 << StepBits)) << shift;
    }
}
