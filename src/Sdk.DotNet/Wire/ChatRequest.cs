using System.Text.Json;
using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>A chat with any provider, in OpenAI's words.</summary>
public sealed record ChatRequest
{
    /// <summary>E.g. <c>openai</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The provider's name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>What was said until now.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Whatever else the provider takes: <c>temperature</c>, <c>tools</c>, <c>max_tokens</c>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }

    /// <summary>Set by the call that is made.</summary>
    [JsonInclude]
    internal bool? Stream { get; init; }
}
