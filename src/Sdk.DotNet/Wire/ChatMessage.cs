using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>A message of a chat, in OpenAI's form.</summary>
public sealed record ChatMessage
{
    /// <summary><c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>.</summary>
    public required string Role { get; init; }

    /// <summary>A text, or a list of parts.</summary>
    public JsonNode? Content { get; init; }

    /// <summary>Whatever else the provider takes or says: <c>tool_calls</c>, <c>name</c>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }

    /// <summary>The content where it is a text.</summary>
    [JsonIgnore]
    public string? Text => Content is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>What the user says.</summary>
    public static ChatMessage User(string text) => new() { Role = "user", Content = text };

    /// <summary>What the model said.</summary>
    public static ChatMessage Assistant(string text) => new() { Role = "assistant", Content = text };

    /// <summary>What the model is told of its task.</summary>
    public static ChatMessage System(string text) => new() { Role = "system", Content = text };
}
