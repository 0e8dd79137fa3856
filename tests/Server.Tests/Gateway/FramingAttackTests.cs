using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>Where one request ends and the next begins.</summary>
public sealed class FramingAttackTests(TestCluster cluster)
{
    private const string Hidden = "hidden-model";

    private static readonly string[] Lengths =
    [
        "Content-Length: {0}", "Content-Length: 0", "Content-Length: +{0}", "Content-Length: -1", "Content-Length: {0}, {0}", "Content-Length: {0}x",
        "Content-Length : {0}",
        "Content-Length: {0}\r\nContent-Length: {0}", "Content-Length: {0}\r\nContent-Length: 0", "Content-Length:\t{0}", "content-length: 0{0}",
        "X: y\nContent-Length: {0}", "\nContent-Length: {0}", "Content-Length:\r\n {0}", "Content-Length: 0x10",
    ];

    private static readonly string[] Chunkings =
    [
        "Transfer-Encoding: chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding : chunked", "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding:\r\n chunked",
        "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked", "Transfer-Encoding: chunked;q=1", "Transfer_Encoding: chunked",
        "Transfer-Encoding: chu\0nked",
    ];

    [Fact]
    public async Task A_request_that_two_readers_end_at_two_places_is_refused_and_hides_no_other()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Calls.Said);
        var cases = Smuggled(run).ToList();
        Assert.True(cases.Count >= 500, $"only {cases.Count}");

        await Calls.EachAsync(cases, async one =>
        {
            var answer = await RawHttp.SendAsync(run.Server.Address, one);
            Assert.True(RawHttp.Status(answer) is 0 or 200 or (>= 400 and < 500) or 505, $"{RawHttp.Status(answer)} for {one}");
            var isUnclear = one.Contains("ransfer-Encoding", StringComparison.Ordinal) && one.Contains("ontent-Length", StringComparison.Ordinal);
            Assert.False(isUnclear && RawHttp.Status(answer) == 200, one);
        });

        Assert.NotEmpty(run.Provider.Requests);
        Assert.All(run.Provider.Requests, asked => Assert.Equal(Calls.Ask, asked.Text));
    }

    [Fact]
    public async Task Of_thousands_of_calls_in_one_breath_each_gets_its_own_answer()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { models = new[] { "m-*" } });
        run.Provider.Answer = async context =>
        {
            var asked = run.Provider.Requests.Last(one => one.Headers["X-Client-Request-Id"] == context.Request.Headers["X-Client-Request-Id"]);
            await context.Response.WriteAsync($$"""{"echo":"{{JsonDocument.Parse(asked.Body).RootElement.GetProperty("model").GetString()}}"}""");
        };
        var draws = new Draws(9);
        var each = Rounds.Of(60, inLongRuns: 1_000);
        var connections = Enumerable.Range(0, 10)
            .Select(connection => Enumerable.Range(0, each).Select(at => Call(run, $"m-{connection}-{at}", draws.Below(6))).ToList()).ToList();

        await Task.WhenAll(connections.Select(async calls =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync(run.Server.Address.Host, run.Server.Address.Port);
            var stream = client.GetStream();
            var writing = stream.WriteAsync(Encoding.Latin1.GetBytes(string.Concat(calls.Select(call => call.Request)))).AsTask();
            foreach (var (_, status, sign) in calls)
            {
                var (got, body) = await ReadAnswerAsync(stream).WaitAsync(TimeSpan.FromMinutes(2));
                Assert.Equal(status, got);
                Assert.Contains(sign, body, StringComparison.Ordinal);
            }
            await writing;
        }));
    }

    private static (string Request, int Status, string Sign) Call(GatewayRun run, string name, int kind)
    {
        var body = kind switch
        {
            0 => $$"""{"model":"not-{{name}}","messages":[]}""",
            1 => $$"""{"model":"{{name}}","model":"x"}""",
            _ => $$"""{"model":"{{name}}","messages":[]}""",
        };
        var credential = kind == 2 ? "km_live_wrong" : run.Key.Text;
        var framed = kind == 3
            ? $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n"
            : $"Content-Length: {body.Length}\r\n\r\n{body}";
        var request = $"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {credential}\r\nX-Client-Request-Id: {name}\r\n"
            + "Content-Type: application/json\r\n" + framed;
        return kind switch
        {
            0 => (request, 403, $"not-{name}'"),
            1 => (request, 400, "twice"),
            2 => (request, 401, "invalid_api_key"),
            _ => (request, 200, $"\"{name}\""),
        };
    }

    /// <summary>One answer and not a byte of the next.</summary>
    private static async Task<(int Status, string Body)> ReadAnswerAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append(await ReadAsync(stream, 1));
        var lines = head.ToString().Split("\r\n");
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        if (lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) is { } length)
            return (status, await ReadAsync(stream, int.Parse(length.AsSpan("Content-Length:".Length), CultureInfo.InvariantCulture)));
        var body = new StringBuilder();
        while (true)
        {
            var size = "";
            while (!size.EndsWith("\r\n", StringComparison.Ordinal))
                size += await ReadAsync(stream, 1);
            var count = int.Parse(size.TrimEnd(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Append(await ReadAsync(stream, count + 2));
            if (count == 0)
                return (status, body.ToString());
        }
    }

    private static async Task<string> ReadAsync(NetworkStream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return Encoding.Latin1.GetString(bytes);
    }

    internal static IEnumerable<string> Smuggled(GatewayRun run)
    {
        var hidden = Calls.Raw(run, "/v1/chat/completions", body: Calls.Ask.Replace("gpt-4o-mini", Hidden, StringComparison.Ordinal));
        var start = $"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {run.Key.Text}\r\nContent-Type: application/json\r\n"
            + "Connection: close\r\n";
        var chunked = $"{Calls.Ask.Length:x}\r\n{Calls.Ask}\r\n0\r\n\r\n";
        yield return $"{start}Content-Length: {Calls.Ask.Length}\r\n\r\n{Calls.Ask}";
        yield return $"{start}Transfer-Encoding: chunked\r\n\r\n{chunked}";
        foreach (var length in Lengths)
        {
            var plain = string.Format(CultureInfo.InvariantCulture, length, Calls.Ask.Length);
            foreach (var chunking in Chunkings)
            {
                // What follows is a second request only to who stopped where the other header says.
                var whole = string.Format(CultureInfo.InvariantCulture, length, chunked.Length + hidden.Length);
                yield return $"{start}{whole}\r\n{chunking}\r\n\r\n{chunked}{hidden}";
                yield return $"{start}{chunking}\r\n{plain}\r\n\r\n{Calls.Ask.Length + hidden.Length:x}\r\n{Calls.Ask}{hidden}\r\n0\r\n\r\n";
            }
            yield return $"{start}{plain}\r\n\r\n{Calls.Ask}";
        }
        foreach (var size in new[]
        {
            "{0};ext\n", "{0}\n", "0x{0}\r\n", "+{0}\r\n", " {0}\r\n", "{0} \r\n", "{0}\r", "00000000000000000{0}\r\n", "{0};\r\n", "-{0}\r\n", "{0}\0\r\n",
        })
        {
            var first = string.Format(CultureInfo.InvariantCulture, size, Calls.Ask.Length.ToString("x", CultureInfo.InvariantCulture));
            yield return $"{start}Transfer-Encoding: chunked\r\n\r\n{first}{Calls.Ask}\r\n0\r\n\r\n";
            yield return $"{start}Transfer-Encoding: chunked\r\n\r\n{Calls.Ask.Length:x}\r\n{Calls.Ask}\n0\r\n\r\n";
            yield return $"{start}Transfer-Encoding: chunked\r\n\r\n{Calls.Ask.Length:x}\r\n{Calls.Ask}\r\n0\n\n";
        }
    }
}
