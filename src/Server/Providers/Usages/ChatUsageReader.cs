using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>
/// OpenAI's chat completions and what speaks like them: completions, embeddings, moderations. The fields are one table for all providers;
/// where two providers mean different things by one field, the rule is here, with its name.
/// </summary>
internal sealed class ChatUsageReader(string provider) : UsageReader
{
    private static readonly Wanted Table = Wanted.Of(
        ("model", AnswerField.Model),
        ("service_tier", AnswerField.Tier),
        ("error", AnswerField.Error),
        ("choices[]", AnswerField.Choices),
        ("choices[].finish_reason", AnswerField.Ending),
        ("usage.prompt_tokens", AnswerField.Input),
        ("usage.completion_tokens", AnswerField.Output),
        ("usage.total_tokens", AnswerField.Total),
        ("usage.prompt_tokens_details.cached_tokens", AnswerField.Cached),
        ("usage.prompt_tokens_details.cache_write_tokens", AnswerField.CacheWrite),
        ("usage.prompt_tokens_details.cache_write_tokens_details.ttl_12h_tokens", AnswerField.CacheWriteLong),
        ("usage.prompt_tokens_details.audio_tokens", AnswerField.InputAudio),
        ("usage.prompt_tokens_details.image_tokens", AnswerField.InputImage),
        ("usage.prompt_tokens_details.cached_tokens_details.audio_tokens", AnswerField.CachedAudio),
        ("usage.prompt_tokens_details.cached_tokens_details.image_tokens", AnswerField.CachedImage),
        ("usage.completion_tokens_details.reasoning_tokens", AnswerField.Reasoning),
        ("usage.completion_tokens_details.audio_tokens", AnswerField.OutputAudio),
        ("usage.completion_tokens_details.image_tokens", AnswerField.OutputImage),
        // DeepSeek says both; hit and miss together are the prompt.
        ("usage.prompt_cache_hit_tokens", AnswerField.Cached),
        ("usage.prompt_cache_miss_tokens", AnswerField.CacheMiss),
        // Mistral.
        ("usage.num_cached_tokens", AnswerField.Cached),
        ("usage.prompt_audio_seconds", AnswerField.AudioSeconds),
        // OpenRouter; xAI.
        ("usage.cost", AnswerField.Cost),
        ("usage.is_byok", AnswerField.OwnKey),
        ("usage.cost_details.upstream_inference_cost", AnswerField.UpstreamCost),
        ("usage.cost_in_usd_ticks", AnswerField.CostTicks),
        // Groq says it twice in a stream; older answers only here.
        ("x_groq.usage.prompt_tokens", AnswerField.Input),
        ("x_groq.usage.completion_tokens", AnswerField.Output),
        ("x_groq.usage.total_tokens", AnswerField.Total),
        ("x_groq.error", AnswerField.Error));

    private bool _hasEnded;

    public override Wanted OfBody => Table;

    public override Wanted OfEvent => Table;

    /// <summary>A stream that ends by itself said its last; some leave out every sign of it but the end.</summary>
    public override void End() => Reading.IsFinal = Reading.Parts.Count > 0;

    protected override void Begin() => Found.ForgetAllButModel();

    protected override void Element(AnswerField list)
    {
        _hasEnded |= Found.Has(AnswerField.Ending);
        Found.Forget(AnswerField.Ending);
    }

    protected override void Take(bool isEvent)
    {
        if (Found.Text(AnswerField.Tier) is { } tier)
            Reading.Tier = tier;
        if (!Found.Has(AnswerField.Input) && !Found.Has(AnswerField.Total) && !Found.Has(AnswerField.CacheMiss))
            return;
        IsUsageOnly = isEvent && Found.Has(AnswerField.Choices) && Found[AnswerField.Choices] == 0;
        var usage = Reading.OnlyPart();
        var output = Output();
        var (input, cached) = Input(output);
        Shares.PutInput(
            usage, input, cached, Found[AnswerField.CacheWrite], Found[AnswerField.CacheWriteLong],
            Found[AnswerField.InputAudio], Found[AnswerField.CachedAudio], Found[AnswerField.InputImage], Found[AnswerField.CachedImage]);
        Shares.PutOutput(usage, output, Found[AnswerField.OutputAudio], Found[AnswerField.OutputImage]);
        usage[UsageClass.AudioMilliseconds] = Found[AnswerField.AudioSeconds];
        Reading.ReportedNanoUsd = Reported(Found) ?? Reading.ReportedNanoUsd;
        // Some servers count in every event; only the last is what it cost.
        Reading.IsFinal = !isEvent || IsUsageOnly || _hasEnded;
    }

    /// <summary>What the provider says that it charged: the owner of a key of their own at OpenRouter pays that and the vendor behind it.</summary>
    public static long? Reported(Picked found)
    {
        if (found.Has(AnswerField.Cost))
            return found[AnswerField.Cost] + (found[AnswerField.OwnKey] == 1 ? found[AnswerField.UpstreamCost] : 0);
        // A tick is a tenth of a nano-USD.
        return found.Has(AnswerField.CostTicks) ? (found[AnswerField.CostTicks] + 9) / 10 : null;
    }

    private (long Input, long Cached) Input(long output)
    {
        var cached = Found[AnswerField.Cached];
        var input = Found.Has(AnswerField.Input) ? Found[AnswerField.Input]
            : Found.Has(AnswerField.CacheMiss) ? Found[AnswerField.CacheMiss] + cached
            : Math.Max(0, Found[AnswerField.Total] - output);
        // An older shape of xAI's has them beside the prompt, not inside.
        return provider == "xai" && cached > input ? (input + cached, cached) : (input, cached);
    }

    /// <summary>
    /// Reasoning is inside the completion, except at xAI, and at Google's surface in this shape, which does not even name it: there
    /// the total tells. Elsewhere a surplus is believed only if it is exactly the reasoning.
    /// </summary>
    private long Output()
    {
        var (completion, reasoning) = (Found[AnswerField.Output], Found[AnswerField.Reasoning]);
        if (!Found.Has(AnswerField.Total) || !Found.Has(AnswerField.Input))
            return provider == "xai" ? completion + reasoning : completion;
        var surplus = Found[AnswerField.Total] - Found[AnswerField.Input] - completion;
        var isOutside = provider is "xai" or "google" or "vertex" ? surplus > 0 : surplus > 0 && surplus == reasoning;
        return isOutside ? completion + surplus : completion;
    }
}
