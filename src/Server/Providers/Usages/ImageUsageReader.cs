using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>Pictures made or edited: tokens where the answer counts them, else each picture is one.</summary>
internal sealed class ImageUsageReader : UsageReader
{
    private static readonly Wanted Table = Wanted.Of(
        ("model", AnswerField.Model),
        ("error", AnswerField.Error),
        ("data[]", AnswerField.Pictures),
        ("type", AnswerField.Event),
        ("usage.input_tokens", AnswerField.Input),
        ("usage.input_tokens_details.image_tokens", AnswerField.InputImage),
        ("usage.input_tokens_details.cached_tokens", AnswerField.Cached),
        ("usage.input_tokens_details.cached_tokens_details.image_tokens", AnswerField.CachedImage),
        ("usage.output_tokens", AnswerField.Output),
        ("usage.output_tokens_details.text_tokens", AnswerField.OutputText),
        ("usage.cost_in_usd_ticks", AnswerField.CostTicks));

    public override Wanted OfBody => Table;

    public override Wanted OfEvent => Table;

    protected override void Begin() => Found.ForgetAllButModel();

    protected override void Element(AnswerField list)
    {
    }

    protected override void Take(bool isEvent)
    {
        Reading.ReportedNanoUsd = ChatUsageReader.Reported(Found) ?? Reading.ReportedNanoUsd;
        if (Found.Has(AnswerField.Input) || Found.Has(AnswerField.Output))
        {
            // Of several pictures in one stream each is told with its own numbers.
            var one = new Pricing.Usage();
            Shares.PutInput(
                one, Found[AnswerField.Input], Found[AnswerField.Cached], image: Found[AnswerField.InputImage], cachedImage: Found[AnswerField.CachedImage]);
            Shares.PutOutput(one, Found[AnswerField.Output], image: Math.Max(0, Found[AnswerField.Output] - Found[AnswerField.OutputText]));
            var all = Reading.OnlyPart();
            for (var kind = UsageClass.Input; kind <= UsageClass.OutputImage; kind++)
                all[kind] += one[kind];
            Reading.IsFinal = true;
        }
        else if (!isEvent && Found[AnswerField.Pictures] > 0)
        {
            Reading.OnlyPart()[UsageClass.Images] = Found[AnswerField.Pictures];
            Reading.IsFinal = true;
        }
    }
}
