using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>
/// Anthropic's messages, wherever they are served. Numbers in a stream are cumulative: of every field the last that is not null counts, from
/// the first event (whose output is a placeholder) to the last. Input stands beside the cached, not around it.
/// </summary>
internal sealed class MessagesUsageReader(bool asksLongCache) : UsageReader
{
    private static readonly (string Path, AnswerField Field)[] Answer =
    [
        ("input_tokens", AnswerField.Input),
        ("output_tokens", AnswerField.Output),
        ("cache_read_input_tokens", AnswerField.Cached),
        ("cache_creation_input_tokens", AnswerField.CacheWrite),
        ("cache_creation.ephemeral_5m_input_tokens", AnswerField.CacheWriteShort),
        ("cache_creation.ephemeral_1h_input_tokens", AnswerField.CacheWriteLong),
        ("server_tool_use.web_search_requests", AnswerField.WebSearches),
        ("service_tier", AnswerField.Tier),
        ("inference_geo", AnswerField.Region),
        ("speed", AnswerField.Speed),
        ("iterations[]", AnswerField.Steps),
        ("iterations[].model", AnswerField.PartModel),
        ("iterations[].input_tokens", AnswerField.StepInput),
        ("iterations[].output_tokens", AnswerField.StepOutput),
        ("iterations[].cache_read_input_tokens", AnswerField.StepCached),
        ("iterations[].cache_creation_input_tokens", AnswerField.StepCacheWrite),
        ("iterations[].cache_creation.ephemeral_1h_input_tokens", AnswerField.StepCacheWriteLong),
    ];

    private static readonly Wanted Body = Wanted.Of(
        [.. Array.ConvertAll(Answer, one => ("usage." + one.Path, one.Field)), ("model", AnswerField.Model), ("error", AnswerField.Error)]);

    private static readonly Wanted Event = Wanted.Of(
    [
        .. Array.ConvertAll(Answer, one => ("usage." + one.Path, one.Field)),
        .. Array.ConvertAll(Answer, one => ("message.usage." + one.Path, one.Field)),
        ("message.model", AnswerField.Model),
        ("delta.stop_reason", AnswerField.Ending),
        ("error", AnswerField.Error),
    ]);

    private readonly List<Pricing.Usage> _steps = [];

    public override Wanted OfBody => Body;

    public override Wanted OfEvent => Event;

    protected override void Begin()
    {
        Found.Forget(AnswerField.Error);
        Found.Forget(AnswerField.Steps);
        _steps.Clear();
    }

    /// <summary>
    /// The top-level numbers leave out what other models did, and what was compacted away: the steps have everything, so they are summed
    /// for each model.
    /// </summary>
    protected override void Element(AnswerField list)
    {
        var named = Found.Text(AnswerField.PartModel);
        var model = named == Found.Text(AnswerField.Model) ? null : named;
        var usage = _steps.Find(known => known.Model == model);
        if (usage is null)
            _steps.Add(usage = new Pricing.Usage { Model = model });
        var write = Math.Max(Found[AnswerField.StepCacheWrite], Found[AnswerField.StepCacheWriteLong]);
        var writeLong = Found.Has(AnswerField.StepCacheWriteLong) || !asksLongCache ? Found[AnswerField.StepCacheWriteLong] : write;
        usage[UsageClass.Input] += Found[AnswerField.StepInput];
        usage[UsageClass.Output] += Found[AnswerField.StepOutput];
        usage[UsageClass.CachedInput] += Found[AnswerField.StepCached];
        usage[UsageClass.CacheWrite] += write - writeLong;
        usage[UsageClass.CacheWriteLong] += writeLong;
        for (var field = AnswerField.StepInput; field <= AnswerField.StepCacheWriteLong; field++)
            Found.Forget(field);
        Found.Forget(AnswerField.PartModel);
    }

    protected override void Take(bool isEvent)
    {
        if (!Found.Has(AnswerField.Input) && !Found.Has(AnswerField.Output))
            return;
        Reading.Tier = Found.Text(AnswerField.Tier);
        Reading.Speed = Found.Text(AnswerField.Speed);
        Reading.Region = Found.Text(AnswerField.Region) is "not_available" ? null : Found.Text(AnswerField.Region);
        if (_steps.Count > 0)
        {
            Reading.Parts.Clear();
            Reading.Parts.AddRange(_steps);
        }
        else
        {
            TakeTotals();
        }
        Reading.Parts[0][UsageClass.WebSearches] = Found[AnswerField.WebSearches];
        Reading.IsFinal = !isEvent || Found.Has(AnswerField.Ending);
    }

    /// <summary>Only the first event may split what was written to the cache. What came after is taken for the dearer kind if that was asked for.</summary>
    private void TakeTotals()
    {
        var usage = Reading.OnlyPart();
        var split = Found[AnswerField.CacheWriteShort] + Found[AnswerField.CacheWriteLong];
        var write = Found.Has(AnswerField.CacheWrite) ? Found[AnswerField.CacheWrite] : split;
        var writeLong = Math.Min(write, Found[AnswerField.CacheWriteLong]);
        if (write > split && (asksLongCache || writeLong > 0))
            writeLong += write - split;
        usage[UsageClass.Input] = Found[AnswerField.Input];
        usage[UsageClass.Output] = Found[AnswerField.Output];
        usage[UsageClass.CachedInput] = Found[AnswerField.Cached];
        usage[UsageClass.CacheWrite] = write - writeLong;
        usage[UsageClass.CacheWriteLong] = writeLong;
    }
}
