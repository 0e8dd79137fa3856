using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>A body says one thing to everybody who reads it, or it is not sent on.</summary>
public sealed class BodyAttackTests(TestCluster cluster)
{
    private static readonly object Mini = new { models = new[] { "gpt-4o-mini*" } };

    private static readonly string[] Scraps =
    [
        "\"model\":\"gpt-4o\",", "\"mod\\u0065l\":\"gpt-4o\",", "\"Model\":\"gpt-4o\",", "\"MODEL\":\"gpt-4o\",", "\"model \":\"gpt-4o\",",
        "\"models\":[\"gpt-4o\"],",
        "\"model\":\"gpt-4o-mini\",", "\"fallbacks\":[{\"model\":\"gpt-4o\"}],", "\"x\":{\"model\":\"gpt-4o\"},", "\"metadata\":{\"model\":\"a\"},",
        "\"a\":1,", "\"a\":[],",
        "\"api_base\":\"https://evil.example\",", "\"base_url\":\"https://evil.example\",", "\"extra_headers\":{\"a\":\"b\"},", "\"organization\":\"o\",",
        "\"api_key\":\"sk-x\",", "\"\\u0061pi_key\":\"sk-x\",", "\"litellm_params\":{\"api_base\":\"x\"},", "\"user\":\"u\",", "\"n\":1e3,",
        "\"max_tokens\":-1,", "\"n\":2,",
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\u0000", "\uFEFF", "//", "/*", "\\ud800", "null", "NaN", " ", "\n", "\t",
    ];

