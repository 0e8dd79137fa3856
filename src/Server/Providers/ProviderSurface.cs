namespace KeyPass.Server.Providers;

/// <summary>In whose words a call is made.</summary>
internal enum Surface
{
    OpenAi,
    Anthropic,
    Gemini,
}

/// <summary>Where a provider's routes begin for callers that speak a surface. It is the only part of an address that differs between them.</summary>
internal static class ProviderSurface
{
    private static readonly Dictionary<string, string> OpenAi = new(StringComparer.Ordinal)
    {
        ["openai"] = "/v1",
        ["groq"] = "/openai/v1",
        ["mistral"] = "/v1",
        ["deepseek"] = "/v1",
        ["xai"] = "/v1",
        ["openrouter"] = "/api/v1",
        ["together"] = "/v1",
        ["fireworks"] = "/inference/v1",
        ["google"] = "/v1beta/openai",
        ["cohere"] = "/compatibility/v1",
        ["sandbox"] = "/v1",
    };

    /// <summary>Null where the provider does not speak it.</summary>
    public static string? BaseOf(string provider, Surface surface) => surface switch
    {
        Surface.OpenAi => provider.StartsWith(ProviderCatalog.CustomPrefix, StringComparison.Ordinal)
            ? provider[(ProviderCatalog.CustomPrefix.Length - 1)..]
            : OpenAi.GetValueOrDefault(provider),
        Surface.Anthropic => provider is "anthropic" or "sandbox" ? "/v1" : null,
        Surface.Gemini => provider is "google" ? "/v1beta" : null,
        _ => null,
    };
}
