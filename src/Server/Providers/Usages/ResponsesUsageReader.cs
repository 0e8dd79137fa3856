using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>OpenAI's responses, also as xAI and Azure speak them. In a stream the terminal event carries the whole answer, its usage included.</summary>
internal sealed class ResponsesUsageReader : UsageReader
{
    private static readonly (string Path, AnswerField Field)[] Answer =
    [
        ("model", AnswerField.Model),
        ("service_tier", AnswerField.Tier),
        ("error", AnswerField.Error),
        ("usage.input_tokens", AnswerField.Input),
        ("usage.input_tokens_details.cached_tokens", AnswerField.Cached),
        ("usage.input_tokens_details.cache_write_tokens", AnswerField.CacheWrite),
        ("usage.input_tokens_details.cache_write_tokens_details.ttl_12h_tokens", AnswerField.CacheWriteLong),
        ("usage.output_tokens", AnswerField.Output),
        ("usage.cost", AnswerField.Cost),
        ("usage.is_byok", AnswerField.OwnKey),
        ("usage.cost_details.upstream_inference_cost", AnswerField.UpstreamCost),
        ("usage.cost_in_usd_ticks", AnswerField.CostTicks),
        ("usage.server_side_tool_usage_details.web_search_calls", AnswerField.WebSearches),
        ("usage.server_side_tool_usage_details.x_search_calls", AnswerField.OtherSearches),
        ("usage.server_side_tool_usage_details.file_search_calls", AnswerField.FileSearches),
        ("usage.server_side_tool_usage_details.document_search_calls", AnswerField.DocumentSearches),
        ("tool_usage.web_search.num_requests", AnswerField.WebSearches),
        ("tool_usage.image_gen.input_tokens", AnswerField.PictureInput),
        ("tool_usage.image_gen.input_tokens_details.image_tokens", AnswerField.PictureInputImage),
        ("tool_usage.image_gen.output_tokens", AnswerField.PictureOutput),
        ("output[]", AnswerField.Steps),
        ("output[].type", AnswerField.Kind),
        ("output[].action.type", AnswerField.Action),
        ("tools[]", AnswerField.Tools),
        ("tools[].type", AnswerField.Kind),
        ("tools[].model", AnswerField.PartModel),
    ];

    private static readonly Wanted Body = Wanted.Of(Answer);

    private static readonly Wanted Event = Wanted.Of(
        [.. Array.ConvertAll(Answer, one => ("response." + one.Path, one.Field)), ("type", AnswerField.Event), ("error", AnswerField.Error)]);

    private long _webSearches;
    private long _fileSearches;
    private long _pictures;
    private string? _painter;

    public override Wanted OfBody => Body;

    public override Wanted OfEvent => Event;

    protected override void Begin()
    {
        Found.ForgetAllButModel();
        (_webSearches, _fileSearches, _pictures) = (0, 0, 0);
    }

    protected override void Element(AnswerField list)
    {
        var kind = Found.Text(AnswerField.Kind);
        if (list == AnswerField.Tools && kind == "image_generation")
            _painter = Found.Text(AnswerField.PartModel) ?? _painter;
        // To open a page that was found is no search.
        if (list == AnswerField.Steps && kind == "web_search_call" && Found.Text(AnswerField.Action) is null or "search")
            _webSearches++;
        if (list == AnswerField.Steps && kind == "file_search_call")
            _fileSearches++;
        if (list == AnswerField.Steps && kind == "image_generation_call")
            _pictures++;
        Found.Forget(AnswerField.Kind);
        Found.Forget(AnswerField.Action);
        Found.Forget(AnswerField.PartModel);
    }

    protected override void Take(bool isEvent)
    {
        // What was asked for ("auto") stands in the first events; what served in the last.
        if (Found.Text(AnswerField.Tier) is { } tier and not "auto")
            Reading.Tier = tier;
        HasError |= Found.Text(AnswerField.Event) == "error";
        if (!Found.Has(AnswerField.Input) && !Found.Has(AnswerField.Output))
            return;
        Reading.Parts.Clear();
        var usage = Reading.OnlyPart();
        Shares.PutInput(usage, Found[AnswerField.Input], Found[AnswerField.Cached], Found[AnswerField.CacheWrite], Found[AnswerField.CacheWriteLong]);
        Shares.PutOutput(usage, Found[AnswerField.Output]);
        usage[UsageClass.WebSearches] =
            (Found.Has(AnswerField.WebSearches) ? Found[AnswerField.WebSearches] : _webSearches) + Found[AnswerField.OtherSearches];
        usage[UsageClass.FileSearches] =
            (Found.Has(AnswerField.FileSearches) ? Found[AnswerField.FileSearches] : _fileSearches) + Found[AnswerField.DocumentSearches];
        TakePictures();
        Reading.ReportedNanoUsd = ChatUsageReader.Reported(Found);
        Reading.IsFinal = !isEvent || Found.Text(AnswerField.Event) is "response.completed" or "response.incomplete" or "response.failed";
    }

    /// <summary>The tool that paints is another model with a price of its own; where its tokens are not told, its pictures are counted.</summary>
    private void TakePictures()
    {
        var hasTokens = Found[AnswerField.PictureInput] + Found[AnswerField.PictureOutput] > 0;
        if (!hasTokens && _pictures == 0)
            return;
        var usage = new Pricing.Usage { Model = _painter ?? "gpt-image-1" };
        usage[UsageClass.Images] = hasTokens ? 0 : _pictures;
        Shares.PutInput(usage, Found[AnswerField.PictureInput], image: Found[AnswerField.PictureInputImage]);
        Shares.PutOutput(usage, Found[AnswerField.PictureOutput], image: Found[AnswerField.PictureOutput]);
        Reading.Parts.Add(usage);
    }
}
