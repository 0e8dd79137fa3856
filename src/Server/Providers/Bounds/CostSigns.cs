using System.Text;
using System.Text.Json;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>One of the members that limit the answer, and where its value stands. <paramref name="Tokens"/> is null for <c>null</c>.</summary>
internal readonly record struct OutputLimit(int At, int Length, int? Tokens)
{
    public bool IsThere => Length > 0;
}

/// <summary>
/// What of a body decides how much its call can cost at most: gathered in passing by the one scan, in the words of every vendor at once,
/// and only judged when a budget asks.
/// </summary>
internal struct CostSigns(Operation operation)
{
    /// <summary>Words by which vendors name what they do beside answering. No name of something harmless has one of them.</summary>
    private static readonly byte[][] Busy = [.. new[] { "search", "plugin", "mcp", "agent", "browse", "crawl", "compound" }.Select(Encoding.ASCII.GetBytes)];

    private const int Nowhere = -1;

    private Sign _next;
    private int _inlineDepth = Nowhere;
    private int _sources;
    private int _anthropicPictures;
    private PartKind _tool;
    private int? _toolUses;
    private string? _toolType;

    private enum Sign
    {
        Nothing,
        Type,
        ToolType,
        Picture,
        Address,
        Unseen,
        Inline,
        MediaType,
        Sound,
        Cache,
        Budget,
        Uses,
    }

    /// <summary>Names, values and brackets.</summary>
    public int Elements { get; private set; }

    /// <summary>Where the first member stands, or would.</summary>
    public int RootAt { get; private set; }

    public bool HasMembers { get; private set; }

    public OutputLimit MaxTokens { get; private set; }

    public OutputLimit MaxCompletionTokens { get; private set; }

    /// <summary>At the top, or within <c>generationConfig</c>.</summary>
    public OutputLimit MaxOutputTokens { get; private set; }

    /// <summary>Of Gemini's <c>generationConfig</c>, as of <c>stream_options</c>.</summary>
    public StreamOptions Generation { get; private set; }

    /// <summary>Answers to one question, those too that are made and thrown away.</summary>
    public int Choices { get; private set; } = 1;

    /// <summary>Of the older completions, which answer each.</summary>
    public int Prompts { get; private set; }

    public int? MaxToolCalls { get; private set; }

    public int ThinkingBudget { get; private set; }

    public int PartialImages { get; private set; }

    public int Pictures { get; private set; }

    /// <summary>In the body as base64, of a kind that is no picture.</summary>
    public int Inline { get; private set; }

    public bool HasSound { get; private set; }

    private bool HasUnseen { get; set; }

    private readonly bool IsGemini => operation is Operation.GenerateContent or Operation.StreamGenerateContent;

    /// <summary>Something is fetched, or is in the body in a form that says nothing of its length in tokens.</summary>
    public readonly bool IsUnseen => HasUnseen || Inline > 0 || _sources > _anthropicPictures;

    public bool HasTools { get; private set; }

    /// <summary>The type or name of what the provider runs without a documented end.</summary>
    public string? Endless { get; private set; }

    /// <summary>A hosted tool with a fee that says no maximum of its own.</summary>
    public bool HasUnlimitedSearch { get; private set; }

    public int Searches { get; private set; }

    /// <summary>Of tools without a fee.</summary>
    public int OtherUses { get; private set; }

    public int AdvisorUses { get; private set; }

    public bool HasSearch { get; private set; }

    public bool Compacts { get; private set; }

    public bool Caches { get; private set; }

    public bool HasPrediction { get; private set; }

    public string? Tier { get; private set; }

    public string? Speed { get; private set; }

    public string? Region { get; private set; }

    public void Begin(int rootAt) => (RootAt, Generation) = (rootAt, new StreamOptions(StreamOptions.What.Nothing, rootAt, 0));

    /// <summary>Each token, before anything else looks at it.</summary>
    public void Look(in Utf8JsonReader json, CallMember top)
    {
        Elements++;
        var next = _next;
        _next = Sign.Nothing;
        if (next != Sign.Nothing)
            LookAtValue(next, in json);
        if (top == CallMember.Tools && json is { TokenType: JsonTokenType.EndObject, CurrentDepth: 2 })
            EndTool();
        else if (top == CallMember.Prompt && json is { TokenType: JsonTokenType.String or JsonTokenType.StartArray, CurrentDepth: 2 })
            Prompts++;
    }

