using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>Cohere's own shape and its OpenAI-compatible surface. Billed units are what it charges; its tokens count its own templates too.</summary>
internal sealed class CohereUsageReader : UsageReader
{
    private static readonly Wanted Table = Wanted.Of(
        ("model", AnswerField.Model),
        ("type", AnswerField.Event),
        ("error", AnswerField.Error),
        ("delta.error", AnswerField.Error),
        ("choices[]", AnswerField.Choices),
        ("usage.billed_units.input_tokens", AnswerField.Input),
        ("usage.billed_units.output_tokens", AnswerField.Output),
        ("usage.billed_units.search_units", AnswerField.SearchUnits),
        ("delta.usage.billed_units.input_tokens", AnswerField.Input),
        ("delta.usage.billed_units.output_tokens", AnswerField.Output),
        ("meta.billed_units.input_tokens", AnswerField.Input),
        ("meta.billed_units.image_tokens", AnswerField.InputImage),
        ("meta.billed_units.search_units", AnswerField.SearchUnits),
        ("usage.prompt_tokens", AnswerField.Input),
        ("usage.completion_tokens", AnswerField.Output));

    public override Wanted OfBody => Table;

    public override Wanted OfEvent => Table;

    public override void End() => Reading.IsFinal = Reading.Parts.Count > 0;

    protected override void Begin() => Found.ForgetAllButModel();

    protected override void Element(AnswerField list)
    {
    }

    protected override void Take(bool isEvent)
    {
        if (!Found.Has(AnswerField.Input) && !Found.Has(AnswerField.InputImage) && !Found.Has(AnswerField.SearchUnits))
            return;
        IsUsageOnly = isEvent && Found.Has(AnswerField.Choices) && Found[AnswerField.Choices] == 0;
        var usage = Reading.OnlyPart();
        usage[UsageClass.Input] = Found[AnswerField.Input];
        usage[UsageClass.InputImage] = Found[AnswerField.InputImage];
        usage[UsageClass.Output] = Found[AnswerField.Output];
        usage[UsageClass.Requests] = Found[AnswerField.SearchUnits];
        Reading.IsFinal = !isEvent || IsUsageOnly || Found.Text(AnswerField.Event) == "message-end";
    }
}
