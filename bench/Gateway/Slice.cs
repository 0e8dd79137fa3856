namespace KeyPass.Bench.Gateway;

/// <summary>One contender under one load, once.</summary>
/// <param name="Cpu">Microseconds of the process for each call.</param>
/// <param name="DatabaseCpu">The same of its PostgreSQL, where it has one.</param>
/// <param name="Memory">The most that was resident, in MB.</param>
internal sealed record Slice(Scenario Scenario, string Contender, int Round, double Cpu, double DatabaseCpu, double Memory, double PerSecond, Tally Tally);

/// <summary>All slices of a run, and what is read out of them: always of the same round together, so that a busy minute hits both sides.</summary>
internal sealed class Slices
{
    private readonly List<Slice> _all = [];

    public void Add(Slice slice) => _all.Add(slice);

    public IReadOnlyList<Slice> Of(Scenario scenario, string contender) =>
        [.. _all.Where(slice => slice.Scenario == scenario && slice.Contender == contender)];

    public double Median(Scenario scenario, string contender, Func<Slice, double> value) => Middle(Of(scenario, contender).Select(value));

    /// <summary>Of the rounds' own values; not numbers where one of the two was not measured.</summary>
    public (double Least, double Median, double Most) Pairs(Scenario scenario, string one, string other, Func<Slice, Slice, double> value)
    {
        var pairs = Of(scenario, one).Join(Of(scenario, other), slice => slice.Round, slice => slice.Round, value).Order().ToList();
        return pairs.Count == 0 ? (double.NaN, double.NaN, double.NaN) : (pairs[0], Middle(pairs), pairs[^1]);
    }

    /// <summary>How many times the other's processor time for each call.</summary>
    public (double Least, double Median, double Most) Ratio(Scenario scenario, string one, string other) =>
        Pairs(scenario, one, other, (left, right) => left.Cpu / right.Cpu);

    public double MostMemory(string contender) => _all.Where(slice => slice.Contender == contender)
        .Select(slice => slice.Memory).DefaultIfEmpty(double.NaN).Max();

    private static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
