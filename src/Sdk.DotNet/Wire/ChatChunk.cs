using System.Text.Json;
using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>A piece of a streamed answer.</summary>
public sealed record ChatChunk
{
    /// <summary>The provider's id of the answer.</summary>
    public string Id { get; set; } = "";

    /// <summary>The model that serves.</summary>
    public string Model { get; set; } = "";

    /// <summary>What is added; empty in a chunk that only carries the usage.</summary>
    public IReadOnlyList<ChatChunkChoice> Choices { get; set; } = [];

    /// <summary>In the last chunk, where the provider counts.</summary>
    public ChatUsage? Usage { get; init; }

    /// <summary>Everything else the provider said.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }

    /// <summary>What is added to the first answer's text.</summary>
    [JsonIgnore]
    public string? Text => Choices is [var first, ..] ? first.Delta?.Text : null;
}
