using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Sdk.Tests;

/// <summary>Answers as the server gives them.</summary>
public static class Contract
{
    public const string Secret = "kp_cs_canary7f3a";
    public const string AccessToken = "kp_at_canary7f3a";
    public const string SessionId = "0190a0b0c0d07000800000000000ab01";
    public const string ConnectionId = "0190a0b0c0d07000800000000000ab02";
    public const string ChatRoute = "POST /v1/proxy/chat/completions";

    public static ChatRequest Chat { get; } = new() { Provider = "openai", Model = "gpt-4o", Messages = [ChatMessage.User("Say hello.")] };

    public static object Budget { get; } = new
    {
        of = "connection", limitNanoUsd = 10_000_000_000, spentNanoUsd = 10_000_000_000, reservedNanoUsd = 0, remainingNanoUsd = 0, neededNanoUsd = 1,
        resetsAt = "2026-12-01T00:00:00Z", modelsThatFit = Array.Empty<string>(),
    };

    public static string Chunk(string content, string? finish = null)
    {
        var choice = new JsonObject { ["index"] = 0, ["delta"] = new JsonObject { ["content"] = content }, ["finish_reason"] = finish };
        return $"data: {new JsonObject { ["id"] = "chatcmpl-1", ["model"] = "m", ["choices"] = new JsonArray(choice) }.ToJsonString()}\n\n";
    }

    /// <summary>The whole contract, each route with an answer that fits.</summary>
    public static async Task<Replay> StartAsync()
    {
        var replay = await Replay.StartAsync();
        replay.Always("POST /v1/link/sessions", Replay.Json(201, new
        {
            success = true,
            data = new
            {
                linkToken = "kp_lt_canary7f3a", linkSessionId = SessionId, hostedUrl = "https://keypass.example/link/abc#kp_lt_canary7f3a",
                expiresAt = "2026-11-21T18:30:00Z",
            },
        }));
        replay.Always($"GET /v1/link/sessions/{SessionId}", Replay.Success(new
        {
            linkSessionId = SessionId, status = "exchanged", outcome = "approved", exitReason = (string?)null, connectionId = ConnectionId,
            events = new[] { new { name = "created", at = "2026-11-21T18:00:00Z" } }, expiresAt = "2026-11-21T18:30:00Z",
        }));
        replay.Always("POST /v1/link/exchange", Replay.Success(new
        {
            accessToken = AccessToken, connectionId = ConnectionId, linkSessionId = SessionId, clientUserId = (string?)null,
            granted = new { providers = new[] { "openai", "anthropic" }, models = (string[]?)null, keys = 2 },
            budget = new { limitCents = 1000, period = "monthly", resetsAt = "2026-12-01T00:00:00Z" }, expiresAt = (string?)null,
        }));
        var connection = new
        {
            id = ConnectionId, status = "active", clientUserId = (string?)null, providers = new[] { "openai" }, models = (string[]?)null,
            budget = new { limitCents = 1000, spentNanoUsd = 4_000_000, remainingNanoUsd = 9_996_000_000, period = "monthly", resetsAt = (string?)null },
            expiresAt = (string?)null, updatedAt = "2026-11-21T18:00:00Z",
        };
        replay.Always("GET /v1/connections", Replay.Success(new { items = new[] { connection }, nextCursor = (string?)null }));
        replay.Always($"GET /v1/connections/{ConnectionId}", Replay.Success(connection));
        replay.Always($"GET /v1/connections/{ConnectionId}/usage", Replay.Success(new
        {
            items = new[] { new { model = "gpt-4o", calls = 1, inputTokens = 9, outputTokens = 2, costNanoUsd = 42_500 } },
        }));
        replay.Always(ChatRoute, context => AnswerChat(replay.Last)(context));
        return replay;
    }

    private static RequestDelegate AnswerChat(Heard heard)
    {
        var asked = heard.Json!;
        if ((string?)asked["model"] == "too-dear")
            return Replay.Refusal(402, "budget_exceeded", new { budget = Budget, updateUrl = "https://keypass.example/connections/1" });
        if ((bool?)asked["stream"] == true)
            return Replay.Streamed(Chunk("Hel"), Chunk("lo.", "stop"), "data: [DONE]\n\n");
        return Replay.Success(new
        {
            id = "chatcmpl-1", @object = "chat.completion", created = 1, model = "gpt-4o-2024-08-06", service_tier = "default",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = "Hello." }, finish_reason = "stop" } },
            usage = new { prompt_tokens = 9, completion_tokens = 2, total_tokens = 11 },
        });
    }
}
