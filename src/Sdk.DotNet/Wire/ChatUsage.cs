using System.Text.Json;
using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>What the provider counted.</summary>
public sealed record ChatUsage
{
    /// <summary>Tokens in.</summary>
    [JsonPropertyName("prompt_tokens")]
    public long PromptTokens { get; init; }

    /// <summary>Tokens out.</summary>
    [JsonPropertyName("completion_tokens")]
    public long CompletionTokens { get; init; }

    /// <summary>Both.</summary>
    [JsonPropertyName("total_tokens")]
    public long TotalTokens { get; init; }

    /// <summary>Everything else the provider counted.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }
}
