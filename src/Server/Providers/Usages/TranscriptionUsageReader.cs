using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>Sound written down: billed in tokens or by its length, as the answer says. An answer of plain text says neither.</summary>
internal sealed class TranscriptionUsageReader : UsageReader
{
    private static readonly Wanted Table = Wanted.Of(
        ("model", AnswerField.Model),
        ("error", AnswerField.Error),
        ("duration", AnswerField.Duration),
        ("usage.seconds", AnswerField.AudioSeconds),
        ("usage.prompt_audio_seconds", AnswerField.AudioSeconds),
        ("usage.input_tokens", AnswerField.Input),
        ("usage.input_token_details.audio_tokens", AnswerField.InputAudio),
        ("usage.output_tokens", AnswerField.Output));

    public override Wanted OfBody => Table;

    public override Wanted OfEvent => Table;

    protected override void Begin() => Found.ForgetAllButModel();

    protected override void Element(AnswerField list)
    {
    }

    protected override void Take(bool isEvent)
    {
        if (Found.Has(AnswerField.AudioSeconds) || (!Found.Has(AnswerField.Input) && Found.Has(AnswerField.Duration) && !isEvent))
            Reading.OnlyPart()[UsageClass.AudioMilliseconds] =
                Found.Has(AnswerField.AudioSeconds) ? Found[AnswerField.AudioSeconds] : Found[AnswerField.Duration];
        else if (Found.Has(AnswerField.Input))
            TakeTokens(Reading.OnlyPart());
        else
            return;
        Reading.IsFinal = true;
    }

    private void TakeTokens(Pricing.Usage usage)
    {
        Shares.PutInput(usage, Found[AnswerField.Input], audio: Found[AnswerField.InputAudio]);
        Shares.PutOutput(usage, Found[AnswerField.Output]);
    }
}
