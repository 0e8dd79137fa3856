namespace KeyPass.Sdk.Tests;

public class RetryTests : IAsyncLifetime
{
    private Replay _server = null!;

    public async ValueTask InitializeAsync() => _server = await Contract.StartAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task A_write_is_tried_again_under_the_same_name()
    {
        _server.Next("POST /v1/link/exchange", Replay.HangUp, Replay.Refusal(503, "draining", retryAfter: "0"));
        Assert.Equal(Contract.AccessToken, (await _server.Client().ExchangePublicTokenAsync("kp_pt_1")).AccessToken);
        Assert.Equal((3, 1), (_server.Requests.Count, Names().Distinct().Count()));
    }

    [Fact]
    public async Task Another_session_begins_where_the_answer_with_the_first_was_lost()
    {
        _server.Next("POST /v1/link/sessions", Replay.HangUp, Replay.Refusal(409, "already_done"));
        await _server.Client().CreateLinkSessionAsync(new() { RequestedProviders = ["openai"], BudgetSuggestionCents = 1 });
        Assert.Equal((3, 2), (_server.Requests.Count, Names().Distinct().Count()));
    }

    [Fact]
    public async Task A_chat_that_may_have_begun_is_not_tried_again()
    {
        _server.Next(Contract.ChatRoute, Replay.HangUp, Replay.Refusal(502, "provider_unreachable"));
        foreach (var code in new[] { "unreachable", "provider_unreachable" })
        {
            var no = await Assert.ThrowsAsync<KeyPassException>(() => _server.Client().ChatCompletionAsync(Contract.AccessToken, Contract.Chat));
            Assert.Equal(code, no.Code);
        }
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task A_chat_that_surely_has_not_begun_is_tried_again()
    {
        _server.Next(Contract.ChatRoute, Replay.Refusal(503, "overloaded", retryAfter: "0"));
        Assert.Equal("Hello.", (await _server.Client().ChatCompletionAsync(Contract.AccessToken, Contract.Chat)).Text);
    }

    [Fact]
    public async Task Two_more_tries_are_made_and_none_where_the_wait_is_long()
    {
        _server.Always("GET /v1/connections", Replay.Refusal(503, "draining", retryAfter: "0"));
        await Assert.ThrowsAsync<KeyPassException>(() => _server.Client().ListConnectionsAsync());
        Assert.Equal(3, _server.Requests.Count);
        _server.Always("GET /v1/connections", Replay.Refusal(429, "rate_limited", retryAfter: "3600"));
        var no = await Assert.ThrowsAsync<KeyPassException>(() => _server.Client().ListConnectionsAsync());
        Assert.Equal((TimeSpan.FromHours(1), 4), (no.RetryAfter, _server.Requests.Count));
    }

    [Fact]
    public async Task A_call_ends_when_nothing_comes()
    {
        _server.Always("GET /v1/connections", Replay.Silence);
        var client = _server.Client(timeout: TimeSpan.FromMilliseconds(100));
        Assert.Equal("timeout", (await Assert.ThrowsAsync<KeyPassException>(() => client.ListConnectionsAsync())).Code);
    }

    [Fact]
    public async Task A_call_ends_when_the_caller_says_so()
    {
        _server.Always(Contract.ChatRoute, Replay.Silence);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var call = _server.Client().ChatCompletionAsync(Contract.AccessToken, Contract.Chat, source.Token);
        var ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(source.Token, ended.CancellationToken);
    }

    private IEnumerable<string> Names() => _server.Requests.Select(one => one.Headers["Idempotency-Key"]);
}
