using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>One model that may serve a call, at the dearest of its prices that may apply.</summary>
internal sealed class PricedModel(BoundCall call, string name, ModelPrice price, PriceBook book)
{
    private static readonly UsageClass[] Outputs = [UsageClass.Output, UsageClass.OutputAudio, UsageClass.OutputImage];

    private readonly long _factor = FactorOf(call, price);

    public string Name => name;

    /// <summary>All that it reads and writes at once: its own, or the largest of its vendor's.</summary>
    public long? Window => price.ContextTokens ?? Largest(one => one.ContextTokens);

    /// <summary>The longest answer.</summary>
    public long? MostOutput => price.MaxOutputTokens ?? price.ContextTokens ?? Largest(one => one.MaxOutputTokens);

    /// <summary>Where it has one of its own.</summary>
    public long? OwnMostOutput => price.MaxOutputTokens;

    /// <summary>For a million tokens of output, where the input is at most so long; null where it has no such price.</summary>
    public long? OutputRate(long mostInput) => Times(Dearest(mostInput, Outputs));

    public long? InputRate(long mostInput, bool hasPictures, bool hasSound) => Times(Dearest(mostInput, Inputs(hasPictures, hasSound)));

    /// <summary>For things other than tokens: tiers do not change it.</summary>
    public long? RateOf(UsageClass kind) => price.Rates.Of(kind);

    /// <summary>The classes that input can be billed as. Only Anthropic writes to a cache on demand alone.</summary>
    private IEnumerable<UsageClass> Inputs(bool hasPictures, bool hasSound)
    {
        yield return UsageClass.Input;
        yield return UsageClass.CachedInput;
        var signs = call.Signs;
        var isOnDemand = call.Provider == "anthropic";
        if (!isOnDemand || signs.Caches || signs.HasSearch || signs.OtherUses > 0)
            yield return UsageClass.CacheWrite;
        if (!isOnDemand || call.LongCache)
            yield return UsageClass.CacheWriteLong;
        if (hasSound)
        {
            yield return UsageClass.InputAudio;
            yield return UsageClass.CachedInputAudio;
        }
        if (hasPictures)
        {
            yield return UsageClass.InputImage;
            yield return UsageClass.CachedInputImage;
        }
    }

    /// <summary>Long input is dearer for all of its tokens; a bound takes the dearest of the lengths that it may have.</summary>
    private long? Dearest(long mostInput, IEnumerable<UsageClass> kinds)
    {
        long? dearest = null;
        foreach (var kind in kinds)
        {
            dearest = Max(dearest, price.Rates.Of(kind));
            foreach (var tier in price.Above)
            {
                if (mostInput > tier.InputTokens)
                    dearest = Max(dearest, tier.Rates.Of(kind));
            }
        }
        return dearest;
    }

    private long? Times(long? rate) => rate is { } known ? Cost.Of(PriceFactors.Whole, known, _factor) : null;

    /// <summary>A server of a person's own says nothing of their next one.</summary>
    private long? Largest(Func<ModelPrice, long?> of) => NoBound.IsCustom(call.Provider) ? null : book.ModelsOf(call.Provider).Max(of);

    private static long? Max(long? one, long? other) => one is null || other > one ? other : one;

    /// <summary>
    /// OpenAI serves what names no tier by the project's setting, which may be the dearest; Anthropic runs what names no region where the
    /// workspace says.
    /// </summary>
    private static long FactorOf(BoundCall call, ModelPrice price)
    {
        var (signs, provider) = (call.Signs, call.Provider);
        var isOpenTier = provider is "openai" or "azure" && call.Operation is Operation.Chat or Operation.Responses && signs.Tier is null or "auto";
        return price.Factors.Dearest(isOpenTier ? "" : signs.Tier, signs.Speed, provider == "anthropic" ? signs.Region ?? "" : signs.Region);
    }
}
