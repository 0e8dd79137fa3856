namespace KeyPass.Server.Pricing;

/// <summary>Above so many tokens of input, cached ones counted too, every token of the call costs this.</summary>
internal sealed record LongInput(long InputTokens, Rates Rates);

/// <summary>What a model costs at a provider, for a time. <paramref name="Version"/> names the very price on receipts.</summary>
/// <param name="Also">Other names that the catalogue knows it by.</param>
/// <param name="Above">By rising length.</param>
/// <param name="IsApproximate">Another vendor's price for the same model.</param>
internal sealed record ModelPrice(
    string Provider, string Id, IReadOnlyList<string> Also, long? ContextTokens, long? MaxOutputTokens, Rates Rates, IReadOnlyList<LongInput> Above,
    DateTimeOffset? ValidFrom, DateTimeOffset? ValidTo, string Source, string Version, bool IsApproximate)
{
    public PriceFactors Factors { get; init; } = PriceFactors.None;

    public bool IsValid(DateTimeOffset at) => (ValidFrom is not { } from || from <= at) && (ValidTo is not { } to || at < to);

    public Rates RatesAt(long totalInput)
    {
        var rates = Rates;
        foreach (var tier in Above)
        {
            if (totalInput > tier.InputTokens)
                rates = tier.Rates;
        }
        return rates;
    }
}
