namespace KeyPass.Server.Pricing;

/// <summary>One thing an answer says about how it was served, and what that does to the price of its tokens.</summary>
internal sealed record PriceFactor(string? Tier, string? Speed, string? Region, int Percent, bool IsApproximate);

/// <summary>What a provider charges for being served otherwise than usual: cheaper when there is time, dearer when there is none.</summary>
internal sealed class PriceFactors(IReadOnlyList<PriceFactor> factors)
{
    public const long Whole = 1_000_000;

    private readonly int _dearestTier = DearestOf(factors, factor => factor.Tier);
    private readonly int _dearestSpeed = DearestOf(factors, factor => factor.Speed);
    private readonly int _dearestRegion = DearestOf(factors, factor => factor.Region);

    public static PriceFactors None { get; } = new([]);

    /// <summary>In millionths, and whether the price is known so well. A tier nobody told us of costs the usual, and is said to be a guess.</summary>
    public (long PerMillion, bool IsKnown) Of(string? tier, string? speed, string? region)
    {
        var (perMillion, isKnown) = (Whole, true);
        Apply(IsUsual(tier) ? null : Find(factor => factor.Tier, tier), IsUsual(tier));
        Apply(IsUsual(speed) ? null : Find(factor => factor.Speed, speed), IsUsual(speed));
        // Most regions cost nothing more: where one does, there is a line.
        Apply(Find(factor => factor.Region, region), isUsual: true);
        return (perMillion, isKnown);

        void Apply(PriceFactor? factor, bool isUsual)
        {
            perMillion = perMillion * (factor?.Percent ?? 100) / 100;
            isKnown &= factor is null ? isUsual : !factor.IsApproximate;
        }
    }

    /// <summary>
    /// The most that what is asked for may be multiplied by, however it is served then. An empty word, and one that nobody told us of, may be any.
    /// </summary>
    public long Dearest(string? tier, string? speed, string? region)
    {
        var perMillion = Whole;
        Apply(factor => factor.Tier, tier, _dearestTier);
        Apply(factor => factor.Speed, speed, _dearestSpeed);
        Apply(factor => factor.Region, region is "global" ? null : region, _dearestRegion);
        return perMillion;

        void Apply(Func<PriceFactor, string?> part, string? word, int dearest)
        {
            if (word is not "" && IsUsual(word))
                return;
            var named = word is "" ? null : Find(part, word);
            perMillion = perMillion * Math.Max(100, named?.Percent ?? dearest) / 100;
        }
    }

    private static int DearestOf(IReadOnlyList<PriceFactor> factors, Func<PriceFactor, string?> part) =>
        factors.Where(factor => part(factor) is not null).Select(factor => factor.Percent).DefaultIfEmpty(100).Max();

    private PriceFactor? Find(Func<PriceFactor, string?> part, string? name) =>
        name is null ? null : factors.FirstOrDefault(factor => string.Equals(part(factor), name, StringComparison.OrdinalIgnoreCase));

    private static bool IsUsual(string? word) => word is null or "" or "default" or "standard" or "standard_only" or "auto" or "on_demand" or "ON_DEMAND";
}
