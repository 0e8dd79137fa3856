using KeyPass.Server.Grants;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Gateway;

/// <summary>
/// What an address asks for. Upstream addresses are put together from the literals here and a model's name of plain letters: nothing of
/// what the caller wrote in the path goes on, so there is nothing in it to play tricks with.
/// </summary>
/// <param name="Path">Below where the provider's routes begin.</param>
/// <param name="Model">Where the path names it.</param>
/// <param name="IsUnified">KeyPass's own chat route: the body names the provider, and the answer comes in our envelope.</param>
internal sealed record CallAddress(Surface Surface, Operation Operation, string Path, string? Model = null, bool IsUnified = false)
{
    public static CallAddress UnifiedChat { get; } = new(Surface.OpenAi, Operation.Chat, "/chat/completions", IsUnified: true);

    private static readonly System.Buffers.SearchValues<char> ModelLetters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly Dictionary<string, CallAddress> OpenAi = Table(Surface.OpenAi,
        (Operation.Chat, "/chat/completions"),
        (Operation.Completions, "/completions"),
        (Operation.Responses, "/responses"),
        (Operation.CountTokens, "/responses/input_tokens"),
        (Operation.Embeddings, "/embeddings"),
        (Operation.Moderations, "/moderations"),
        (Operation.ImageGenerations, "/images/generations"),
        (Operation.ImageEdits, "/images/edits"),
        (Operation.ImageVariations, "/images/variations"),
        (Operation.Speech, "/audio/speech"),
        (Operation.Transcriptions, "/audio/transcriptions"),
        (Operation.Translations, "/audio/translations"));

    private static readonly Dictionary<string, CallAddress> Anthropic = Table(Surface.Anthropic,
        (Operation.Messages, "/messages"),
        (Operation.CountTokens, "/messages/count_tokens"));

    private static readonly Dictionary<string, Operation> Gemini = new(StringComparer.Ordinal)
    {
        ["generateContent"] = Operation.GenerateContent,
        ["streamGenerateContent"] = Operation.StreamGenerateContent,
        ["embedContent"] = Operation.EmbedContent,
        ["batchEmbedContents"] = Operation.BatchEmbedContents,
        ["countTokens"] = Operation.CountTokens,
    };

    /// <summary>Sound and pictures come as forms.</summary>
    public bool MayBeMultipart => Operation is Operation.ImageEdits or Operation.ImageVariations or Operation.Transcriptions or Operation.Translations;

    /// <summary>The kind of call that a scope speaks of.</summary>
    public string RouteName => Operation switch
    {
        Operation.Embeddings or Operation.EmbedContent or Operation.BatchEmbedContents => RouteNames.Embeddings,
        Operation.ImageGenerations or Operation.ImageEdits or Operation.ImageVariations => RouteNames.Images,
        Operation.Speech or Operation.Transcriptions or Operation.Translations => RouteNames.Audio,
        Operation.Moderations => RouteNames.Moderations,
        _ => RouteNames.Text,
    };

    /// <summary>Null where this server forwards nothing of the kind.</summary>
    /// <param name="path">Raw, as it came, below where the surface's routes begin.</param>
    public static CallAddress? Find(Surface surface, string method, string path)
    {
        if (method != HttpMethods.Post)
            return null;
        return surface switch
        {
            Surface.OpenAi => OpenAi.GetValueOrDefault(path),
            Surface.Anthropic => Anthropic.GetValueOrDefault(path),
            _ => FindGemini(path),
        };
    }

    /// <summary>Like <c>/models/gemini-3-pro:generateContent</c>.</summary>
    private static CallAddress? FindGemini(string path)
    {
        const string Models = "/models/";
        var colon = path.IndexOf(':', StringComparison.Ordinal);
        if (!path.StartsWith(Models, StringComparison.Ordinal) || colon < 0 || !Gemini.TryGetValue(path[(colon + 1)..], out var operation))
            return null;
        var model = path[Models.Length..colon];
        return model.Length is 0 or > GrantScope.LongestEntry || model.AsSpan().ContainsAnyExcept(ModelLetters) || model.Trim('.').Length == 0
            ? null
            : new CallAddress(Surface.Gemini, operation, path, model);
    }

    private static Dictionary<string, CallAddress> Table(Surface surface, params (Operation Operation, string Path)[] rows) =>
        rows.ToDictionary(row => row.Path, row => new CallAddress(surface, row.Operation, row.Path), StringComparer.Ordinal);
}
