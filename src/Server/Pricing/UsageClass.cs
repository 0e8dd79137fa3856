namespace KeyPass.Server.Pricing;

/// <summary>
/// What providers count. The classes shut each other out: cached input is not in <see cref="Input"/>, audio not in <see cref="Output"/>,
/// whatever the provider's own fields include. Reasoning is output.
/// </summary>
internal enum UsageClass
{
    Input,
    CachedInput,
    /// <summary>Written to a prompt cache for minutes.</summary>
    CacheWrite,
    /// <summary>Written to a prompt cache for an hour or longer.</summary>
    CacheWriteLong,
    Output,
    InputAudio,
    CachedInputAudio,
    OutputAudio,
    InputImage,
    CachedInputImage,
    OutputImage,
    /// <summary>Of sound, in milliseconds, where a provider bills time and not tokens.</summary>
    AudioMilliseconds,
    /// <summary>Of text to speak, where a provider bills those.</summary>
    Characters,
    /// <summary>Pictures made, where a provider bills each.</summary>
    Images,
    WebSearches,
    FileSearches,
    /// <summary>Calls with a price of their own, whatever they carried.</summary>
    Requests,
}
