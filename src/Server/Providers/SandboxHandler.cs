using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KeyPass.Server.Providers;

/// <summary>
/// A provider inside this process, in the place of a connection: it speaks OpenAI's and Anthropic's shapes, streamed or not, and fails on demand by
/// the model's name. Its host has no address, so that what passes it by goes nowhere. docs/how-to/sandbox.md has the list.
/// </summary>
internal sealed class SandboxHandler(TimeProvider clock) : HttpMessageHandler
{
    public const string Provider = "sandbox";
    public const string Origin = "https://sandbox.keypass.invalid";

    private static readonly TimeSpan SlowPause = TimeSpan.FromMilliseconds(200);

    /// <summary>It takes any key: this is what it is given where nobody chose one.</summary>
    public static ReadOnlySpan<byte> UsualSecret => "sandbox"u8;

    public static IReadOnlyList<string> Models { get; } =
        ["sandbox-ok", "sandbox-slow", SandboxAnswer.Long, "sandbox-cut", "sandbox-hang", "sandbox-401", "sandbox-429", "sandbox-500"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var call = new Call(request);
        var path = request.RequestUri!.AbsolutePath;
        if (request.Method == HttpMethod.Get && path == "/v1/models")
            return call.Json(HttpStatusCode.OK, call.IsAnthropic ? SandboxAnthropic.Models(Models) : SandboxOpenAi.Models(Models));
        if (request.Method == HttpMethod.Get && path.StartsWith("/v1/models/", StringComparison.Ordinal))
        {
            var named = path["/v1/models/".Length..];
            return !Models.Contains(named) ? call.NoModel(named)
                : call.Json(HttpStatusCode.OK, call.IsAnthropic ? SandboxAnthropic.Model(named) : SandboxOpenAi.Model(named));
        }
        if (request.Method != HttpMethod.Post || request.Content is null || !IsServed(path))
            return call.Fail(HttpStatusCode.NotFound, "The sandbox has no such address.", "invalid_request_error", "not_found_error", code: null);
        if (await ReadAsync(request.Content, cancellationToken) is not { } parsed)
            return call.Fail(HttpStatusCode.BadRequest, "The body is not a JSON object.", "invalid_request_error", "invalid_request_error", code: null);
        using (parsed)
        {
            var body = parsed.RootElement;
            if (!body.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.String)
                return call.Missing("model");
            return await FailAsync(call, path, model.GetString()!, cancellationToken) ?? Answer(call, path, body.Clone(), model.GetString()!);
        }
    }

    private static bool IsServed(string path) =>
        path is "/v1/chat/completions" or "/v1/responses" or "/v1/embeddings" or "/v1/messages" or "/v1/messages/count_tokens";

