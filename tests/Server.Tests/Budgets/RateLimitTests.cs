using System.Net;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>Limits by count: how often, how much, and how many at a time a key calls.</summary>
public sealed class RateLimitTests(TestCluster cluster)
{
    private const string Chat = "/v1/chat/completions";

    [Fact]
    public async Task A_key_calls_so_often_a_minute_and_is_told_how_long_to_wait()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { rateLimits = new { requestsPerMinute = 3 } });
        run.Answers(Calls.Said);
        for (var left = 2; left >= 0; left--)
        {
            using var served = await run.PostAsync(Chat, Calls.Ask);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
            Assert.Equal("3", Assert.Single(served.Headers.GetValues("x-ratelimit-limit-requests")));
        }

        using var refused = await run.PostAsync(Chat, Calls.Ask);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Contains("rate_limited", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 20);
        Assert.Equal("0", Assert.Single(refused.Headers.GetValues("x-ratelimit-remaining-requests")));
        Assert.Equal(3, run.Provider.Requests.Count);
    }

    [Fact]
    public async Task Tokens_that_an_answer_counted_are_taken_from_the_minute_that_follows()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { rateLimits = new { tokensPerMinute = 1_000 } });
        _ = new ChargingProvider(run.Provider);
        using (var served = await run.PostAsync(Chat, ChargingProvider.Ask(maxTokens: 5_000)))
        {
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
            await run.ReceiptAsync(served);
        }

        using var refused = await run.PostAsync(Chat, ChargingProvider.Ask(maxTokens: 10));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 60, 600);
    }

    [Fact]
    public async Task So_many_calls_run_at_a_time_and_the_next_goes_when_one_has_ended()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { rateLimits = new { concurrent = 2 } });
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = new ChargingProvider(run.Provider, _ => go.Task);
        var running = Enumerable.Range(0, 2).Select(_ => run.PostAsync(Chat, ChargingProvider.Ask(maxTokens: 10))).ToList();
        while (run.Provider.Requests.Count < 2)
            await Task.Delay(20);

        using (var refused = await run.PostAsync(Chat, ChargingProvider.Ask(maxTokens: 10)))
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        go.SetResult();
        foreach (var call in running)
        {
            using var served = await call;
            await run.ReceiptAsync(served);
        }

        using var next = await run.PostAsync(Chat, ChargingProvider.Ask(maxTokens: 10));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Clients_of_Anthropic_read_the_limit_in_its_headers()
    {
        await using var run = await GatewayRun.StartAsync(cluster, "anthropic", new { rateLimits = new { requestsPerMinute = 1 } });
        const string ask = """{"model":"claude-sonnet-4-5","max_tokens":10,"messages":[]}""";
        using (await run.PostAsync("/v1/messages", ask, ("anthropic-version", "2023-06-01")))
        {
            using var refused = await run.PostAsync("/v1/messages", ask, ("anthropic-version", "2023-06-01"));
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal("1", Assert.Single(refused.Headers.GetValues("anthropic-ratelimit-requests-limit")));
            Assert.Equal("0", Assert.Single(refused.Headers.GetValues("anthropic-ratelimit-requests-remaining")));
        }
    }
}
