using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Gateway;

public sealed class HeaderAttackTests(TestCluster cluster)
{
    /// <summary>All that a provider ever sees: what goes on, what HTTP itself needs, and the key.</summary>
    private static readonly HashSet<string> Expected = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Accept-Encoding", "Authorization", "Accept", "User-Agent", "OpenAI-Beta", "anthropic-version",
        "anthropic-beta", "Idempotency-Key", "X-Client-Request-Id", "x-goog-api-client", "HTTP-Referer", "X-Title", "x-stainless-lang",
    };

    private static readonly string[] Names =
    [
        "Accept", "User-Agent", "OpenAI-Beta", "anthropic-beta", "Idempotency-Key", "X-Client-Request-Id", "X-Title", "HTTP-Referer", "x-stainless-lang",
        "Cookie", "Origin", "Referer", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via", "X-Original-URL",
        "X-Rewrite-URL", "X-HTTP-Method-Override", "Connection", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Upgrade",
        "Expect", "OpenAI-Organization", "OpenAI-Project", "anthropic-workspace", "x-goog-user-project", "Sec-Fetch-Site", "Content-Location", "Host2",
        "X-Amz-Security-Token", "Authorization2", "x-api-base", "x-litellm-api-base", "Accept-Encoding", "Transfer-Encoding2", "Range", "Priority",
    ];

    private static readonly string[] Values =
    [
        "a\rInjected: 1", "a\nInjected: 1", "a\r\n Injected: 1", "a\r\n\tInjected: 1", "a\0b", "a\x0bb", "a\x7fb", "\u00e9", "\u00ff\u00fe", "x-api-key",
        "close, x-api-key", "Authorization", "keep-alive, Host", "x-api-key, authorization, content-length", "for=1.2.3.4;host=DECOY", "DECOY",
        "http://DECOY/", "a\tb", "\"a\"", "PUT", "trailers, x-api-key", "h2c", "bytes=0-1", "sk-of-somebody-else", "gzip, br",
    ];

    [Fact]
    public async Task No_header_of_a_caller_splits_redirects_or_dresses_up_a_call()
    {
        await using var decoy = new Decoy();
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Calls.Said);
        var cases = Headers(decoy.Authority).Where((_, at) => at % Rounds.Of(2, inLongRuns: 1) == 0).ToList();
        Assert.True(cases.Count >= 500, $"only {cases.Count} headers");
        var served = 0;

        await Calls.EachAsync(cases, async header =>
        {
            var answer = await RawHttp.SendAsync(run.Server.Address, Calls.Raw(run, "/v1/chat/completions", header + "\r\n"));
            Assert.True(RawHttp.Status(answer) is 0 or 200 or (>= 400 and < 500), $"{RawHttp.Status(answer)} for {header}: {answer}");
            if (RawHttp.Status(answer) == 200)
                Interlocked.Increment(ref served);
        });

        Assert.Equal(0, decoy.Visits);
        Assert.Equal(served, run.Provider.Requests.Count);
        Assert.InRange(served, 100, cases.Count);
        Assert.All(run.Provider.Requests, asked =>
        {
            Assert.Subset(Expected, asked.Headers.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase));
            Assert.Equal(new Uri(run.Provider.Address).Authority, asked.Headers["Host"]);
            Assert.Equal("Bearer " + run.Held.Text, asked.Headers["Authorization"]);
            Assert.Equal("identity", asked.Headers["Accept-Encoding"]);
            Assert.Equal(Calls.Ask, asked.Text);
        });
    }

    [Fact]
    public async Task Another_host_in_the_request_changes_nothing()
    {
        await using var decoy = new Decoy();
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Calls.Said);

        foreach (var host in new[] { decoy.Authority, "api.openai.com", "169.254.169.254", "localhost", "[::1]:80" })
            Assert.Equal(200, RawHttp.Status(await RawHttp.SendAsync(run.Server.Address, Calls.Raw(run, "/v1/chat/completions", host: host))));

        Assert.Equal(0, decoy.Visits);
        Assert.All(run.Provider.Requests, asked => Assert.Equal(new Uri(run.Provider.Address).Authority, asked.Headers["Host"]));
    }

    [Fact]
    public async Task In_every_pair_of_carriers_two_keys_are_refused_and_one_key_twice_is_one()
    {
        await using var run = await GatewayRun.StartAsync(cluster, "google");
        var other = await run.Owner.Vault.VirtualKeyAsync(run.Ana, "other", null, run.Held);
        using var client = run.Server.NewClient();
        string[] carriers = ["Authorization", "x-api-key", "api-key", "x-goog-api-key", "?key"];
        var served = 0;
        foreach (var first in carriers)
        {
            foreach (var second in carriers.Where(carrier => carrier != first))
            {
                foreach (var (text, status) in new[] { (run.Key.Text, 200), (other.Text, 400), ("sk-an-SDKs-own-default", 200) })
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, Path(first, run.Key.Text, second, text));
                    request.Content = Calls.Json("""{"contents":[]}""");
                    Put(request, first, run.Key.Text);
                    Put(request, second, text);
                    using var answer = await client.SendAsync(request);
                    Assert.True((int)answer.StatusCode == status, $"{first} and {second}: {answer.StatusCode}");
                    served += status == 200 ? 1 : 0;
                }
            }
        }

        Assert.Equal(served, run.Provider.Requests.Count);
        Assert.All(run.Provider.Requests, asked =>
        {
            Assert.DoesNotContain("key=", asked.Line, StringComparison.Ordinal);
            Assert.DoesNotContain(asked.Headers.Values, value => value.Contains("km_", StringComparison.Ordinal));
            Assert.DoesNotContain(asked.Headers.Values, value => value.Contains("sk-an-", StringComparison.Ordinal));
        });

        static string Path(string first, string one, string second, string two) => "/gemini/v1beta/models/gemini-3-pro:generateContent"
            + (first == "?key" ? "?key=" + one : second == "?key" ? "?key=" + two : "");

        static void Put(HttpRequestMessage request, string carrier, string text)
        {
            if (carrier != "?key")
                request.Headers.Add(carrier, carrier == "Authorization" ? "Bearer " + text : text);
        }
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(304)]
    [InlineData(305)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_to_an_attacker_is_502_and_the_attacker_sees_nothing(int status)
    {
        await using var decoy = new Decoy();
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Provider.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = $"http://{decoy.Authority}/v1/chat/completions";
            return Task.CompletedTask;
        };

        using var refused = await run.PostAsync("/v1/chat/completions", Calls.Ask);

        Assert.Equal(502, (int)refused.StatusCode);
        Assert.Null(refused.Headers.Location);
        Assert.DoesNotContain(decoy.Authority, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, decoy.Visits);
        Assert.Single(run.Provider.Requests);
    }

    [Fact]
    public async Task A_cookie_of_the_provider_is_neither_passed_on_nor_sent_with_the_next_call()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Provider.Answer = context =>
        {
            context.Response.Headers.SetCookie = "__cf_bm=tenantA; path=/";
            context.Response.Headers.AltSvc = "h3=\":443\"";
            context.Response.Headers["openai-organization"] = "org-of-the-owner";
            context.Response.Headers["anthropic-organization-id"] = "org-of-the-owner";
            return context.Response.WriteAsync(Calls.Said);
        };

        using var first = await run.PostAsync("/v1/chat/completions", Calls.Ask);
        using var second = await run.PostAsync("/v1/chat/completions", Calls.Ask);

        foreach (var name in new[] { "Set-Cookie", "Alt-Svc", "openai-organization", "anthropic-organization-id", "Server" })
            Assert.False(first.Headers.Contains(name), name);
        Assert.All(run.Provider.Requests, asked => Assert.DoesNotContain("Cookie", asked.Headers.Keys));
        Assert.Equal(2, run.Provider.Requests.Count);
    }

    private static IEnumerable<string> Headers(string decoy)
    {
        foreach (var name in Names)
        {
            foreach (var value in Values)
                yield return $"{name}: {value.Replace("DECOY", decoy, StringComparison.Ordinal)}";
        }
        foreach (var name in new[] { "X\rY", "X\nY", "X\0Y", "X Y", " X", "X ", "", "X:Y", "é", "User-Agent\r\nInjected" })
            yield return $"{name}: a";
    }
}
