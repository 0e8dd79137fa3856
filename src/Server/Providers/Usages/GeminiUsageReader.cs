using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>
/// Gemini's own shape, also on Vertex AI. Every event has the numbers so far; the last counts. Thoughts stand beside the candidates and
/// are output; what tools put into the prompt stands beside the prompt; the cached is inside it.
/// </summary>
internal sealed class GeminiUsageReader : UsageReader
{
    private static readonly Wanted Table = Wanted.Of(
        ("modelVersion", AnswerField.Model),
        ("error", AnswerField.Error),
        ("promptFeedback.blockReason", AnswerField.Ending),
        ("candidates[]", AnswerField.Choices),
        ("candidates[].finishReason", AnswerField.Ending),
        ("candidates[].groundingMetadata.webSearchQueries", AnswerField.WebSearches),
        ("usageMetadata.promptTokenCount", AnswerField.Input),
        ("usageMetadata.candidatesTokenCount", AnswerField.Output),
        ("usageMetadata.thoughtsTokenCount", AnswerField.Reasoning),
        ("usageMetadata.toolUsePromptTokenCount", AnswerField.ToolPrompt),
        ("usageMetadata.cachedContentTokenCount", AnswerField.Cached),
        ("usageMetadata.trafficType", AnswerField.Tier),
        ("usageMetadata.promptTokensDetails[]", AnswerField.InputModalities),
        ("usageMetadata.promptTokensDetails[].modality", AnswerField.Modality),
        ("usageMetadata.promptTokensDetails[].tokenCount", AnswerField.ModalityCount),
        ("usageMetadata.toolUsePromptTokensDetails[]", AnswerField.InputModalities),
        ("usageMetadata.toolUsePromptTokensDetails[].modality", AnswerField.Modality),
        ("usageMetadata.toolUsePromptTokensDetails[].tokenCount", AnswerField.ModalityCount),
        ("usageMetadata.cacheTokensDetails[]", AnswerField.CachedModalities),
        ("usageMetadata.cacheTokensDetails[].modality", AnswerField.Modality),
        ("usageMetadata.cacheTokensDetails[].tokenCount", AnswerField.ModalityCount),
        ("usageMetadata.candidatesTokensDetails[]", AnswerField.OutputModalities),
        ("usageMetadata.candidatesTokensDetails[].modality", AnswerField.Modality),
        ("usageMetadata.candidatesTokensDetails[].tokenCount", AnswerField.ModalityCount));

    private long _searches;
    private long _mostSearches;
    private bool _hasEnded;

    public override Wanted OfBody => Table;

    public override Wanted OfEvent => Table;

    protected override void Begin()
    {
        Found.ForgetAllButModel();
        _searches = 0;
    }

    protected override void Element(AnswerField list)
    {
        switch (list)
        {
            case AnswerField.Choices:
                _searches += Found[AnswerField.WebSearches];
                Found.Forget(AnswerField.WebSearches);
                break;
            case AnswerField.InputModalities:
                Add(AnswerField.InputAudio, AnswerField.InputImage);
                break;
            case AnswerField.CachedModalities:
                Add(AnswerField.CachedAudio, AnswerField.CachedImage);
                break;
            case AnswerField.OutputModalities:
                Add(AnswerField.OutputAudio, AnswerField.OutputImage);
                break;
        }
    }

    protected override void Take(bool isEvent)
    {
        _mostSearches = Math.Max(_mostSearches, _searches);
        _hasEnded |= Found.Has(AnswerField.Ending);
        // The first events may only say what kind of traffic it is.
        if (!Found.Has(AnswerField.Input) && !Found.Has(AnswerField.Output) && Reading.Parts.Count == 0)
            return;
        var usage = Reading.OnlyPart();
        if (Found.Has(AnswerField.Input) || Found.Has(AnswerField.Output))
        {
            Reading.Tier = Tier(Found.Text(AnswerField.Tier));
            Shares.PutInput(
                usage, Found[AnswerField.Input] + Found[AnswerField.ToolPrompt], Found[AnswerField.Cached],
                audio: Found[AnswerField.InputAudio], cachedAudio: Found[AnswerField.CachedAudio],
                image: Found[AnswerField.InputImage], cachedImage: Found[AnswerField.CachedImage]);
            Shares.PutOutput(
                usage, Found[AnswerField.Output] + Found[AnswerField.Reasoning], Found[AnswerField.OutputAudio], Found[AnswerField.OutputImage]);
        }
        usage[UsageClass.WebSearches] = Searches();
        Reading.IsFinal = !isEvent || _hasEnded;
    }

    /// <summary>The older generations bill an answer that searched, however often; since Gemini 3 each search is billed.</summary>
    private long Searches() =>
        Reading.Model is { } model && (model.StartsWith("gemini-2", StringComparison.Ordinal) || model.StartsWith("gemini-1", StringComparison.Ordinal))
            ? Math.Min(_mostSearches, 1)
            : _mostSearches;

    private void Add(AnswerField audio, AnswerField image)
    {
        var field = Found.Text(AnswerField.Modality) switch
        {
            "AUDIO" => audio,
            "IMAGE" => image,
            _ => AnswerField.None,
        };
        Found.Put(field, Found[field] + Found[AnswerField.ModalityCount]);
        Found.Forget(AnswerField.Modality);
        Found.Forget(AnswerField.ModalityCount);
    }

    private static string? Tier(string? traffic) => traffic switch
    {
        "ON_DEMAND" => "standard",
        "ON_DEMAND_PRIORITY" => "priority",
        "ON_DEMAND_FLEX" => "flex",
        "PROVISIONED_THROUGHPUT" => "provisioned",
        _ => traffic,
    };
}