    public void AtTop(ReadOnlySpan<byte> name, CallMember member)
    {
        HasMembers = true;
        if (member != CallMember.Other)
            return;
        Caches |= name.SequenceEqual("cache_control"u8);
        foreach (var word in Busy)
        {
            if (name.IndexOf(word) >= 0)
                Endless ??= Encoding.UTF8.GetString(name);
        }
    }

    /// <summary>A name below the top, outside of what is the caller's own.</summary>
    public void Inside(ReadOnlySpan<byte> name, int depth, CallMember top)
    {
        if (top == CallMember.Tools && depth == 3)
        {
            InTool(name);
            return;
        }
        _next = name.Length switch
        {
            3 when name.SequenceEqual("url"u8) => Sign.Address,
            4 when name.SequenceEqual("type"u8) => top == CallMember.Tools ? Sign.ToolType : Sign.Type,
            8 when name.SequenceEqual("file_url"u8) || name.SequenceEqual("fileData"u8) => Sign.Unseen,
            8 when name.SequenceEqual("mimeType"u8) && depth == _inlineDepth + 1 => Sign.MediaType,
            9 when name.SequenceEqual("image_url"u8) => Sign.Picture,
            9 when name.SequenceEqual("file_data"u8) || name.SequenceEqual("video_url"u8) || name.SequenceEqual("audio_url"u8) => Sign.Unseen,
            9 when name.SequenceEqual("mime_type"u8) && depth == _inlineDepth + 1 => Sign.MediaType,
            10 when name.SequenceEqual("inlineData"u8) => Sign.Inline,
            11 when name.SequenceEqual("inline_data"u8) => Sign.Inline,
            11 when name.SequenceEqual("input_audio"u8) => Sign.Sound,
            12 when name.SequenceEqual("document_url"u8) => Sign.Unseen,
            13 when name.SequenceEqual("cache_control"u8) => Sign.Cache,
            14 when name.SequenceEqual("thinkingBudget"u8) => Sign.Budget,
            15 when name.SequenceEqual("thinking_budget"u8) => Sign.Budget,
            _ => Sign.Nothing,
        };
        if (_next == Sign.Inline)
            _inlineDepth = depth;
    }

    /// <summary>The value of a member that is known by name.</summary>
    public void Take(CallMember member, in Utf8JsonReader json)
    {
        switch (member)
        {
            case CallMember.MaxTokens:
                MaxTokens = LimitAt(in json);
                break;
            case CallMember.MaxCompletionTokens:
                MaxCompletionTokens = LimitAt(in json);
                break;
            case CallMember.MaxOutputTokens when json.CurrentDepth == (IsGemini ? 2 : 1):
                MaxOutputTokens = LimitAt(in json);
                break;
            case CallMember.Generation when json.TokenType == JsonTokenType.Null:
                Generation = new StreamOptions(StreamOptions.What.Null, (int)json.TokenStartIndex, 4);
                break;
            case CallMember.Generation when json.TokenType == JsonTokenType.StartObject:
                Generation = new StreamOptions(StreamOptions.What.Empty, (int)json.TokenStartIndex + 1, 0);
                break;
            case CallMember.Choices or CallMember.BestOf:
                Choices = Math.Max(Choices, Number(in json) ?? 1);
                break;
            case CallMember.MaxToolCalls:
                MaxToolCalls = Number(in json);
                break;
            case CallMember.PartialImages:
                PartialImages = Number(in json) ?? 0;
                break;
            case CallMember.ThinkingBudget:
                ThinkingBudget = Number(in json) ?? 0;
                break;
            case CallMember.Tier:
                Tier = Word(in json);
                break;
            case CallMember.Speed:
                Speed = Word(in json);
                break;
            case CallMember.Region:
                Region = Word(in json);
                break;
            case CallMember.Prediction when json.TokenType != JsonTokenType.Null:
                HasPrediction = true;
                break;
        }
    }

    /// <summary>A member of <c>generationConfig</c>: it is not empty.</summary>
    public void InGeneration()
    {
        if (Generation.Found == StreamOptions.What.Empty)
            Generation = Generation with { Found = StreamOptions.What.Filled };
    }

    private void InTool(ReadOnlySpan<byte> name)
    {
        HasTools = true;
        if (IsGemini)
        {
            if (!(name.SequenceEqual("functionDeclarations"u8) || name.SequenceEqual("function_declarations"u8)))
                Endless ??= Encoding.UTF8.GetString(name);
            return;
        }
        _next = name.SequenceEqual("type"u8) ? Sign.ToolType
            : name.SequenceEqual("max_uses"u8) ? Sign.Uses
            : name.SequenceEqual("cache_control"u8) ? Sign.Cache
            : Sign.Nothing;
    }

