using System.Text;

namespace KeyPass.Server.Providers;

/// <summary>What a member of a call means to us.</summary>
internal enum CallMember
{
    Other,
    Model,
    Stream,
    StreamOptions,
    IncludeUsage,
    /// <summary>Further models that may serve instead, as strings or as objects that name one.</summary>
    Models,
    /// <summary>A list of objects of which each may name a model.</summary>
    HasModels,
    /// <summary>The same, and each may be one that the provider itself runs.</summary>
    Tools,
    // How many, or at most how much: it multiplies the price. From here …
    MaxTokens,
    MaxCompletionTokens,
    MaxOutputTokens,
    MaxToolCalls,
    Choices,
    BestOf,
    PartialImages,
    ThinkingBudget,
    // … to here.
    /// <summary>Gemini's, with numbers inside.</summary>
    Generation,
    Input,
    /// <summary>It would send the call to another address or under another name.</summary>
    Elsewhere,
    /// <summary>It names something that an earlier call left in the provider account.</summary>
    Stored,
    /// <summary>Leaves something there where it is true.</summary>
    Background,
    /// <summary>A text, or an object that names a stored one.</summary>
    Prompt,
    /// <summary>Anthropic's, with a number inside.</summary>
    Thinking,
    // What makes the same tokens dearer.
    Tier,
    Speed,
    Region,
    /// <summary>A text that is expected to come back; what of it does not is paid for too.</summary>
    Prediction,
}

/// <summary>
/// The members of a call that are known by name. Some servers read names without regard to case, or in both spellings of Google's:
/// a name that only such a server would take for a known one is refused, or what we read would not be what it does.
/// </summary>
internal static class CallMembers
{
    public const int LongestName = 64;

    private static readonly Known[] Top =
    [
        new(CallMember.Model, "model"),
        new(CallMember.Stream, "stream"),
        new(CallMember.StreamOptions, "stream_options"),
        new(CallMember.Models, "models"),
        new(CallMember.Models, "fallbacks"),
        new(CallMember.Tools, "tools"),
        new(CallMember.HasModels, "requests"),
        new(CallMember.Choices, "n"),
        new(CallMember.BestOf, "best_of"),
        new(CallMember.MaxTokens, "max_tokens"),
        new(CallMember.MaxCompletionTokens, "max_completion_tokens"),
        new(CallMember.MaxOutputTokens, "max_output_tokens"),
        new(CallMember.MaxToolCalls, "max_tool_calls"),
        new(CallMember.Generation, "generationConfig", "generation_config"),
        new(CallMember.Input, "input"),
        new(CallMember.Stored, "previous_response_id"),
        new(CallMember.Stored, "conversation"),
        new(CallMember.Stored, "container"),
        new(CallMember.Stored, "cachedContent", "cached_content"),
        new(CallMember.Background, "background"),
        new(CallMember.Prompt, "prompt"),
        new(CallMember.PartialImages, "partial_images"),
        new(CallMember.Thinking, "thinking"),
        new(CallMember.Tier, "service_tier", "serviceTier"),
        new(CallMember.Speed, "speed"),
        new(CallMember.Region, "inference_geo"),
        new(CallMember.Prediction, "prediction"),
    ];

    private static readonly Known[] InGeneration =
    [
        new(CallMember.MaxOutputTokens, "maxOutputTokens", "max_output_tokens"),
        new(CallMember.Choices, "candidateCount", "candidate_count"),
    ];

    private static readonly Known[] InThinking = [new(CallMember.ThinkingBudget, "budget_tokens")];

    private static readonly Known[] InStreamOptions = [new(CallMember.IncludeUsage, "include_usage")];

    /// <summary>What gateways and servers behind a custom address are known to honour.</summary>
    private static readonly byte[][] Elsewhere = Bytes(
        "apibase", "baseurl", "apikey", "apiversion", "organization", "headers", "extraheaders", "extrabody", "extraquery",
        "customllmprovider", "proxyserverrequest", "userconfig", "modellist", "deploymentid");

    private static readonly byte[][] ElsewherePrefixes = Bytes("litellm", "aws", "vertex", "azure");

    /// <summary>Wherever in a body they stand, where they name something with a text or a list.</summary>
    private static readonly byte[][] StoredInside = Bytes(
        "fileid", "fileids", "vectorstoreid", "vectorstoreids", "container", "containerid", "previousresponseid", "cachedcontent",
        "filesearchstorenames", "collectionids", "libraryids");

    /// <summary>Below these stands what a caller's own program says or defines: its names are nobody's but the caller's.</summary>
    private static readonly byte[][] CallersOwn = Bytes(
        "input", "args", "arguments", "parameters", "parametersJsonSchema", "input_schema", "inputSchema", "schema", "responseSchema", "response_schema",
        "responseJsonSchema", "properties", "metadata", "response");

    /// <summary>False where the name is a known one in a spelling that is not its own. <paramref name="home"/> is the member around it.</summary>
    public static bool Find(ReadOnlySpan<byte> name, CallMember home, out CallMember member)
    {
        member = CallMember.Other;
        if (name.Length > LongestName)
            return true;
        var plain = Plain(name, stackalloc byte[LongestName]);
        var table = home switch
        {
            CallMember.Generation => InGeneration,
            CallMember.StreamOptions => InStreamOptions,
            CallMember.Thinking => InThinking,
            _ => Top,
        };
        foreach (var known in table)
        {
            if (!plain.SequenceEqual(known.Plain))
                continue;
            member = known.Member;
            return known.IsSpelled(name);
        }
        if (ReferenceEquals(table, Top) && IsElsewhere(plain))
            member = CallMember.Elsewhere;
        return true;
    }

    public static bool IsStoredInside(ReadOnlySpan<byte> name) =>
        name.Length <= LongestName && IsAny(StoredInside, Plain(name, stackalloc byte[LongestName]));

    public static bool IsCallersOwn(ReadOnlySpan<byte> name, bool isTop) => isTop ? name.SequenceEqual("metadata"u8) : IsAny(CallersOwn, name);

    /// <summary>Without case and strokes: <c>Max_Tokens</c>, <c>maxTokens</c> and <c>max-tokens</c> are one.</summary>
    public static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> name, Span<byte> room)
    {
        if (name.Length > room.Length)
            return name;
        var length = 0;
        foreach (var one in name)
            if (one is not ((byte)'_' or (byte)'-' or (byte)' '))
                room[length++] = one is >= (byte)'A' and <= (byte)'Z' ? (byte)(one | 0x20) : one;
        return room[..length];
    }

    private static bool IsElsewhere(ReadOnlySpan<byte> plain)
    {
        if (IsAny(Elsewhere, plain))
            return true;
        foreach (var prefix in ElsewherePrefixes)
            if (plain.StartsWith(prefix))
                return true;
        return false;
    }

    private static bool IsAny(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (var one in names)
            if (name.SequenceEqual(one))
                return true;
        return false;
    }

    private static byte[][] Bytes(params string[] names) => Array.ConvertAll(names, Encoding.UTF8.GetBytes);

    private sealed class Known(CallMember member, params string[] spellings)
    {
        private readonly byte[][] _spellings = Bytes(spellings);

        public CallMember Member => member;

        public byte[] Plain { get; } = CallMembers.Plain(Encoding.UTF8.GetBytes(spellings[0]), new byte[LongestName]).ToArray();

        public bool IsSpelled(ReadOnlySpan<byte> name)
        {
            foreach (var spelling in _spellings)
                if (name.SequenceEqual(spelling))
                    return true;
            return false;
        }
    }
}
