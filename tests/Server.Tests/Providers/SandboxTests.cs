using System.Net;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Providers;

/// <summary>The provider inside the server: the shapes that the vendors' own SDKs read, byte for byte the same on every run.</summary>
public sealed class SandboxTests : IDisposable
{
    private const string Hello = """{"model":"sandbox-ok","messages":[{"role":"user","content":"Hello there"}]}""";

    /// <summary>11 bytes said are 3 tokens, and 78 answered 20.</summary>
    private const string Answer = "This is sandbox-ok of the KeyPass sandbox, and no model. You said: Hello there";

    private readonly HttpMessageInvoker _sandbox = new(new SandboxHandler(new TurnedClock()));

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_chat_completion_has_OpenAIs_shape_to_the_byte()
    {
        using var answer = await PostAsync("/v1/chat/completions", Hello);

        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("""
            {"id":"chatcmpl-HASH","object":"chat.completion","created":1760000000,"model":"sandbox-ok",
            "choices":[{"index":0,"message":{"role":"assistant","content":"ANSWER","refusal":null},"logprobs":null,"finish_reason":"stop"}],
            "usage":{"prompt_tokens":3,"completion_tokens":20,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},
            "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_sandbox"}
            """.Replace("\n", "", StringComparison.Ordinal), await ShownAsync(answer));
    }

    [Fact]
    public async Task A_message_has_Anthropics_shape_to_the_byte()
    {
        using var answer = await PostAsync("/v1/messages", Hello);

        Assert.Equal("""
            {"id":"msg_HASH","type":"message","role":"assistant","model":"sandbox-ok","content":[{"type":"text","text":"ANSWER"}],
            "stop_reason":"end_turn","stop_sequence":null,
            "usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":20,
            "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"service_tier":"standard"}}
            """.Replace("\n", "", StringComparison.Ordinal), await ShownAsync(answer));
    }