    private static async Task<JsonDocument?> ReadAsync(HttpContent content, CancellationToken cancel)
    {
        try
        {
            var parsed = JsonDocument.Parse(await content.ReadAsByteArrayAsync(cancel));
            if (parsed.RootElement.ValueKind == JsonValueKind.Object)
                return parsed;
            parsed.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<HttpResponseMessage?> FailAsync(Call call, string path, string model, CancellationToken cancel)
    {
        if (!Models.Contains(model))
            return call.NoModel(model);
        if (path == "/v1/messages/count_tokens")
            return null; // a client counts before it calls: the call is what is to fail
        switch (model)
        {
            case "sandbox-hang":
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
                return null;
            case "sandbox-401":
                return call.Fail(HttpStatusCode.Unauthorized, "The sandbox refuses this key, as asked for.", "invalid_request_error", "authentication_error",
                    "invalid_api_key");
            case "sandbox-429":
                var limited = call.Fail(HttpStatusCode.TooManyRequests, "The sandbox's limit is reached, as asked for.", "requests", "rate_limit_error",
                    "rate_limit_exceeded");
                limited.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(1));
                return limited;
            case "sandbox-500":
                return call.Fail(HttpStatusCode.InternalServerError, "The sandbox has failed, as asked for.", "server_error", "api_error", code: null);
            default:
                return null;
        }
    }

    private HttpResponseMessage Answer(Call call, string path, JsonElement body, string model)
    {
        if (path == "/v1/embeddings")
        {
            return body.TryGetProperty("input", out _)
                ? call.Json(HttpStatusCode.OK, SandboxOpenAi.Embeddings(body, model))
                : call.Missing("input");
        }
        var answer = SandboxAnswer.Of(body, model);
        if (path == "/v1/messages/count_tokens")
            return call.Json(HttpStatusCode.OK, SandboxAnthropic.Count(answer));
        var isStreamed = body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;
        if (isStreamed)
        {
            return call.Streamed(path switch
            {
                "/v1/responses" => Frames(SandboxOpenAi.ResponseEvents(answer, body)),
                "/v1/messages" => Frames(SandboxAnthropic.Events(answer)),
                _ => Frames(SandboxOpenAi.ChatEvents(answer, body)).Append("data: [DONE]\n\n"u8.ToArray()),
            }, "text/event-stream", model, clock);
        }
        var whole = path switch
        {
            "/v1/responses" => SandboxOpenAi.Response(answer, body),
            "/v1/messages" => SandboxAnthropic.Message(answer),
            _ => SandboxOpenAi.Chat(answer, body),
        };
        if (model is not ("sandbox-cut" or "sandbox-slow"))
            return call.Json(HttpStatusCode.OK, whole);
        return call.Streamed(Encoding.UTF8.GetBytes(whole.ToJsonString()).Chunk(100), "application/json", model, clock);
    }

    private static IEnumerable<byte[]> Frames(IEnumerable<(string? Event, JsonNode Data)> events) => events.Select(one =>
        Encoding.UTF8.GetBytes((one.Event is null ? "" : $"event: {one.Event}\n") + $"data: {one.Data.ToJsonString()}\n\n"));

    /// <summary>One request, and how it is answered.</summary>
    private sealed class Call(HttpRequestMessage request)
    {
        private readonly string _id = "req_" + SandboxAnswer.Hash(request.Method + request.RequestUri!.AbsolutePath);

        /// <summary>As everywhere: Anthropic's SDKs always send it, and nobody else does.</summary>
        public bool IsAnthropic { get; } =
            request.Headers.Contains("anthropic-version") || request.RequestUri!.AbsolutePath.StartsWith("/v1/messages", StringComparison.Ordinal);

        public HttpResponseMessage Json(HttpStatusCode status, JsonObject body)
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
            return Of(status, content, "application/json");
        }

        public HttpResponseMessage Fail(HttpStatusCode status, string sentence, string openAi, string anthropic, string? code) =>
            Json(status, IsAnthropic ? SandboxAnthropic.Error(sentence, anthropic, _id) : SandboxOpenAi.Error(sentence, openAi, code));

        public HttpResponseMessage Missing(string member) => Fail(
            HttpStatusCode.BadRequest, $"'{member}' is missing.", "invalid_request_error", "invalid_request_error", "missing_required_parameter");

        public HttpResponseMessage NoModel(string named) => Fail(HttpStatusCode.NotFound,
            $"The sandbox has no model '{(named.Length <= 40 ? named : "…")}': {string.Join(", ", Models)}.", "invalid_request_error", "not_found_error",
            "model_not_found");

        public HttpResponseMessage Streamed(IEnumerable<byte[]> pieces, string type, string model, TimeProvider clock)
        {
            var isCut = model == "sandbox-cut";
            var all = pieces.ToList();
            return Of(HttpStatusCode.OK, new StreamContent(new SandboxStream(
                isCut ? all.Take(all.Count / 2) : all, model == "sandbox-slow" ? SlowPause : TimeSpan.Zero, isCut, clock)), type);
        }

        private HttpResponseMessage Of(HttpStatusCode status, HttpContent content, string type)
        {
            content.Headers.ContentType = new MediaTypeHeaderValue(type) { CharSet = type == "text/event-stream" ? "utf-8" : null };
            var response = new HttpResponseMessage(status) { Content = content, RequestMessage = request };
            response.Headers.Add(IsAnthropic ? "request-id" : "x-request-id", _id);
            return response;
        }
    }
}
