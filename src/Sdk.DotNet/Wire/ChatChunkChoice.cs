using System.Text.Json;
using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>What a chunk adds to one answer.</summary>
public sealed record ChatChunkChoice
{
    /// <summary>To which of them.</summary>
    public int Index { get; init; }

    /// <summary>What is added.</summary>
    public ChatDelta? Delta { get; init; }

    /// <summary>In the last one: why it ended.</summary>
    [JsonPropertyName("finish_reason")]
    public string? FinishReason { get; init; }

    /// <summary>Everything else the provider said.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }
}
