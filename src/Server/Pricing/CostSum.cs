namespace KeyPass.Server.Pricing;

/// <summary>Adds up the parts of one reading.</summary>
internal sealed class CostSum(Reading reading, string provider, string requestedModel, PriceBook book, DateTimeOffset at)
{
    private static readonly UsageClass[] Kinds = Enum.GetValues<UsageClass>();

    private static readonly UsageClass[] Inputs =
    [
        UsageClass.Input, UsageClass.CachedInput, UsageClass.CacheWrite, UsageClass.CacheWriteLong,
        UsageClass.InputAudio, UsageClass.CachedInputAudio, UsageClass.InputImage, UsageClass.CachedInputImage,
    ];

    private readonly List<CostLine> _lines = [];
    private readonly SortedSet<string> _versions = new(StringComparer.Ordinal);
    private long _nanoUsd;
    private bool _isEstimated;
    private bool _isUnknown = reading.Parts.Count == 0;

    public bool IsClamped { get; set; }

    public void Add(Usage part)
    {
        if (Find(part) is not { } price)
        {
            _isUnknown = true;
            return;
        }
        _versions.Add(price.Version);
        _isEstimated |= price.IsApproximate;
        var (factor, isKnown) = price.Factors.Of(reading.Tier, reading.Speed, reading.Region);
        _isEstimated |= !isKnown;
        var rates = price.RatesAt(Inputs.Sum(kind => Clamped(part[kind])));
        var (counted, priced) = (false, false);
        foreach (var kind in Kinds)
        {
            if (Clamped(part[kind]) is not (> 0 and var count))
                continue;
            // Long input changes what tokens cost, and nothing else.
            var rate = rates.Of(kind) ?? price.Rates.Of(kind);
            (counted, priced) = (true, priced || rate is not null);
            // A call has a price of its own only where one is listed; everything else that was counted should have one.
            _isEstimated |= rate is null && kind != UsageClass.Requests;
            AddLine(price, kind, count, rate, factor);
        }
        _isUnknown |= counted && !priced;
    }

    public Cost Total() => new(
        _isUnknown ? null : _nanoUsd,
        !reading.IsFinal ? Exactness.Interrupted : _isUnknown ? Exactness.Unpriced : _isEstimated || IsClamped ? Exactness.Estimated : Exactness.Exact,
        _versions.Count == 0 ? null : string.Join(" + ", _versions),
        _lines,
        IsClamped);

    private void AddLine(ModelPrice price, UsageClass kind, long count, long? rate, long factor)
    {
        // Searches and calls cost the same however fast the model was.
        var applied = kind < UsageClass.AudioMilliseconds ? factor : PriceFactors.Whole;
        var nanoUsd = rate is { } known ? Cost.Of(count, known, applied) : 0;
        _lines.Add(new CostLine(price.Id, kind, count, rate, applied, nanoUsd));
        _nanoUsd = _nanoUsd > long.MaxValue - nanoUsd ? long.MaxValue : _nanoUsd + nanoUsd;
    }

    /// <summary>The model that served; where nobody prices what the answer calls it, the one that was asked for, which is then a guess.</summary>
    private ModelPrice? Find(Usage part)
    {
        if ((part.Model ?? reading.Model) is not { Length: > 0 } served)
            return book.Find(provider, requestedModel, at);
        if (book.Find(provider, served, at) is { } price)
            return price;
        if (part.Model is not null)
            return null;
        _isEstimated = true;
        return book.Find(provider, requestedModel, at);
    }

    private long Clamped(long count)
    {
        if (count is >= 0 and <= Cost.MostCounted)
            return count;
        IsClamped = true;
        return count < 0 ? 0 : Cost.MostCounted;
    }
}