    [Fact]
    public async Task A_streamed_chat_ends_with_its_usage_where_that_is_asked_for_and_with_DONE()
    {
        var events = await EventsAsync("/v1/chat/completions", Hello[..^1] + ""","stream":true,"stream_options":{"include_usage":true}}""");

        Assert.All(events, one => Assert.Null(one.Event));
        Assert.Equal("[DONE]", events[^1].Data);
        var chunks = events[..^1].Select(one => JsonDocument.Parse(one.Data).RootElement).ToList();
        Assert.All(chunks[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal(20, chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        var deltas = chunks[..^2].Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"));
        Assert.Equal(Answer, string.Concat(deltas.Select(delta => delta.GetProperty("content").GetString())));
        Assert.Single(chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task A_streamed_chat_says_nothing_of_usage_where_nobody_asked()
    {
        var events = await EventsAsync("/v1/chat/completions", Hello[..^1] + ""","stream":true}""");

        Assert.DoesNotContain(events, one => one.Data.Contains("usage", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_streamed_response_is_numbered_and_ends_completed_with_its_usage()
    {
        var events = await EventsAsync("/v1/responses", """{"model":"sandbox-ok","input":"Hello there","stream":true}""");

        var data = events.Select(one => JsonDocument.Parse(one.Data).RootElement).ToList();
        Assert.Equal(events.Select(one => one.Event), data.Select(one => one.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(0, data.Count), data.Select(one => one.GetProperty("sequence_number").GetInt32()));
        Assert.Equal("response.created", events[0].Event);
        Assert.Equal("response.completed", events[^1].Event);
        var deltas = data.Where(one => one.GetProperty("type").GetString() == "response.output_text.delta");
        Assert.Equal(Answer, string.Concat(deltas.Select(one => one.GetProperty("delta").GetString())));
        var response = data[^1].GetProperty("response");
        Assert.Equal(Answer, response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal((3, 20), (Number(response, "input_tokens"), Number(response, "output_tokens")));
        Assert.Equal(response.ToString(), await BodyAsync("/v1/responses", """{"model":"sandbox-ok","input":"Hello there"}"""));
    }

    [Fact]
    public async Task A_streamed_message_has_Anthropics_events_in_their_order()
    {
        var events = await EventsAsync("/v1/messages", Hello[..^1] + ""","max_tokens":1000,"stream":true}""");

        Assert.Equal(["message_start", "content_block_start", "ping"], events[..3].Select(one => one.Event));
        Assert.Equal(["content_block_stop", "message_delta", "message_stop"], events[^3..].Select(one => one.Event));
        Assert.All(events[3..^3], one => Assert.Equal("content_block_delta", one.Event));
        var data = events.Select(one => JsonDocument.Parse(one.Data).RootElement).ToList();
        Assert.Equal(1, Number(data[0].GetProperty("message"), "output_tokens")); // a placeholder, as the vendor's is
        Assert.Equal((3, 20), (Number(data[^2], "input_tokens"), Number(data[^2], "output_tokens")));
        Assert.Equal(Answer, string.Concat(data[3..^3].Select(one => one.GetProperty("delta").GetProperty("text").GetString())));
    }

    [Theory]
    [InlineData("/v1/chat/completions", "max_tokens", "\"finish_reason\":\"length\"", "\"completion_tokens\":5")]
    [InlineData("/v1/chat/completions", "max_completion_tokens", "\"finish_reason\":\"length\"", "\"completion_tokens\":5")]
    [InlineData("/v1/messages", "max_tokens", "\"stop_reason\":\"max_tokens\"", "\"output_tokens\":5")]
    [InlineData("/v1/responses", "max_output_tokens", "\"status\":\"incomplete\"", "\"output_tokens\":5")]
    public async Task The_limit_of_the_request_is_kept(string path, string member, string reason, string count)
    {
        var said = await BodyAsync(path, Hello[..^1] + $",\"{member}\":5}}");

        Assert.Contains(reason, said, StringComparison.Ordinal);
        Assert.Contains(count, said, StringComparison.Ordinal);
        Assert.Contains("\"This is sandbox-ok o\"", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_are_numbers_or_the_same_numbers_packed()
    {
        var plain = JsonDocument.Parse(await BodyAsync("/v1/embeddings", """{"model":"sandbox-ok","input":["a","Hello there"]}""")).RootElement;
        var packed = JsonDocument.Parse(await BodyAsync("/v1/embeddings",
            """{"model":"sandbox-ok","input":["a","Hello there"],"encoding_format":"base64"}""")).RootElement;

        Assert.Equal(4, Number(plain, "prompt_tokens"));
        for (var index = 0; index < 2; index++)
        {
            var numbers = plain.GetProperty("data")[index].GetProperty("embedding").EnumerateArray().Select(one => one.GetSingle()).ToArray();
            Assert.Equal(8, numbers.Length);
            var bytes = packed.GetProperty("data")[index].GetProperty("embedding").GetBytesFromBase64();
            Assert.Equal(numbers, Enumerable.Range(0, 8).Select(at => BitConverter.ToSingle(bytes, at * 4)));
        }
    }

    [Fact]
    public async Task Models_are_listed_in_either_shape_and_every_one_has_a_price()
    {
        using var openAi = await _sandbox.SendAsync(new HttpRequestMessage(HttpMethod.Get, SandboxHandler.Origin + "/v1/models"), default);
        using var anthropic = await _sandbox.SendAsync(Anthropic(HttpMethod.Get, "/v1/models"), default);

        foreach (var (answer, kind) in new[] { (openAi, "object"), (anthropic, "type") })
        {
            var data = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("data").EnumerateArray().ToList();
            Assert.Equal(SandboxHandler.Models, data.Select(model => model.GetProperty("id").GetString()));
            Assert.All(data, model => Assert.Equal("model", model.GetProperty(kind).GetString()));
        }
        Assert.All(SandboxHandler.Models, model => Assert.NotNull(PriceBook.Catalogue.Find("sandbox", model, DateTimeOffset.UnixEpoch)));
        using var one = await _sandbox.SendAsync(new HttpRequestMessage(HttpMethod.Get, SandboxHandler.Origin + "/v1/models/sandbox-ok"), default);
        using var none = await _sandbox.SendAsync(new HttpRequestMessage(HttpMethod.Get, SandboxHandler.Origin + "/v1/models/gpt-5"), default);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (one.StatusCode, none.StatusCode));
    }

    [Theory]
    [InlineData("sandbox-401", 401, "invalid_api_key", "authentication_error")]
    [InlineData("sandbox-429", 429, "rate_limit_exceeded", "rate_limit_error")]
    [InlineData("sandbox-500", 500, "server_error", "api_error")]
    [InlineData("gpt-5", 404, "model_not_found", "not_found_error")]
    public async Task A_model_fails_as_its_name_says_in_the_shape_of_the_route(string model, int status, string openAi, string anthropic)
    {
        var body = Hello.Replace("sandbox-ok", model, StringComparison.Ordinal);

        using var one = await PostAsync("/v1/chat/completions", body);
        using var other = await PostAsync("/v1/messages", body);

        Assert.Equal((status, status), ((int)one.StatusCode, (int)other.StatusCode));
        Assert.Contains($"\"{openAi}\"", await one.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var error = JsonDocument.Parse(await other.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(("error", anthropic), (error.GetProperty("type").GetString(), error.GetProperty("error").GetProperty("type").GetString()));
        Assert.Equal(status == 429, one.Headers.RetryAfter is not null);
    }

    [Theory]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/messages", true)]
    [InlineData("/v1/responses", true)]
    public async Task An_answer_that_is_cut_begins_well_and_breaks_off(string path, bool streamed)
    {
        var body = Hello.Replace("sandbox-ok", "sandbox-cut", StringComparison.Ordinal)[..^1] + (streamed ? ""","stream":true}""" : "}");
        using var answer = await PostAsync(path, body);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var read = new MemoryStream();

        await Assert.ThrowsAsync<HttpIOException>(() => stream.CopyToAsync(read));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var text = Encoding.UTF8.GetString(read.ToArray());
        Assert.Contains("sandbox-cut", text, StringComparison.Ordinal);
        foreach (var end in new[] { "[DONE]", "message_stop", "response.completed", "finish_reason\":\"stop" })
            Assert.DoesNotContain(end, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_hangs_answers_nothing_until_the_caller_gives_up()
    {
        using var patience = new CancellationTokenSource();
        var asking = _sandbox.SendAsync(Request("/v1/chat/completions", Hello.Replace("sandbox-ok", "sandbox-hang", StringComparison.Ordinal)), patience.Token);

        Assert.False(asking.IsCompleted);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task A_slow_stream_brings_one_event_a_read_and_stops_when_the_caller_does()
    {
        using var answer = await PostAsync("/v1/messages", Hello.Replace("sandbox-ok", "sandbox-slow", StringComparison.Ordinal)[..^1] + ""","stream":true}""");
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var room = new byte[64 * 1024];
        var first = Encoding.UTF8.GetString(room, 0, await stream.ReadAsync(room));
        using var patience = new CancellationTokenSource();
        var next = stream.ReadAsync(room, patience.Token).AsTask();

        await patience.CancelAsync();

        Assert.StartsWith("event: message_start\n", first, StringComparison.Ordinal);
        Assert.Single(first.Split("\n\n", StringSplitOptions.RemoveEmptyEntries));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task A_long_answer_is_long_and_counting_tells_what_the_call_will()
    {
        var whole = JsonDocument.Parse(await BodyAsync("/v1/messages", Hello.Replace("sandbox-ok", "sandbox-long", StringComparison.Ordinal))).RootElement;
        var counted = JsonDocument.Parse(await BodyAsync("/v1/messages/count_tokens", Hello)).RootElement;

        Assert.InRange(Number(whole, "output_tokens"), 3000, 4096);
        Assert.Equal(3, counted.GetProperty("input_tokens").GetInt32());
    }

    [Theory]
    [InlineData("/v1/chat/completions", "not json", 400)]
    [InlineData("/v1/chat/completions", "[]", 400)]
    [InlineData("/v1/chat/completions", "{}", 400)]
    [InlineData("/v1/messages", """{"model":7}""", 400)]
    [InlineData("/v1/embeddings", """{"model":"sandbox-ok"}""", 400)]
    [InlineData("/v1/audio/speech", Hello, 404)]
    public async Task What_it_cannot_read_or_does_not_have_it_says(string path, string body, int status)
    {
        using var answer = await PostAsync(path, body);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.True(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.TryGetProperty("error", out _));
    }

    private static HttpRequestMessage Request(string path, string body) =>
        new(HttpMethod.Post, SandboxHandler.Origin + path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    private static HttpRequestMessage Anthropic(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, SandboxHandler.Origin + path);
        request.Headers.Add("anthropic-version", "2026-10-21");
        return request;
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body) => _sandbox.SendAsync(Request(path, body), default);

    private async Task<string> BodyAsync(string path, string body)
    {
        using var answer = await PostAsync(path, body);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<List<(string? Event, string Data)>> EventsAsync(string path, string body)
    {
        using var answer = await PostAsync(path, body);
        Assert.Equal("text/event-stream; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var text = await answer.Content.ReadAsStringAsync();
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return
        [
            .. from frame in text[..^2].Split("\n\n")
               let lines = frame.Split('\n')
               select lines is [var name, var data] ? (name["event: ".Length..], data["data: ".Length..]) : ((string?)null, lines.Single()["data: ".Length..]),
        ];
    }

    /// <summary>What depends on the request, by name.</summary>
    private static async Task<string> ShownAsync(HttpResponseMessage answer) =>
        System.Text.RegularExpressions.Regex.Replace(await answer.Content.ReadAsStringAsync(), "[0-9a-f]{16}", "HASH")
            .Replace(Answer, "ANSWER", StringComparison.Ordinal);

    private static int Number(JsonElement parent, string name) => parent.GetProperty("usage").GetProperty(name).GetInt32();
}