    private void LookAtValue(Sign sign, in Utf8JsonReader json)
    {
        var isThere = json.TokenType is not JsonTokenType.Null;
        switch (sign)
        {
            case Sign.Type when json.TokenType == JsonTokenType.String:
                TakeType(in json, isTool: false);
                break;
            case Sign.ToolType when json.TokenType == JsonTokenType.String:
                TakeType(in json, isTool: true);
                break;
            case Sign.Picture when isThere:
                Pictures++;
                HasUnseen |= IsOtherMedia(in json);
                break;
            case Sign.Address:
                HasUnseen |= IsOtherMedia(in json);
                break;
            case Sign.Unseen when isThere:
                HasUnseen = true;
                break;
            case Sign.Inline when isThere:
                Inline++;
                break;
            case Sign.MediaType when json.TokenType == JsonTokenType.String:
                TakeMediaType(in json);
                break;
            case Sign.Sound when isThere:
                HasSound = true;
                break;
            case Sign.Cache when isThere:
                Caches = true;
                break;
            case Sign.Budget:
                ThinkingBudget = Math.Max(0, Number(in json) ?? 0); // Gemini's -1 leaves it to the model
                break;
            case Sign.Uses:
                _toolUses = Number(in json);
                break;
        }
    }

    private void TakeType(in Utf8JsonReader json, bool isTool)
    {
        // Nearly every part is one.
        if (!isTool && json.ValueSpan.SequenceEqual("text"u8))
            return;
        var kind = PartTypes.Of(json.ValueIsEscaped ? default : json.ValueSpan);
        switch (kind)
        {
            case PartKind.Picture:
                Pictures++;
                _anthropicPictures++;
                break;
            case PartKind.Source:
                _sources++;
                break;
            case PartKind.Compaction:
                Compacts = true;
                break;
            case PartKind.Unknown:
                Endless ??= json.GetString();
                break;
            case >= PartKind.Search and <= PartKind.Advisor when isTool && json.CurrentDepth > 3:
                Endless ??= json.GetString();
                break;
        }
        if (isTool && json.CurrentDepth == 3)
            (_tool, _toolType) = (kind, kind is PartKind.Plain or PartKind.OwnTool ? null : json.GetString());
    }

    private void EndTool()
    {
        switch (_tool)
        {
            case PartKind.Search when operation is Operation.Messages or Operation.Responses:
                HasSearch = true;
                HasUnlimitedSearch |= _toolUses is null;
                Searches += _toolUses ?? 0;
                break;
            case PartKind.Fetch or PartKind.ToolSearch when operation == Operation.Messages:
                OtherUses += _toolUses ?? Maxima.AnthropicRounds;
                break;
            case PartKind.Advisor when operation == Operation.Messages && _toolUses is { } uses:
                AdvisorUses += uses;
                break;
            case PartKind.Plain or PartKind.OwnTool:
                break;
            default:
                Endless ??= _toolType;
                break;
        }
        (_tool, _toolUses, _toolType) = (PartKind.Plain, null, null);
    }

    /// <summary>Of Gemini's, right beside the data.</summary>
    private void TakeMediaType(in Utf8JsonReader json)
    {
        if (json.ValueSpan.StartsWith("image/"u8))
            (Pictures, Inline) = (Pictures + 1, Inline - 1);
        _inlineDepth = Nowhere;
    }

    /// <summary>A data URL that is no picture, where one would stand.</summary>
    private static bool IsOtherMedia(in Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.String && (json.ValueIsEscaped || json.ValueSpan.StartsWith("data:"u8))
        && !json.ValueSpan.StartsWith("data:image/"u8) && !json.ValueSpan.StartsWith("data:image\\/"u8)
        && !json.ValueSpan.StartsWith("https:"u8) && !json.ValueSpan.StartsWith("http:"u8);

    private static OutputLimit LimitAt(in Utf8JsonReader json) => new((int)json.TokenStartIndex, json.ValueSpan.Length, Number(in json));

    private static int? Number(in Utf8JsonReader json) => json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var number) ? number : null;

    /// <summary>A longer word is none that a vendor knows.</summary>
    private static string? Word(in Utf8JsonReader json) =>
        json.TokenType != JsonTokenType.String ? null : json.ValueSpan.Length <= CallMembers.LongestName ? json.GetString() : "";
}
