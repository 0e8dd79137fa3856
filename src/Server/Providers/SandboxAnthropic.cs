using System.Text.Json.Nodes;

namespace KeyPass.Server.Providers;

/// <summary>The sandbox's answers in Anthropic's shapes.</summary>
internal static class SandboxAnthropic
{
    /// <summary>What the vendor's streams begin with: a number that stands for none yet.</summary>
    private const long OutputAtStart = 1;

    public static JsonObject Error(string sentence, string type, string requestId) => new()
    {
        ["type"] = "error", ["error"] = new JsonObject { ["type"] = type, ["message"] = sentence }, ["request_id"] = requestId,
    };

    public static JsonObject Model(string id) => new()
    {
        ["type"] = "model", ["id"] = id, ["display_name"] = id, ["created_at"] = "2025-10-09T00:00:00Z",
    };

    public static JsonObject Models(IReadOnlyList<string> ids) => new()
    {
        ["data"] = new JsonArray([.. ids.Select(Model)]), ["has_more"] = false, ["first_id"] = ids[0], ["last_id"] = ids[^1],
    };

    public static JsonObject Message(SandboxAnswer answer)
    {
        var message = Begun(answer, answer.OutputTokens);
        message["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = answer.Text });
        message["stop_reason"] = Stop(answer);
        return message;
    }

    public static IEnumerable<(string? Event, JsonNode Data)> Events(SandboxAnswer answer)
    {
        yield return Event("message_start", ("message", Begun(answer, OutputAtStart)));
        yield return Event("content_block_start", ("index", 0), ("content_block", new JsonObject { ["type"] = "text", ["text"] = "" }));
        yield return Event("ping");
        foreach (var piece in answer.Pieces())
            yield return Event("content_block_delta", ("index", 0), ("delta", new JsonObject { ["type"] = "text_delta", ["text"] = piece }));
        yield return Event("content_block_stop", ("index", 0));
        yield return Event("message_delta", ("delta", new JsonObject { ["stop_reason"] = Stop(answer), ["stop_sequence"] = null }),
            ("usage", Usage(answer, answer.OutputTokens)));
        yield return Event("message_stop");
    }

    public static JsonObject Count(SandboxAnswer answer) => new() { ["input_tokens"] = answer.InputTokens };

    private static JsonObject Begun(SandboxAnswer answer, long outputTokens)
    {
        var usage = Usage(answer, outputTokens);
        usage["cache_creation"] = new JsonObject { ["ephemeral_5m_input_tokens"] = 0, ["ephemeral_1h_input_tokens"] = 0 };
        usage["service_tier"] = "standard";
        return new JsonObject
        {
            ["id"] = $"msg_{answer.Id}",
            ["type"] = "message",
            ["role"] = "assistant",
            ["model"] = answer.Model,
            ["content"] = new JsonArray(),
            ["stop_reason"] = null,
            ["stop_sequence"] = null,
            ["usage"] = usage,
        };
    }

    private static JsonObject Usage(SandboxAnswer answer, long outputTokens) => new()
    {
        ["input_tokens"] = answer.InputTokens,
        ["cache_creation_input_tokens"] = 0,
        ["cache_read_input_tokens"] = 0,
        ["output_tokens"] = outputTokens,
    };

    private static string Stop(SandboxAnswer answer) => answer.IsCutShort ? "max_tokens" : "end_turn";

    private static (string?, JsonNode) Event(string name, params (string Name, JsonNode Value)[] members)
    {
        var data = new JsonObject { ["type"] = name };
        foreach (var (member, value) in members)
            data[member] = value;
        return (name, data);
    }
}
