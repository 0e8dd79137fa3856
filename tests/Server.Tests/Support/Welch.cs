namespace KeyPass.Server.Tests.Support;

/// <summary>Welch's t between two samples of times. Beyond 4.5 the two are told apart; a side channel begins there.</summary>
internal static class Welch
{
    public const double Distinguishable = 4.5;

    /// <summary>The slowest tenth is the machine's own business (collector, scheduler, disk) and would hide what is looked for.</summary>
    private const double Kept = 0.9;

    public static double T(IReadOnlyCollection<double> left, IReadOnlyCollection<double> right)
    {
        var limit = left.Concat(right).Order().ElementAt((int)((left.Count + right.Count) * Kept) - 1);
        var (a, b) = (Moments(left, limit), Moments(right, limit));
        var spread = (a.Variance / a.Count) + (b.Variance / b.Count);
        return spread == 0 ? 0 : (a.Mean - b.Mean) / Math.Sqrt(spread);
    }

    private static (double Mean, double Variance, int Count) Moments(IEnumerable<double> sample, double limit)
    {
        var kept = sample.Where(value => value <= limit).ToList();
        var mean = kept.Average();
        return (mean, kept.Sum(value => (value - mean) * (value - mean)) / (kept.Count - 1), kept.Count);
    }
}
