using System.Text.Json;
using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>One answer.</summary>
public sealed record ChatChoice
{
    /// <summary>Which of them.</summary>
    public int Index { get; init; }

    /// <summary>What the model says.</summary>
    public required ChatMessage Message { get; init; }

    /// <summary><c>stop</c>, <c>length</c>, <c>tool_calls</c> and the provider's others.</summary>
    [JsonPropertyName("finish_reason")]
    public string? FinishReason { get; init; }

    /// <summary>Everything else the provider said.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }
}
