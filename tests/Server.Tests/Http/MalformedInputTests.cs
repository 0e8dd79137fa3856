using System.Text;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Http;

/// <summary>Whatever arrives, the server answers with a 4xx or hangs up: never a 5xx, never a stack trace.</summary>
public sealed class MalformedInputTests(TestCluster cluster) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Broken_JSON_of_every_kind_is_a_4xx()
    {
        var bodies = BrokenJson().ToList();
        Assert.True(bodies.Count >= 200, $"only {bodies.Count} inputs");

        foreach (var body in bodies)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            using var response = await _server.Client.PostAsync("/v1/probe/echo", content);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode is >= 400 and < 500, $"{response.StatusCode} for {Show(body)}");
            AssertNoInsides(text, Show(body));
        }
    }

    [Fact]
    public async Task Broken_HTTP_of_every_kind_is_a_4xx_or_the_end_of_the_connection()
    {
        var requests = BrokenHttp().ToList();
        Assert.True(requests.Count >= 60, $"only {requests.Count} inputs");

        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (request, _) =>
        {
            var answer = await RawHttp.SendAsync(_server.Address, request, thenClose: true);
            // 505 is the standard's word for a version of HTTP that nobody speaks: the client's fault all the same.
            Assert.True(RawHttp.Status(answer) is 0 or (>= 400 and < 500) or 505, $"{RawHttp.Status(answer)} for {request[..Math.Min(120, request.Length)]}");
            AssertNoInsides(answer, request);
        });

        using var alive = await _server.Client.GetAsync("/healthz");
        Assert.True(alive.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("zz\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhelloXX\r\n0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFFF\r\nhello")]
    public async Task A_bad_chunk_is_400(string chunks)
    {
        var answer = await RawHttp.SendAsync(_server.Address, $"POST /v1/probe/bytes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");

        Assert.Equal(400, RawHttp.Status(answer));
    }

    [Fact]
    public async Task A_body_that_ends_early_is_not_a_failure_of_ours()
    {
        var answer = await RawHttp.SendAsync(_server.Address, "POST /v1/probe/echo HTTP/1.1\r\nHost: a\r\nContent-Type: "
            + "application/json\r\nContent-Length: 500\r\n\r\n{\"name\":", thenClose: true);

        Assert.True(RawHttp.Status(answer) is 0 or 400, answer);
        Assert.DoesNotContain(Recording.Logs, line =>
            line.StartsWith("KeyPass.Unexpected", StringComparison.Ordinal) && line.Contains("end of request content", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_body_that_never_comes_is_408_and_frees_its_connection()
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(_server.Address.Host, _server.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync("POST /v1/probe/bytes HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nbegun"u8.ToArray());

        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(408, RawHttp.Status(answer));
        Assert.Contains("request_timeout", answer, StringComparison.Ordinal);
    }

    private static void AssertNoInsides(string answer, string input)
    {
        foreach (var sign in new[] { "   at ", "Exception", ".cs:line", "System." })
            Assert.False(answer.Contains(sign, StringComparison.Ordinal), $"'{sign}' in the answer to {input}: {answer}");
    }

    private static string Show(byte[] body) => Encoding.Latin1.GetString(body, 0, Math.Min(80, body.Length));

    /// <summary>A good body, spoiled in every way its grammar allows, and by a seeded hand.</summary>
    private static IEnumerable<byte[]> BrokenJson()
    {
        const string good = """{"name":"a","count":3,"inner":{"name":"b","count":-1}}""";
        for (var cut = 0; cut < good.Length; cut++)
            yield return Encoding.UTF8.GetBytes(good[..cut]);

        var wrongValues = new[]
        {
            "1e999", "99999999999999999999", "3.5", "\"3\"", "true", "[]", "{}", "NaN", "Infinity",
            "-", "01", "+1", "0x10", "1.", ".5", "1e", "'3'", "undefined",
        };
        foreach (var value in wrongValues)
            yield return Encoding.UTF8.GetBytes($$"""{"name":"a","count":{{value}}}""");
        foreach (var name in new[]
        {
            "null", "1", "true", "[\"a\"]", "{\"x\":1}", "\"\\ud800\"", "\"\\x41\"", "\"\\u12\"",
            "\"a\nb\"", "\"a\tb\"", "\"\u0000\"", "'a'", "\"a", "a",
        })
            yield return Encoding.UTF8.GetBytes($$"""{"name":{{name}}}""");
        foreach (var whole in new[]
        {
            "", " ", "null", "1", "\"a\"", "[]", "[{}]", "{}", "{\"name\":\"a\"}}", "{\"name\":\"a\"} {}", "{\"name\":\"a\",}", "{,}",
            "// c\n{\"name\":\"a\"}", "/* c */{\"name\":\"a\"}", "{\"name\":\"a\" \"count\":1}", "{name:\"a\"}",
        })
            yield return Encoding.UTF8.GetBytes(whole);
        yield return Encoding.Unicode.GetBytes(good);
        yield return Encoding.UTF32.GetBytes(good);
        yield return [0xEF, 0xBB, 0xBF];
        yield return Encoding.UTF8.GetBytes(new string('[', 5_000));
        yield return Encoding.UTF8.GetBytes(new string('{', 5_000));
        // Bytes that are no UTF-8, inside a string.
        foreach (var bad in new byte[][] { [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82] })
            yield return [.. "{\"name\":\""u8, .. bad, .. "\"}"u8];

        // A control character never belongs in JSON, wherever a seeded hand puts it.
        var seed = 20261121u;
        for (var round = 0; round < Rounds.Of(100, inLongRuns: 20_000); round++)
        {
            var spoiled = Encoding.UTF8.GetBytes(good);
            seed = (seed * 1664525) + 1013904223;
            spoiled[seed % spoiled.Length] = (byte)(1 + ((seed >> 8) % 8));
            yield return spoiled;
        }
    }

    private static IEnumerable<string> BrokenHttp()
    {
        const string end = "\r\nHost: a\r\n\r\n";
        foreach (var line in new[]
        {
            "GET", "GET ", "GET /", "GET / HTTP/9.9", "GET / HTTP/1.1 more", "get\t/healthz HTTP/1.1", "G\0T / HTTP/1.1",
            " GET / HTTP/1.1", "GET  / HTTP/1.1", "GET healthz HTTP/1.1", "GET /%zz HTTP/1.1", "GET /%00 HTTP/1.1",
            "GET /\u0001 HTTP/1.1", "GET /\u00ff HTTP/1.1", "GET http:// HTTP/1.1", "CONNECT a HTTP/1.1", "GET * HTTP/1.1",
            "GET /nothing/../../x HTTP/1.1", "GET //nothing HTTP/1.1", "GET /" + new string('a', 9_000) + " HTTP/1.1",
            "\u0016\u0003\u0001\u0002\u0000\u0001", "PRI * HTTP/2.0",
        })
            yield return line + end;

        foreach (var header in new[]
        {
            "Host: a\r\nHost: b", "Host: a b", "Host:", "Host: a\r\nX", "Host: a\r\n: x", "Host: a\r\nX : y", "Host: a\r\nX\0: y",
            "Host: a\r\nX: a\0b", "Host: a\r\nX: a\rb", "Host: a\r\n folded: x", "Host: a\nX: y\n\n",
            "Host: a\r\nX: " + new string('x', 40_000),
            "Host: a\r\n" + string.Concat(Enumerable.Range(0, 150).Select(n => $"X-{n}: y\r\n")) + "Y: z",
        })
            yield return $"GET /nothing HTTP/1.1\r\n{header}\r\n\r\n";

        foreach (var framing in new[]
        {
            "Content-Length: -1", "Content-Length: 1x", "Content-Length: 99999999999999999999", "Content-Length: 1, 1",
            "Content-Length: +5", "Content-Length: 0x5", "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: gzip",
            "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        })
            yield return $"POST /v1/probe/bytes HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\nhello";

        foreach (var chunks in new[]
        {
            "x\r\n", "5\r\nhel", "5\nhello\n0\n\n", "5;\u0001\r\nhello", "00000000000000000000005\r\nhello\r\n", "5 \r\nhello\r\n",
            "0x5\r\nhello\r\n", "5\r\nhello0\r\n\r\n", "\r\n\r\n", ";\r\n",
        })
            yield return $"POST /v1/probe/bytes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}";

        foreach (var encoding in new[] { "gzip", "br", "deflate", "identity, gzip", "nonsense" })
            yield return $"POST /v1/probe/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Encoding: "
                + $"{encoding}\r\nContent-Length: 3\r\n\r\n\u001f\u008b\u0008";
    }
}
