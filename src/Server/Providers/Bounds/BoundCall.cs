using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>A call as far as its price goes.</summary>
/// <param name="Provider">Its catalogue id, or <c>custom:…</c>.</param>
/// <param name="Operation">What is asked for.</param>
/// <param name="Models">The one that is asked for, then those that may serve in its place.</param>
/// <param name="Signs">Of a body of JSON; of a form nothing is set.</param>
/// <param name="TextTokens">The most that what is in the body as text can be.</param>
internal sealed record BoundCall(string Provider, Operation Operation, IReadOnlyList<string> Models, CostSigns Signs, long TextTokens)
{
    /// <summary>Null for JSON.</summary>
    public MultipartBody? Form { get; init; }

    /// <summary>Of text to speak.</summary>
    public long Characters { get; init; }

    /// <summary>Whether a prompt cache of an hour is asked for.</summary>
    public bool LongCache { get; init; }

    public static BoundCall Of(string provider, Operation operation, IReadOnlyList<string> models, CallBody body, ReadOnlySpan<byte> json, bool tightly) =>
        new(provider, operation, models, body.Signs,
            (tightly ? TextSize.Tight(json) : TextSize.Fast(json)) + TextSize.OfElements(body.Signs.Elements))
        {
            Characters = body.Asked.Characters,
            LongCache = body.Asked.LongCache,
        };

    public static BoundCall Of(string provider, Operation operation, IReadOnlyList<string> models, MultipartBody form) =>
        new(provider, operation, models, new CostSigns(operation), form.TextTokens) { Form = form };

    /// <summary>The most that the call can cost; null where nobody can say, and why.</summary>
    public Bound? BoundFor(PriceBook book, DateTimeOffset at, out NoBound? why)
    {
        why = null;
        if (Operation is Operation.CountTokens or Operation.Models || (Operation == Operation.Moderations && Models.Count == 0 && Provider == "openai"))
            return Bound.Free;
        if (Models.Count == 0)
        {
            why = new NoBound("model", "'model' is missing: a key with a budget names the model that is to answer.");
            return null;
        }
        var models = new List<PricedModel>(Models.Count);
        foreach (var model in Models)
        {
            if (book.Find(Provider, model, at) is not { } price)
            {
                why = NoBound.Unpriced(Provider, model);
                return null;
            }
            models.Add(new PricedModel(this, model, price, book));
        }
        return Operation switch
        {
            Operation.ImageGenerations or Operation.ImageEdits or Operation.ImageVariations => PictureBound.Of(this, models, out why),
            Operation.Speech => SoundBound.OfSpeech(this, models, out why),
            Operation.Transcriptions or Operation.Translations => SoundBound.OfTranscription(this, models, out why),
            Operation.Embeddings or Operation.EmbedContent or Operation.BatchEmbedContents or Operation.Moderations => TextBound.OfInput(this, models, out why),
            _ => TextBound.Of(this, models, out why),
        };
    }
}
