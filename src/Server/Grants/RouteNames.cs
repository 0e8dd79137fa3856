namespace KeyPass.Server.Grants;

/// <summary>The kinds of calls that a scope can be narrowed to. The names are a contract.</summary>
internal static class RouteNames
{
    /// <summary>Chat, completions, responses, messages, Gemini's generate, and counting their tokens.</summary>
    public const string Text = "text";
    public const string Embeddings = "embeddings";
    public const string Images = "images";
    public const string Audio = "audio";
    public const string Moderations = "moderations";

    public static IReadOnlyList<string> All { get; } = [Text, Embeddings, Images, Audio, Moderations];
}
