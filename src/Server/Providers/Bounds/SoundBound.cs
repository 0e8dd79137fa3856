using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>Of text read aloud, and of sound written down.</summary>
internal static class SoundBound
{
    public static Bound? OfSpeech(BoundCall call, IReadOnlyList<PricedModel> models, out NoBound? why)
    {
        why = null;
        var model = models[0];
        if (models.Count > 1)
            why = new NoBound("models", "Text is read aloud by one model: name no other.");
        else if (model.RateOf(UsageClass.Characters) is { } rate)
            return new Bound { FixedNanoUsd = Cost.Of(call.Characters, rate, PriceFactors.Whole) };
        else if (model.MostOutput is not { } most)
            why = NoBound.Unlimited(call.Provider, model.Name, "how long it speaks at most", "set maxOutputTokens");
        else
            return InTokens(call, model, call.TextTokens, most, out why);
        return null;
    }

    public static Bound? OfTranscription(BoundCall call, IReadOnlyList<PricedModel> models, out NoBound? why)
    {
        why = null;
        var model = models[0];
        if (call.Form is not { Address: null } form)
        {
            why = new NoBound("file", "The sound is not in the call, so nobody can say what it costs at most: send it as a form with its file.");
            return null;
        }
        if (model.RateOf(UsageClass.AudioMilliseconds) is { } rate)
        {
            var milliseconds = Math.Max(Maxima.SoundMilliseconds, Seconds(form) * 1000);
            return new Bound { FixedNanoUsd = Cost.Of(milliseconds, rate, PriceFactors.Whole) };
        }
        if (model.MostOutput is { } most)
            return InTokens(call, model, form.TextTokens + Maxima.HiddenTokens + (Seconds(form) * Maxima.SoundTokensPerSecond), most, out why);
        why = NoBound.Unlimited(call.Provider, model.Name, "how much it writes at most", "set maxOutputTokens");
        return null;
    }

    private static long Seconds(MultipartBody form) => (form.FileBytes / Maxima.SoundBytesPerSecond) + 1;

    private static Bound? InTokens(BoundCall call, PricedModel model, long input, long output, out NoBound? why)
    {
        why = null;
        if (model.InputRate(input, hasPictures: false, hasSound: true) is not { } inputRate || model.OutputRate(input) is not { } outputRate)
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
}
