using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KeyPass.Server.Providers;

/// <summary>The sandbox's answers in OpenAI's shapes.</summary>
internal static class SandboxOpenAi
{
    /// <summary>Any moment, the same for ever: the same request has the same answer.</summary>
    private const long Created = 1_760_000_000;

    private const int UsualDimensions = 8;
    private const int MostDimensions = 3072;

    public static JsonObject Error(string sentence, string type, string? code) => new()
    {
        ["error"] = new JsonObject { ["message"] = sentence, ["type"] = type, ["param"] = null, ["code"] = code },
    };

    public static JsonObject Model(string id) => new() { ["id"] = id, ["object"] = "model", ["created"] = Created, ["owned_by"] = "keypass" };

    public static JsonObject Models(IEnumerable<string> ids) => new()
    {
        ["object"] = "list", ["data"] = new JsonArray([.. ids.Select(Model)]),
    };

    public static JsonObject Chat(SandboxAnswer answer, JsonElement body) => Completion(answer, body, "chat.completion", new JsonObject
    {
        ["index"] = 0,
        ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = answer.Text, ["refusal"] = null },
        ["logprobs"] = null,
        ["finish_reason"] = Finish(answer),
    }, ChatUsage(answer));

    public static IEnumerable<(string? Event, JsonNode Data)> ChatEvents(SandboxAnswer answer, JsonElement body)
    {
        var counts = body.TryGetProperty("stream_options", out var options) && options.ValueKind == JsonValueKind.Object
            && options.TryGetProperty("include_usage", out var asked) && asked.ValueKind == JsonValueKind.True;
        yield return (null, Chunk(new JsonObject { ["role"] = "assistant", ["content"] = "", ["refusal"] = null }, null));
        foreach (var piece in answer.Pieces())
            yield return (null, Chunk(new JsonObject { ["content"] = piece }, null));
        yield return (null, Chunk([], Finish(answer)));
        if (counts)
            yield return (null, Completion(answer, body, "chat.completion.chunk", choice: null, ChatUsage(answer)));

        JsonObject Chunk(JsonObject delta, string? finish)
        {
            var choice = new JsonObject { ["index"] = 0, ["delta"] = delta, ["logprobs"] = null, ["finish_reason"] = finish };
            var chunk = Completion(answer, body, "chat.completion.chunk", choice, usage: null);
            if (!counts)
                chunk.Remove("usage");
            return chunk;
        }
    }

    public static JsonObject Response(SandboxAnswer answer, JsonElement body) => ResponseOf(answer, body, isDone: true);

    public static IEnumerable<(string? Event, JsonNode Data)> ResponseEvents(SandboxAnswer answer, JsonElement body)
    {
        var number = 0;
        yield return Event("response.created", ("response", ResponseOf(answer, body, isDone: false)));
        yield return Event("response.in_progress", ("response", ResponseOf(answer, body, isDone: false)));
        yield return Event("response.output_item.added", ("output_index", 0), ("item", Item(answer, isDone: false)));
        yield return Event("response.content_part.added", ("item_id", $"msg_{answer.Id}"), ("output_index", 0), ("content_index", 0), ("part", Part("")));
        foreach (var piece in answer.Pieces())
        {
            yield return Event("response.output_text.delta", ("item_id", $"msg_{answer.Id}"), ("output_index", 0), ("content_index", 0), ("delta", piece),
                ("logprobs", new JsonArray()));
        }
        yield return Event("response.output_text.done", ("item_id", $"msg_{answer.Id}"), ("output_index", 0), ("content_index", 0), ("text", answer.Text),
            ("logprobs", new JsonArray()));
        yield return Event("response.content_part.done", ("item_id", $"msg_{answer.Id}"), ("output_index", 0), ("content_index", 0),
            ("part", Part(answer.Text)));
        yield return Event("response.output_item.done", ("output_index", 0), ("item", Item(answer, isDone: true)));
        yield return Event(answer.IsCutShort ? "response.incomplete" : "response.completed", ("response", Response(answer, body)));

        (string?, JsonNode) Event(string name, params (string Name, JsonNode Value)[] members)
        {
            var data = new JsonObject { ["type"] = name, ["sequence_number"] = number++ };
            foreach (var (member, value) in members)
                data[member] = value;
            return (name, data);
        }
    }

    /// <summary>Numbers out of the text's hash; as base64 where the client asks so, which OpenAI's own SDKs do.</summary>
    public static JsonObject Embeddings(JsonElement body, string model)
    {
        var input = body.GetProperty("input");
        var inputs = input.ValueKind == JsonValueKind.Array ? input.EnumerateArray().Select(Text).ToArray() : [Text(input)];
        var size = body.TryGetProperty("dimensions", out var asked) && asked.ValueKind == JsonValueKind.Number && asked.TryGetInt32(out var given)
            ? Math.Clamp(given, 1, MostDimensions)
            : UsualDimensions;
        var asBase64 = body.TryGetProperty("encoding_format", out var format) && format.ValueKind == JsonValueKind.String && format.ValueEquals("base64");
        var tokens = inputs.Sum(SandboxAnswer.Tokens);
        return new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. inputs.Select((text, index) => new JsonObject
            {
                ["object"] = "embedding",
                ["index"] = index,
                ["embedding"] = asBase64 ? Packed(Vector(text, size)) : new JsonArray([.. Vector(text, size).Select(one => JsonValue.Create(one))]),
            })]),
            ["model"] = model,
            ["usage"] = new JsonObject { ["prompt_tokens"] = tokens, ["total_tokens"] = tokens },
        };

        static string Text(JsonElement one) => one.ValueKind == JsonValueKind.String ? one.GetString()! : one.GetRawText();
    }

    private static JsonObject Completion(SandboxAnswer answer, JsonElement body, string kind, JsonObject? choice, JsonObject? usage) => new()
    {
        ["id"] = $"chatcmpl-{answer.Id}",
        ["object"] = kind,
        ["created"] = Created,
        ["model"] = answer.Model,
        ["choices"] = choice is null ? [] : new JsonArray(choice),
        ["usage"] = usage,
        ["service_tier"] = Tier(body),
        ["system_fingerprint"] = "fp_sandbox",
    };

    private static JsonObject ChatUsage(SandboxAnswer answer) => new()
    {
        ["prompt_tokens"] = answer.InputTokens,
        ["completion_tokens"] = answer.OutputTokens,
        ["total_tokens"] = answer.InputTokens + answer.OutputTokens,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = 0, ["audio_tokens"] = 0 },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0, ["audio_tokens"] = 0 },
    };

    private static JsonObject ResponseOf(SandboxAnswer answer, JsonElement body, bool isDone) => new()
    {
        ["id"] = $"resp_{answer.Id}",
        ["object"] = "response",
        ["created_at"] = Created,
        ["status"] = !isDone ? "in_progress" : answer.IsCutShort ? "incomplete" : "completed",
        ["error"] = null,
        ["incomplete_details"] = isDone && answer.IsCutShort ? new JsonObject { ["reason"] = "max_output_tokens" } : null,
        ["instructions"] = null,
        ["model"] = answer.Model,
        ["output"] = isDone ? new JsonArray(Item(answer, isDone: true)) : [],
        ["parallel_tool_calls"] = true,
        ["service_tier"] = Tier(body),
        ["tool_choice"] = "auto",
        ["tools"] = new JsonArray(),
        ["usage"] = !isDone ? null : new JsonObject
        {
            ["input_tokens"] = answer.InputTokens,
            ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = 0 },
            ["output_tokens"] = answer.OutputTokens,
            ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0 },
            ["total_tokens"] = answer.InputTokens + answer.OutputTokens,
        },
        ["metadata"] = new JsonObject(),
    };

    private static JsonObject Item(SandboxAnswer answer, bool isDone) => new()
    {
        ["id"] = $"msg_{answer.Id}",
        ["type"] = "message",
        ["status"] = !isDone ? "in_progress" : answer.IsCutShort ? "incomplete" : "completed",
        ["role"] = "assistant",
        ["content"] = isDone ? new JsonArray(Part(answer.Text)) : [],
    };

    private static JsonObject Part(string text) => new()
    {
        ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray(), ["logprobs"] = new JsonArray(),
    };

    private static string Finish(SandboxAnswer answer) => answer.IsCutShort ? "length" : "stop";

    /// <summary>What is asked for is what serves.</summary>
    private static string Tier(JsonElement body) =>
        body.TryGetProperty("service_tier", out var asked) && asked.ValueKind == JsonValueKind.String && asked.GetString() is "flex" or "priority"
            ? asked.GetString()!
            : "default";

    private static IEnumerable<float> Vector(string text, int size) => Enumerable.Range(0, size).Select(index =>
        int.Parse(SandboxAnswer.Hash(string.Create(CultureInfo.InvariantCulture, $"{index} {text}"))[..4], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        / 32768f - 1f);

    private static string Packed(IEnumerable<float> vector)
    {
        var numbers = vector.ToArray();
        var bytes = new byte[numbers.Length * sizeof(float)];
        for (var index = 0; index < numbers.Length; index++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * sizeof(float)), numbers[index]);
        return Convert.ToBase64String(bytes);
    }
}
