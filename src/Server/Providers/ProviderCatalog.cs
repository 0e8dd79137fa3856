using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>One thing to ask for when a key is added.</summary>
internal sealed record ProviderField(string Name, string Label, bool Secret, bool Required, string Hint);

/// <summary>
/// An AI vendor as far as its keys go. <paramref name="Origin"/> is where its key may be sent, and null where the owner says it
/// (their own Azure resource, a server of their own). <paramref name="Prefix"/> is how its keys begin, where they do: a page can
/// then say "this looks like another vendor's key" before anything is sealed. <paramref name="KeyPage"/> is where the vendor shows them.
/// </summary>
internal sealed record Provider(
    string Id, string Name, string? Origin, string Scheme, string? Prefix, Uri? KeyPage, IReadOnlyList<ProviderField> Fields);

/// <summary>The vendors we know. Names and origins are bound into every sealed key: they never change once given.</summary>
internal static class ProviderCatalog
{
    /// <summary>Any OpenAI-compatible server: its base path is part of the sealed name, <c>custom:/v1</c>.</summary>
    public const string CustomPrefix = "custom:/";

    private static readonly System.Buffers.SearchValues<char> Region =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly ProviderField ApiKey = new("apiKey", "API key", Secret: true, Required: true, "Shown once by the vendor when you create it.");

    public static IReadOnlyList<Provider> All { get; } =
    [
        Plain("openai", "OpenAI", "https://api.openai.com", "sk-", "https://platform.openai.com/api-keys"),
        Plain("anthropic", "Anthropic", "https://api.anthropic.com", "sk-ant-", "https://console.anthropic.com/settings/keys", "x-api-key"),
        Plain("google", "Google Gemini", "https://generativelanguage.googleapis.com", "AIza", "https://aistudio.google.com/apikey", "x-goog-api-key"),
        Plain("groq", "Groq", "https://api.groq.com", "gsk_", "https://console.groq.com/keys"),
        Plain("mistral", "Mistral", "https://api.mistral.ai", null, "https://console.mistral.ai/api-keys"),
        Plain("deepseek", "DeepSeek", "https://api.deepseek.com", "sk-", "https://platform.deepseek.com/api_keys"),
        Plain("xai", "xAI", "https://api.x.ai", "xai-", "https://console.x.ai"),
        Plain("openrouter", "OpenRouter", "https://openrouter.ai", "sk-or-", "https://openrouter.ai/settings/keys"),
        Plain("together", "Together", "https://api.together.xyz", null, "https://api.together.ai/settings/api-keys"),
        Plain("fireworks", "Fireworks", "https://api.fireworks.ai", "fw_", "https://app.fireworks.ai/settings/users/api-keys"),
        Plain("cohere", "Cohere", "https://api.cohere.com", null, "https://dashboard.cohere.com/api-keys"),
        new("azure", "Azure OpenAI", null, "api-key", null, new Uri("https://portal.azure.com"),
        [
            new("endpoint", "Endpoint", Secret: false, Required: true, "Of your resource, like https://example.openai.azure.com"),
            ApiKey,
            new("deployments", "Deployments", Secret: false, Required: false, "Which deployment serves which model, as JSON: {\"gpt-4o\": \"my-deployment\"}"),
        ]),
        new("bedrock", "AWS Bedrock", null, "sigv4", null, new Uri("https://console.aws.amazon.com/bedrock/home#/api-keys"),
        [
            new("region", "Region", Secret: false, Required: true, "Like us-east-1"),
            new("credentials", "API key, or access key as JSON", Secret: true, Required: true,
                "A Bedrock API key, or {\"accessKeyId\": …, \"secretAccessKey\": …}"),
        ]),
        new("vertex", "Google Vertex AI", null, "gcp", null, new Uri("https://console.cloud.google.com/iam-admin/serviceaccounts"),
        [
            new("credentials", "Service-account file", Secret: true, Required: true, "The JSON file that Google Cloud made for the service account."),
            new("region", "Region", Secret: false, Required: false, "Without one: global"),
        ]),
        new("custom", "Another OpenAI-compatible server", null, "bearer", null, KeyPage: null,
        [
            new("baseUrl", "Base URL", Secret: false, Required: true, "Like https://llm.example.com/v1"),
            ApiKey,
        ]),
        new(SandboxHandler.Provider, "KeyPass sandbox", SandboxHandler.Origin, "bearer", null, KeyPage: null,
            [new("apiKey", "API key", Secret: true, Required: false, "None is needed: answers are made up inside this server, and cost nobody anything.")]),
    ];

    public static Provider? Find(string id) => All.FirstOrDefault(known => known.Id == id);

    /// <summary>As scopes and receipts call it: servers of people's own are one kind.</summary>
    public static string NameOf(string provider) => provider.StartsWith(CustomPrefix, StringComparison.Ordinal) ? "custom" : provider;

    public static KeyScheme SchemeOf(Provider provider) => provider.Scheme switch
    {
        "bearer" => KeyScheme.Bearer,
        "x-api-key" => KeyScheme.XApiKey,
        "x-goog-api-key" => KeyScheme.XGoogApiKey,
        "api-key" => KeyScheme.ApiKey,
        "sigv4" => KeyScheme.SigV4,
        "gcp" => KeyScheme.GcpServiceAccount,
        _ => throw new InvalidOperationException($"{provider.Id} has a scheme that no key has"),
    };

    /// <summary>
    /// Whether a sealed key of that provider may say that it goes to that origin. Where the vendor has one address, or one for each region,
    /// no other will do: a key is then never sent elsewhere, whoever sealed it.
    /// </summary>
    public static bool Allows(string provider, string origin)
    {
        if (provider.StartsWith(CustomPrefix, StringComparison.Ordinal))
            return origin.StartsWith("https://", StringComparison.Ordinal);
        if (Find(provider) is not { } known || known.Id == "custom")
            return false;
        return known.Origin is { } only
            ? origin == only
            : known.Id switch
            {
                "bedrock" => IsOneLabel(origin, "https://bedrock-runtime.", ".amazonaws.com"),
                "vertex" => origin == "https://aiplatform.googleapis.com" || IsOneLabel(origin, "https://", "-aiplatform.googleapis.com"),
                _ => origin.StartsWith("https://", StringComparison.Ordinal),
            };
    }

    /// <summary>Which region an origin of a provider with regions names; null where it names none.</summary>
    public static string? RegionIn(string provider, string origin) => provider switch
    {
        "bedrock" => origin["https://bedrock-runtime.".Length..^".amazonaws.com".Length],
        "vertex" when origin != "https://aiplatform.googleapis.com" => origin["https://".Length..^"-aiplatform.googleapis.com".Length],
        _ => null,
    };

    private static bool IsOneLabel(string origin, string before, string after) =>
        origin.StartsWith(before, StringComparison.Ordinal) && origin.EndsWith(after, StringComparison.Ordinal) && origin.Length > before.Length + after.Length
        && !origin.AsSpan(before.Length..^after.Length).ContainsAnyExcept(Region);

    private static Provider Plain(string id, string name, string origin, string? prefix, string keyPage, string scheme = "bearer") =>
        new(id, name, origin, scheme, prefix, new Uri(keyPage), [ApiKey]);
}
