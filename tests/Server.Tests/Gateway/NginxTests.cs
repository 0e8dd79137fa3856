using System.Net;
using System.Net.Sockets;
using KeyPass.Server.Http;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>The server behind nginx, as the guide sets it up.</summary>
public sealed class NginxTests(TestCluster cluster)
{
    private const string Event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n";

    [Fact]
    public async Task A_stream_comes_through_event_by_event()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        await using var nginx = await Nginx.StartAsync(run.Server.Address);
        using var client = nginx.NewClient(run.Key.Text);
        using var read = new SemaphoreSlim(0);
        run.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var round = 0; round < 3; round++)
            {
                await context.Response.WriteAsync(Event);
                await context.Response.Body.FlushAsync();
                // The next one comes only when the caller has this one.
                await read.WaitAsync(context.RequestAborted);
            }
            await context.Response.WriteAsync("data: [DONE]\n\n");
        };

        using var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", """{"model":"gpt-4o-mini","stream":true,"messages":[]}""");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var round = 0; round < 3; round++)
        {
            var text = "";
            while (!text.EndsWith("}\n\n", StringComparison.Ordinal))
                text += await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) + "\n";
            Assert.Equal(Event, text);
            read.Release();
        }

        Assert.Contains("[DONE]", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_many_megabytes_comes_through_whole()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        await using var nginx = await Nginx.StartAsync(run.Server.Address);
        using var client = nginx.NewClient(run.Key.Text);
        run.Answers(Calls.Said);
        var large = $$"""{"model":"gpt-4o-mini","messages":[{"role":"user","content":"{{new string('a', 12_000_000)}}"}]}""";

        using var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", large);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(large.Length, Assert.Single(run.Provider.Requests).Body.Length);
    }

    /// <summary>Others call over the same kept connections meanwhile: each gets the answer to what it asked, and nothing hidden is ever served.</summary>
    [Fact]
    public async Task A_request_that_two_readers_end_at_two_places_hides_no_other_and_is_put_before_nobody_elses()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        await using var nginx = await Nginx.StartAsync(run.Server.Address);
        run.Provider.Answer = context => context.Response.WriteAsync($$"""{"echo":"{{context.Request.Headers["X-Client-Request-Id"]}}"}""");
        var cases = FramingAttackTests.Smuggled(run).ToList();
        Assert.True(cases.Count >= 500, $"only {cases.Count}");
        using var over = new CancellationTokenSource();
        var others = Enumerable.Range(0, 2).Select(number => CallOnAsync(nginx, run.Key.Text, $"other-{number}", over.Token)).ToList();

        await Calls.EachAsync(cases, async one =>
        {
            var status = RawHttp.Status(await RawHttp.SendAsync(nginx.Address, one));
            // 501 and 505 are nginx's words for codings and versions that it does not know.
            Assert.True(status is 0 or 200 or (>= 400 and < 500) or 501 or 505, $"{status} for {one}");
        });
        await over.CancelAsync();
        var calls = await Task.WhenAll(others);

        Assert.All(calls, count => Assert.True(count > 0, "nobody called meanwhile"));
        Assert.All(run.Provider.Requests, asked => Assert.Equal(Calls.Ask, asked.Text));
        // More than those of the others: what is well-formed did get through.
        Assert.True(run.Provider.Requests.Count > calls.Sum(), "no request of the corpus came through at all");
    }

    [Fact]
    public async Task Where_a_caller_is_nginx_says_and_not_the_caller()
    {
        await using var server = await KeyPassServer.StartAsync(
            cluster, settings: ("KeyPass:TrustedProxies", "127.0.0.1"),
            map: app => app.MapGet("/v1/probe/whence", (HttpContext http) => $"{ClientAddress.Of(http)} {http.Request.Scheme}").OpenToAnyone());
        await using var nginx = await Nginx.StartAsync(server.Address);
        // An address that is not the proxy's own, so that it can be told from it.
        using var outside = new HttpClient(new SocketsHttpHandler { ConnectCallback = FromAsync }) { BaseAddress = nginx.Address };

        foreach (var (name, value) in new[]
        {
            ("X-Client-Request-Id", "a control without a lie"), ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "127.0.0.1"),
            ("X-Forwarded-For", "203.0.113.9, 127.0.0.1"), ("X-Forwarded-Proto", "https"), ("Forwarded", "for=203.0.113.9;proto=https"),
            ("X-Real-IP", "203.0.113.9"), ("X_Forwarded_For", "203.0.113.9"),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/probe/whence") { Headers = { { name, value } } };
            using var answer = await outside.SendAsync(request);
            Assert.Equal("127.0.0.2 http", await answer.Content.ReadAsStringAsync());
        }
    }

    private static async Task<int> CallOnAsync(Nginx nginx, string credential, string name, CancellationToken over)
    {
        using var client = nginx.NewClient(credential);
        var calls = 0;
        while (!over.IsCancellationRequested)
        {
            using var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", Calls.Ask, ("X-Client-Request-Id", $"{name}-{calls}"));
            Assert.Equal($$"""{"echo":"{{name}}-{{calls}}"}""", await answer.Content.ReadAsStringAsync(CancellationToken.None));
            calls++;
        }
        return calls;
    }

    private static async ValueTask<Stream> FromAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