    [Fact]
    public async Task Bodies_of_chance_reach_the_provider_only_where_every_reader_finds_the_allowed_model_in_them()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: Mini);
        run.Answers(Calls.Said);
        var draws = new Draws(12);
        var bodies = Enumerable.Range(0, Rounds.Of(800, inLongRuns: 20_000)).Select(_ => Odd(draws)).ToList();
        var served = 0;

        await Calls.EachAsync(bodies, async body =>
        {
            using var answer = await run.PostAsync("/v1/chat/completions", body);
            Assert.True((int)answer.StatusCode is 200 or 400 or 403, $"{answer.StatusCode} for {body}");
            Interlocked.Add(ref served, (int)answer.StatusCode == 200 ? 1 : 0);
        });

        Assert.InRange(served, bodies.Count / 20, bodies.Count - 1);
        Assert.Equal(served, run.Provider.Requests.Count);
        Assert.All(run.Provider.Requests, asked =>
        {
            Assert.Contains(asked.Text, bodies);
            var read = JsonDocument.Parse(asked.Body, new JsonDocumentOptions { AllowDuplicateProperties = true }).RootElement;
            var named = read.EnumerateObject().Where(member => member.Name.Trim().Equals("model", StringComparison.OrdinalIgnoreCase)).ToList();
            Assert.StartsWith("gpt-4o-mini", Assert.Single(named).Value.GetString(), StringComparison.Ordinal);
            foreach (var name in new[] { "api_base", "base_url", "extra_headers", "organization", "api_key", "litellm_params", "models", "fallbacks" })
                Assert.False(read.TryGetProperty(name, out _), name);
        });
    }

    [Theory]
    [InlineData("/v1/chat/completions?model=gpt-4o-mini", """{"model":"gpt-4o","messages":[]}""")]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o ","messages":[]}""")]
    [InlineData("/v1/chat/completions", """{"model":"openai/gpt-4o-mini","messages":[]}""")]
    [InlineData("/v1/chat/completions", """{"model":"GPT-4o-mini","messages":[]}""")]
    [InlineData("/v1/chat/completions", """{"model":"*","messages":[]}""")]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o-mini*,gpt-4o","models":["gpt-4o-mini*","x"],"messages":[]}""")]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o-mini","fallbacks":[{"model":"gpt-4o"}],"messages":[]}""")]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o-mini","fallbacks":["gpt-4o"],"messages":[]}""")]
    [InlineData("/v1/responses", """{"model":"gpt-4o-mini","tools":[{"type":"image_generation","model":"gpt-image-1"}],"input":"a"}""")]
    [InlineData("/openai/v1/chat/completions", """{"model":"ft:gpt-4o-mini","messages":[]}""")]
    [InlineData("/v1/proxy/passthrough/openai/v1/chat/completions", """{"model":"gpt-4o","messages":[]}""")]
    [InlineData("/v1/embeddings", """{"model":"text-embedding-3-small","input":"a"}""")]
    public async Task A_model_outside_the_scope_is_refused_by_whichever_road(string path, string body)
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: Mini);

        using var refused = await run.PostAsync(path, body);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("model_not_allowed", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(run.Provider.Connections);
    }

    [Fact]
    public async Task A_model_in_the_path_is_held_to_the_scope_and_so_is_one_in_the_body_beside_it()
    {
        await using var run = await GatewayRun.StartAsync(cluster, "google", new { models = new[] { "gemini-3-flash" } });

        foreach (var (path, body) in new[]
        {
            ("/v1beta/models/gemini-3-pro:generateContent", """{"contents":[]}"""),
            ("/v1beta/models/gemini-3-pro:generateContent", """{"model":"gemini-3-flash","contents":[]}"""),
            ("/v1beta/models/gemini-3-flash:generateContent", """{"model":"gemini-3-pro","contents":[]}"""),
            ("/v1beta/models/GEMINI-3-flash:generateContent", """{"contents":[]}"""),
            ("/v1beta/models/gemini-3-flash:batchEmbedContents", """{"requests":[{"model":"models/gemini-3-pro"}]}"""),
        })
        {
            using var refused = await run.PostAsync(path, body);
            Assert.True(refused.StatusCode == HttpStatusCode.Forbidden, $"{refused.StatusCode} for {path} {body}");
        }
        Assert.Empty(run.Provider.Connections);
        foreach (var body in new[] { """{"model":"models/gemini-3-flash","contents":[]}""", """{"contents":[]}""" })
        {
            using var served = await run.PostAsync("/v1beta/models/gemini-3-flash:generateContent", body);
            Assert.True(served.StatusCode == HttpStatusCode.OK, await served.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("/v1/responses", """{"model":"gpt-4o-mini","input":"a","previous_response_id":"resp_1"}""", "previous_response_id")]
    [InlineData("/v1/responses", """{"model":"gpt-4o-mini","input":"a","background":true}""", "background")]
    [InlineData("/v1/responses", """{"model":"gpt-4o-mini","prompt":{"id":"pmpt_1"}}""", "prompt")]
    [InlineData("/v1/responses", """{"model":"gpt-4o-mini","conversation":"conv_1","input":"a"}""", "conversation")]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o-mini","messages":[{"content":[{"type":"file","file":{"file_id":"file-1"}}]}]}""", "file_id")]
    public async Task What_another_key_may_have_left_in_the_provider_account_is_not_reached_through_a_body(string path, string body, string named)
    {
        await using var run = await GatewayRun.StartAsync(cluster);

        using var refused = await run.PostAsync(path, body);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal("route_not_allowed", error.GetProperty("code").GetString());
        Assert.Equal(named, error.GetProperty("param").GetString());
        Assert.Empty(run.Provider.Connections);
        Assert.Equal("route_not_allowed", (await run.ReceiptAsync(refused)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("anthropic", "/v1/messages", """{"model":"claude-haiku-4-5","max_tokens":1,"container":"container_1","messages":[]}""")]
    [InlineData("google", "/v1beta/models/gemini-3-pro:generateContent", """{"cachedContent":"cachedContents/1","contents":[]}""")]
    public async Task Neither_is_it_at_other_providers(string provider, string path, string body)
    {
        await using var run = await GatewayRun.StartAsync(cluster, provider);

        using var refused = await run.PostAsync(path, body, ("anthropic-version", "2023-06-01"));

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("route_not_allowed", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(run.Provider.Connections);
    }

    [Fact]
    public async Task What_is_no_plain_UTF_8_JSON_is_refused()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var ask = Encoding.UTF8.GetBytes(Calls.Ask);
        byte[][] bodies =
        [
            [0xEF, 0xBB, 0xBF, .. ask], Encoding.Unicode.GetBytes(Calls.Ask), Encoding.BigEndianUnicode.GetBytes(Calls.Ask), Encoding.UTF32.GetBytes(Calls.Ask),
            [.. ask, .. "{}"u8], [.. ask, .. "x"u8], [.. ask, 0], [0, .. ask], [.. ask, .. ask], ask[..^1], [], [0xFF],
            Encoding.UTF8.GetBytes($$"""{"model":"gpt-4o-mini","x":{{new string('[', 1_000)}}{{new string(']', 1_000)}}}"""),
            Encoding.UTF8.GetBytes(new string('[', 100_000)),
        ];

        foreach (var body in bodies)
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
            using var refused = await run.Caller.PostAsync("/v1/chat/completions", content);
            Assert.True(
                refused.StatusCode == HttpStatusCode.BadRequest, $"{refused.StatusCode} for {Convert.ToHexString(body.AsSpan(0, Math.Min(20, body.Length)))}");
        }

        Assert.Empty(run.Provider.Connections);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-7")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=\"utf-16\"")]
    [InlineData("application/json; a=b; charset=iso-8859-1")]
    [InlineData("text/plain")]
    [InlineData("text/xml")]
    [InlineData("application/jsonp")]
    public async Task A_body_that_its_Content_Type_lets_others_read_differently_is_refused(string type)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        // To a reader of forms this names another model.
        using var content = new ByteArrayContent("""{"model":"gpt-4o-mini","messages":[],"x":"&model=gpt-4o&+ACI-"}"""u8.ToArray());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        using var refused = await run.Caller.PostAsync("/v1/chat/completions", content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, refused.StatusCode);
        Assert.Empty(run.Provider.Connections);
    }

    [Theory]
    [InlineData("gzip", 200)]
    [InlineData("br", 200)]
    [InlineData("deflate", 415)]
    [InlineData("zstd", 415)]
    [InlineData("gzip, gzip", 415)]
    [InlineData("identity, gzip", 415)]
    [InlineData("x", 415)]
    public async Task A_packed_body_is_unpacked_or_refused_and_never_sent_on_packed(string encoding, int status)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Calls.Said);

        using var answer = await run.Caller.PostAsync("/v1/chat/completions", Packed(Encoding.UTF8.GetBytes(Calls.Ask), encoding));

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 200)
        {
            var asked = Assert.Single(run.Provider.Requests);
            Assert.Equal(Calls.Ask, asked.Text);
            Assert.DoesNotContain("Content-Encoding", asked.Headers.Keys);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_body_that_lies_about_its_packing_or_unpacks_a_thousandfold_is_refused(string encoding)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        using var lie = new ByteArrayContent(Encoding.UTF8.GetBytes(Calls.Ask));
        lie.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        lie.Headers.ContentEncoding.Add(encoding);
        var bomb = Encoding.UTF8.GetBytes($$"""{"model":"gpt-4o-mini","x":"{{new string('a', 30 * 1024 * 1024)}}"}""");

        using var lied = await run.Caller.PostAsync("/v1/chat/completions", lie);
        var before = GC.GetTotalAllocatedBytes();
        using var burst = await run.Caller.PostAsync("/v1/chat/completions", Packed(bomb, encoding));
        var taken = GC.GetTotalAllocatedBytes() - before;

        Assert.Equal(HttpStatusCode.BadRequest, lied.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, burst.StatusCode);
        Assert.InRange(taken, 0, 5L * bomb.Length);
        Assert.Empty(run.Provider.Connections);
    }

    private static ByteArrayContent Packed(byte[] body, string encoding)
    {
        using var packed = new MemoryStream();
        using (Stream into = encoding == "br" ? new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true)
            : new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            into.Write(body);
        var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var one in encoding.Split(", "))
            content.Headers.ContentEncoding.Add(one);
        return content;
    }

    /// <summary>The usual question, with something put in somewhere: at a seam of its grammar more often than not.</summary>
    private static string Odd(Draws draws)
    {
        var body = """{"messages":[],"model":"gpt-4o-mini"}""";
        for (var count = 1 + draws.Below(3); count > 0; count--)
        {
            var seam = Math.Max(1, body.IndexOf("\"model\"", StringComparison.Ordinal));
            var at = draws.Below(3) switch { 0 => 1, 1 => seam, _ => draws.Below(body.Length) };
            body = body.Insert(at, Scraps[draws.Below(Scraps.Length)]);
        }
        return body;
    }
}
