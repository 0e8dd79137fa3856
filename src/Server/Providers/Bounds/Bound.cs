using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>
/// The most that one attempt can cost: what is certain from the start, and beyond it so much for each token of output that the answer may have.
/// In nano-USD, rounded up. Tokens are those of one answer, as the provider's own field limits them.
/// </summary>
internal sealed class Bound
{
    public static Bound Free { get; } = new();

    /// <summary>Input, fees, and output that nothing limits.</summary>
    public long FixedNanoUsd { get; init; }

    /// <summary>Of output, in nano-USD.</summary>
    public long PerMillion { get; init; }

    /// <summary>How often the answer is made.</summary>
    public long Answers { get; init; } = 1;

    public long InputTokens { get; init; }

    /// <summary>What the caller asks for, or else the model may answer.</summary>
    public long AskedTokens { get; init; }

    /// <summary>Less is not worth the call.</summary>
    public long LeastTokens { get; init; }

    public long ExtraOutputTokens { get; init; }

    public bool IsClampable => LeastTokens < AskedTokens;

    /// <summary>Of all answers, at the output that is asked for.</summary>
    public long OutputTokens => OutputTokensOf(AskedTokens);

    public long NanoUsd => NanoUsdOf(AskedTokens);

    /// <summary>With the least useful output.</summary>
    public long LeastNanoUsd => NanoUsdOf(LeastTokens);

    public long NanoUsdOf(long outputTokens)
    {
        var output = Cost.Of(Times(outputTokens, Answers), PerMillion, PriceFactors.Whole);
        return FixedNanoUsd > long.MaxValue - output ? long.MaxValue : FixedNanoUsd + output;
    }

    public long OutputTokensOf(long outputTokens) => Times(outputTokens, Answers) + ExtraOutputTokens;

    /// <summary>The most output of one answer that an amount pays for; 0 where that is less than is useful.</summary>
    public long TokensWithin(long nanoUsd)
    {
        if (nanoUsd >= NanoUsd)
            return AskedTokens;
        if (nanoUsd < LeastNanoUsd)
            return 0;
        // More is asked for than fits, so output is not free.
        var tokens = (UInt128)(nanoUsd - FixedNanoUsd) * PriceFactors.Whole / ((UInt128)PerMillion * (UInt128)Answers);
        return (long)UInt128.Min(tokens, (UInt128)AskedTokens);
    }

    /// <summary>No count is more than what a cost is cut to.</summary>
    public static long Times(long count, long times) => (long)UInt128.Min((UInt128)count * (UInt128)times, Cost.MostCounted);
}
