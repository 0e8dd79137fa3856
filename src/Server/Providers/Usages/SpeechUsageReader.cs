using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>Text read aloud. The sound says nothing of its price, only a stream of events does; the request says how long the text is.</summary>
internal sealed class SpeechUsageReader(long characters) : UsageReader
{
    private static readonly Wanted Table = Wanted.Of(
        ("error", AnswerField.Error),
        ("usage.input_tokens", AnswerField.Input),
        ("usage.output_tokens", AnswerField.Output));

    public override Wanted OfBody => Table;

    public override Wanted OfEvent => Table;

    public override void End()
    {
        if (Reading.Parts.Count > 0 || HasError || characters == 0)
            return;
        Reading.OnlyPart()[UsageClass.Characters] = characters;
        Reading.IsFinal = true;
    }

    protected override void Begin() => Found.ForgetAllButModel();

    protected override void Element(AnswerField list)
    {
    }

    protected override void Take(bool isEvent)
    {
        if (!Found.Has(AnswerField.Input) && !Found.Has(AnswerField.Output))
            return;
        var usage = Reading.OnlyPart();
        usage[UsageClass.Input] = Found[AnswerField.Input];
        usage[UsageClass.OutputAudio] = Found[AnswerField.Output];
        Reading.IsFinal = true;
    }
}
