using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>Whatever stands in the line of a request, a call goes to its provider's own host, to an address of ours, or nowhere.</summary>
public sealed class AddressAttackTests(TestCluster cluster)
{
    private static readonly string[] Bases =
    [
        "/v1/chat/completions", "/openai/v1/chat/completions", "/v1/proxy/passthrough/openai/v1/chat/completions", "/v1/responses", "/v1/embeddings",
        "/v1/images/generations", "/custom/api.openai.com/v1/chat/completions", "/v1beta/models/gemini-3-pro:generateContent",
    ];

    private static readonly string[] Scraps =
    [
        "..", "/../", "/./", "//", "/", "\\", "%2e", "%2E%2e", "%2f", "%2F", "%5c", "%252e%252e", "%252f", ";", ";a=b", "@", ":80@", "#", "%23", "%3f", "?",
        "%00", "%0d%0a", "%0d%0aHost:%20evil", "%20", "%09", "~", "..;/", "%c0%ae", "%e2%80%ae", "%u002e", "+", "*", "admin", "organization/api_keys",
        "v1", "V1", "CHAT", "files", "key=x", "&", ":", ".", "%", "%%", "%zz", "http:", "https://", "\t", "é",
    ];

    [Fact]
    public async Task A_path_of_tricks_reaches_an_address_of_ours_at_the_providers_host_or_nothing()
    {
        await using var decoy = new Decoy();
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Calls.Said);
        var targets = Targets(decoy.Authority).Distinct().ToList();
        Assert.True(targets.Count >= 900, $"only {targets.Count} targets");

        await Calls.EachAsync(targets, async target =>
        {
            var answer = await RawHttp.SendAsync(run.Server.Address, Calls.Raw(run, target));
            // 505 is Kestrel's word for a line whose third word is no version.
            Assert.True(RawHttp.Status(answer) is 0 or 200 or (>= 400 and < 500) or 505, $"{RawHttp.Status(answer)} for {target}");
            Assert.DoesNotContain(run.Held.Text, answer, StringComparison.Ordinal);
        });

        Assert.Equal(0, decoy.Visits);
        string[] ours =
        [
            "POST /v1/chat/completions", "POST /v1/responses", "POST /v1/embeddings", "POST /v1/images/generations",
        ];
        Assert.All(run.Provider.Requests, asked =>
        {
            Assert.Contains(asked.Line.Split('?')[0], ours);
            Assert.Equal(new Uri(run.Provider.Address).Authority, asked.Headers["Host"]);
            Assert.Equal("Bearer " + run.Held.Text, asked.Headers["Authorization"]);
            Assert.DoesNotContain(run.Key.Text, asked.Line, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("/v1/organization/api_keys")]
    [InlineData("/v1/organizations/x/users")]
    [InlineData("/v1/projects")]
    [InlineData("/openai/v1/organization/api_keys")]
    [InlineData("/openai/v1/%6frganization/api_keys")]
    [InlineData("/v1/proxy/passthrough/openai/v1/organization/admin_api_keys")]
    [InlineData("/v1/files")]
    [InlineData("/v1/batches")]
    [InlineData("/v1/vector_stores/vs_1/search")]
    [InlineData("/v1/responses/resp_1")]
    [InlineData("/v1/responses/resp_1/cancel")]
    [InlineData("/v1/realtime/client_secrets")]
    [InlineData("/v1/chat/completions/chatcmpl-1")]
    [InlineData("/v1/messages/batches")]
    public async Task Administration_and_stored_objects_are_not_reached(string path)
    {
        await using var run = await GatewayRun.StartAsync(cluster);

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete, HttpMethod.Patch, HttpMethod.Put })
        {
            using var request = new HttpRequestMessage(method, path);
            using var refused = await run.Caller.SendAsync(request);
            Assert.True((int)refused.StatusCode is >= 400 and < 500, $"{method} {path}: {refused.StatusCode}");
        }

        Assert.Empty(run.Provider.Connections);
    }

    [Theory]
    [InlineData("?fields=choices")]
    [InlineData("?%66ields=choices")]
    [InlineData("?$fields=candidates.finishReason")]
    [InlineData("?x=1&$alt=proto")]
    [InlineData("?alt=media")]
    [InlineData("?callback=f")]
    public async Task A_query_that_reshapes_the_answer_so_that_no_usage_is_in_it_is_refused(string query)
    {
        await using var run = await GatewayRun.StartAsync(cluster, "google");

        using var refused = await run.PostAsync("/v1beta/models/gemini-3-pro:generateContent" + query, """{"contents":[]}""");
        using var served = await run.PostAsync("/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse", """{"contents":[]}""");

        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Equal(200, (int)served.StatusCode);
        Assert.Equal("POST /v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse", Assert.Single(run.Provider.Requests).Line);
    }

    [Theory]
    [InlineData("?access_token={0}&a=b")]
    [InlineData("?key={0}&a=b")]
    [InlineData("?KEY={0}&a=b")]
    [InlineData("?%6bey={0}&a=b")]
    [InlineData("?$key={0}&a=b")]
    [InlineData("?anything={0}&a=b")]
    [InlineData("?api-key={0}&a=b&a_token={0}")]
    public async Task A_virtual_key_in_the_query_goes_no_further(string query)
    {
        await using var run = await GatewayRun.StartAsync(cluster, "google");

        using var answer = await run.PostAsync(
            "/v1beta/models/gemini-3-pro:generateContent" + string.Format(null, query, run.Key.Text), """{"contents":[]}""");

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.EndsWith(":generateContent?a=b", Assert.Single(run.Provider.Requests).Line, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Targets(string decoy)
    {
        foreach (var path in Bases)
        {
            yield return path;
            yield return "//" + decoy + path;
            yield return "/" + path;
            yield return "\\\\" + decoy + path;
            yield return "http://" + decoy + path;
            yield return "https://" + decoy + path;
            yield return "@" + decoy + path;
            yield return ":80@" + decoy + path;
            yield return "." + decoy + path;
            yield return path + "@" + decoy;
            yield return path + "#@" + decoy;
            yield return path + "?x=@" + decoy + "#/";
            yield return path + "?url=http://" + decoy + "/";
            yield return path.Replace("/v1", "/v1/" + decoy, StringComparison.Ordinal);
            yield return path.Replace("/v1", "/v1/https://" + decoy, StringComparison.Ordinal);
            yield return "/custom/" + decoy + "/v1/chat/completions";
            yield return "/custom/" + Uri.EscapeDataString("x@" + decoy) + path;
            yield return "/v1/v1" + path["/v1".Length..];
            yield return path.ToUpperInvariant();
        }
        var draws = new Draws(30);
        for (var round = 0; round < Rounds.Of(900, inLongRuns: 20_000); round++)
        {
            var target = Bases[draws.Below(Bases.Length)];
            for (var count = 1 + draws.Below(3); count > 0; count--)
            {
                var scrap = draws.Below(8) == 0 ? decoy : Scraps[draws.Below(Scraps.Length)];
                var at = draws.Below(target.Length + 1);
                target = draws.Below(4) == 0 && at < target.Length ? target[..at] + $"%{(int)target[at]:x2}" + target[(at + 1)..] : target.Insert(at, scrap);
            }
            yield return target;
        }
    }
}
