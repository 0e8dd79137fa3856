namespace KeyPass.Server.Pricing;

/// <summary>One step of a calculation: so many of a class, at that rate, served so.</summary>
/// <param name="PerMillionNanoUsd">Null where the class has no price: the line then adds nothing, and the cost says that it is no exact one.</param>
/// <param name="FactorPerMillion">What the tier, speed and region do to it; a million is the usual price.</param>
internal sealed record CostLine(string Model, UsageClass Class, long Count, long? PerMillionNanoUsd, long FactorPerMillion, long NanoUsd);

/// <summary>What a call cost, and why. Every line is rounded up once; nothing is ever rounded down.</summary>
/// <param name="NanoUsd">Null where nobody knows. That is not nought.</param>
/// <param name="IsClamped">A count was negative, or more than any model counts: it was cut to what can be, and somebody should look.</param>
internal sealed record Cost(long? NanoUsd, Exactness Exactness, string? PriceVersion, IReadOnlyList<CostLine> Lines, bool IsClamped)
{
    /// <summary>More than any call counts, of anything; with it, and <see cref="Rates.Highest"/>, no product leaves 128 bits.</summary>
    public const long MostCounted = 10_000_000_000;

    /// <summary>A million dollars for one call is no report but a mistake.</summary>
    public const long MostReportedNanoUsd = 1_000_000_000_000_000;

    public const string ReportedVersion = "reported by the provider";

    /// <param name="requestedModel">Where the answer names none, or one that nobody prices.</param>
    public static Cost Of(Reading reading, string provider, string requestedModel, PriceBook book, DateTimeOffset at)
    {
        if (reading.ReportedNanoUsd is >= 0 and <= MostReportedNanoUsd)
            return new Cost(reading.ReportedNanoUsd, reading.IsFinal ? Exactness.Exact : Exactness.Interrupted, ReportedVersion, [], IsClamped: false);
        var sum = new CostSum(reading, provider, requestedModel, book, at) { IsClamped = reading.ReportedNanoUsd is not null };
        foreach (var part in reading.Parts)
            sum.Add(part);
        return sum.Total();
    }

    /// <summary>count × rate × factor, rounded up; what no long holds is the most that one does.</summary>
    public static long Of(long count, long perMillionNanoUsd, long factorPerMillion)
    {
        const ulong millionth = PriceFactors.Whole * 1_000_000UL;
        var product = (UInt128)count * (ulong)perMillionNanoUsd * (ulong)factorPerMillion;
        var rounded = (product + (millionth - 1)) / millionth;
        return rounded > long.MaxValue ? long.MaxValue : (long)rounded;
    }
}
