namespace KeyPass.Server.Providers;

/// <summary>What of a provider's answer is read, under one name for all providers. The tables of the readers say where each has it.</summary>
internal enum AnswerField
{
    None,

    // Texts.
    Model,
    Tier,
    Speed,
    Region,
    /// <summary>Of an event.</summary>
    Event,
    /// <summary>Of an element of a list.</summary>
    Kind,
    /// <summary>Of one step within a call.</summary>
    PartModel,
    Modality,
    /// <summary>What a search call did.</summary>
    Action,
    Ending,

    // Money.
    Cost,
    UpstreamCost,

    // Seconds, kept as milliseconds.
    AudioSeconds,
    Duration,

    // Numbers; of a list how many elements it has, of an object or a truth 1.
    Input,
    Output,
    Total,
    Cached,
    CacheMiss,
    CacheWrite,
    CacheWriteShort,
    CacheWriteLong,
    Reasoning,
    ToolPrompt,
    InputAudio,
    CachedAudio,
    OutputAudio,
    InputImage,
    CachedImage,
    OutputImage,
    OutputText,
    CostTicks,
    OwnKey,
    WebSearches,
    OtherSearches,
    FileSearches,
    DocumentSearches,
    SearchUnits,
    Choices,
    Steps,
    StepInput,
    StepOutput,
    StepCached,
    StepCacheWrite,
    StepCacheWriteLong,
    Tools,
    InputModalities,
    CachedModalities,
    OutputModalities,
    ModalityCount,
    Pictures,
    PictureInput,
    PictureInputImage,
    PictureOutput,
    Error,
    Block,

    /// <summary>How many there are.</summary>
    Last,
}
