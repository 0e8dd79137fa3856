using System.Text.Json;
using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>The provider's own answer; members without a property are in <see cref="Other"/>.</summary>
public sealed record ChatCompletion
{
    /// <summary>The provider's id of it.</summary>
    public string Id { get; set; } = "";

    /// <summary>The model that served.</summary>
    public string Model { get; set; } = "";

    /// <summary>The answers; one unless more were asked for.</summary>
    public IReadOnlyList<ChatChoice> Choices { get; set; } = [];

    /// <summary>What the provider counted.</summary>
    public ChatUsage? Usage { get; init; }

    /// <summary>Everything else the provider said.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }

    /// <summary>The first answer's text.</summary>
    [JsonIgnore]
    public string? Text => Choices is [var first, ..] ? first.Message.Text : null;
}
