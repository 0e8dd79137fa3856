using System.Text.Json;
using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>What is added to an answer.</summary>
public sealed record ChatDelta
{
    /// <summary>In the first one: who speaks.</summary>
    public string? Role { get; init; }

    /// <summary>More text.</summary>
    [JsonPropertyName("content")]
    public string? Text { get; init; }

    /// <summary>Everything else: <c>tool_calls</c>, <c>refusal</c>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }
}
