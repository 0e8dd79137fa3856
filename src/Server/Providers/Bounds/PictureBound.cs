using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>Of pictures made or edited: each at its price, or in tokens at the largest size and the best quality.</summary>
internal static class PictureBound
{
    public static Bound? Of(BoundCall call, IReadOnlyList<PricedModel> models, out NoBound? why)
    {
        var model = models[0];
        why = models.Count > 1 ? new NoBound("models", "Pictures are made by one model: name no other.") : null;
        if (why is not null)
            return null;
        var pictures = call.Form?.Choices ?? call.Signs.Choices;
        if (model.RateOf(UsageClass.Images) is { } rate)
            return new Bound { FixedNanoUsd = Cost.Of(pictures, rate, PriceFactors.Whole) };
        if ((call.Form is { Address: not null } || call.Signs.IsUnseen) && model.Window is null)
            why = NoBound.Unlimited(call.Provider, model.Name, "how much it reads at most, and not all that it is to read is in the call", "set contextTokens");
        else if (TokensOf(model) is null)
            why = NoBound.Unlimited(call.Provider, model.Name, "how many tokens a picture has at most", "set maxOutputTokens");
        else
            return Counted(call, model, pictures, TokensOf(model)!.Value, out why);
        return null;
    }

    private static Bound? Counted(BoundCall call, PricedModel model, int pictures, long tokens, out NoBound? why)
    {
        why = null;
        var shown = (call.Form?.Files ?? 0) + call.Signs.Pictures;
        var input = call.TextTokens + ((long)shown * Maxima.EditedTokens);
        if (call.Form is { Address: not null } || call.Signs.IsUnseen)
            input = Math.Max(input, model.Window ?? 0);
        var partial = (long)(call.Form?.PartialImages ?? call.Signs.PartialImages) * Maxima.PartialTokens;
        var output = Bound.Times(tokens + partial, pictures);
        if (model.InputRate(input, hasPictures: true, hasSound: false) is not { } inputRate || model.OutputRate(input) is not { } outputRate)
        {
            why = NoBound.Unpriced(call.Provider, model.Name);
            return null;
        }
        return new Bound
        {
            FixedNanoUsd = Cost.Of(input, inputRate, PriceFactors.Whole) + Cost.Of(output, outputRate, PriceFactors.Whole) + TextBound.Roundings,
            InputTokens = input,
            ExtraOutputTokens = output,
        };
    }

    /// <summary>OpenAI documents a table for the first family; the next paints in any size.</summary>
    private static long? TokensOf(PricedModel model) =>
        model.OwnMostOutput ?? (model.Name.StartsWith("gpt-image-1", StringComparison.OrdinalIgnoreCase) ? Maxima.PaintedTokens : null);
}
