using System.Text;
using System.Text.Json;

namespace KeyPass.Sdk.Tests;

public class ClientTests : IAsyncLifetime
{
    private Replay _server = null!;
    private KeyPassClient _keypass = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await Contract.StartAsync();
        _keypass = _server.Client();
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task A_link_session_begins_as_the_app_with_what_it_asks_for()
    {
        var session = await _keypass.CreateLinkSessionAsync(new() { RequestedProviders = ["openai", "anthropic"], BudgetSuggestionCents = 1000 });
        Assert.Equal(("kp_lt_canary7f3a", Contract.SessionId), (session.LinkToken, session.LinkSessionId));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"kp_cid_1:{Contract.Secret}")), _server.Last.Headers["Authorization"]);
        Assert.Equal("""{"requestedProviders":["openai","anthropic"],"budgetSuggestionCents":1000}""", _server.Last.Body);
        Assert.True(Guid.TryParse(_server.Last.Headers["Idempotency-Key"], out _));
    }

    [Fact]
    public async Task A_public_token_is_exchanged_with_its_verifier()
    {
        var exchanged = await _keypass.ExchangePublicTokenAsync("kp_pt_1", "verifier", Contract.SessionId);
        Assert.Equal((Contract.AccessToken, Contract.ConnectionId, 2), (exchanged.AccessToken, exchanged.ConnectionId, exchanged.Granted.ProviderKeys));
        Assert.Equal((1000, "monthly"), (exchanged.Budget.LimitCents, exchanged.Budget.Period));
        Assert.Equal("""{"publicToken":"kp_pt_1","codeVerifier":"verifier"}""", _server.Last.Body);
    }

    [Fact]
    public async Task A_public_token_of_another_session_than_the_one_named_is_not_taken() =>
        Assert.Equal("wrong_session", (await Fails(() => _keypass.ExchangePublicTokenAsync("kp_pt_1", linkSessionId: "another"))).Code);

    [Fact]
    public async Task Connections_usage_and_the_session_can_be_read()
    {
        Assert.Equal(9_996_000_000, (await _keypass.GetConnectionAsync(Contract.ConnectionId)).Budget!.RemainingNanoUsd);
        Assert.Equal("active", Assert.Single((await _keypass.ListConnectionsAsync(limit: 5, cursor: "a b")).Items).Status);
        var from = new DateTimeOffset(2026, 11, 1, 1, 0, 0, TimeSpan.FromHours(1));
        Assert.Equal(42_500, Assert.Single(await _keypass.GetUsageAsync(Contract.ConnectionId, from, groupBy: "model")).CostNanoUsd);
        var state = await _keypass.GetLinkSessionAsync(Contract.SessionId);
        Assert.Equal(("approved", "created"), (state.Outcome, state.Events[0].Name));
        Assert.Equal(
            [
                $"/v1/connections/{Contract.ConnectionId}", "/v1/connections?limit=5&cursor=a%20b",
                $"/v1/connections/{Contract.ConnectionId}/usage?from=2026-11-01T00%3A00%3A00Z&groupBy=model", $"/v1/link/sessions/{Contract.SessionId}",
            ],
            _server.Requests.Select(one => one.Url));
    }

    [Fact]
    public async Task A_chat_carries_the_access_token_and_what_else_the_provider_takes()
    {
        var other = new Dictionary<string, JsonElement> { ["temperature"] = JsonDocument.Parse("0").RootElement };
        var completion = await _keypass.ChatCompletionAsync(Contract.AccessToken, Contract.Chat with { Other = other });
        Assert.Equal(("Hello.", "stop", 11), (completion.Text, completion.Choices[0].FinishReason, completion.Usage!.TotalTokens));
        Assert.Equal("default", completion.Other!["service_tier"].GetString());
        Assert.Equal($"Bearer {Contract.AccessToken}", _server.Last.Headers["Authorization"]);
        Assert.Equal(
            """{"provider":"openai","model":"gpt-4o","messages":[{"role":"user","content":"Say hello."}],"temperature":0}""", _server.Last.Body);
    }

    [Fact]
    public async Task Other_calls_pass_through_and_their_noes_as_the_provider_says_them()
    {
        _server.Always("POST /v1/proxy/passthrough/openai/v1/embeddings", Replay.Json(418, "teapot"));
        using var content = new StringContent("hello");
        using var answer = await _keypass.PassthroughAsync(Contract.AccessToken, "openai", HttpMethod.Post, "/v1/embeddings?a=1", content);
        Assert.Equal((418, "\"teapot\"", "hello"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), _server.Last.Body));
    }

    [Fact]
    public async Task A_no_carries_what_it_says()
    {
        var no = await Assert.ThrowsAsync<KeyPassBudgetException>(
            () => _keypass.ChatCompletionAsync(Contract.AccessToken, Contract.Chat with { Model = "too-dear" }));
        Assert.Equal(("budget_exceeded", 402, "req_1", 10_000_000_000), (no.Code, no.Status, no.RequestId, no.Budget.LimitNanoUsd));
        Assert.Equal(new Uri("https://keypass.example/connections/1"), no.UpdateUrl);
        _server.Next("POST /v1/link/exchange", Replay.Refusal(400, "invalid_request", new { field = "publicToken" }));
        Assert.Equal("publicToken", (await Fails(() => _keypass.ExchangePublicTokenAsync("x"))).Field);
    }

    [Fact]
    public async Task A_no_of_the_provider_has_the_providers_words()
    {
        _server.Next(Contract.ChatRoute, Replay.Refusal(429, "provider_refused", new { provider = new { type = "tokens" } }, "7"));
        var no = await Fails(() => _keypass.ChatCompletionAsync(Contract.AccessToken, Contract.Chat));
        Assert.Equal(("tokens", TimeSpan.FromSeconds(7)), (no.Provider!.Value.GetProperty("type").GetString(), no.RetryAfter));
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(404, "<h1>Not here</h1>")]
    [InlineData(200, "hello")]
    [InlineData(200, """{"success":true}""")]
    [InlineData(302, "")]
    public async Task An_answer_of_something_else_between_is_said_to_be_that(int status, string body)
    {
        _server.Always("GET /v1/connections", async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
        });
        Assert.Equal(("unexpected_answer", status), (await Fails(() => _keypass.ListConnectionsAsync())) is var no ? (no.Code, no.Status!.Value) : default);
        Assert.DoesNotContain(_server.Requests, one => one.Url == "/elsewhere");
    }

    [Fact]
    public async Task Nothing_that_is_printed_has_a_secret_in_it()
    {
        var nobody = new KeyPassClient(_server.Options(maxRetries: 0) with { BaseUrl = new Uri("http://127.0.0.1:1") });
        object[] printed =
        [
            _keypass, _server.Options(), await _keypass.CreateLinkSessionAsync(new() { RequestedProviders = [], BudgetSuggestionCents = 1 }),
            await _keypass.ExchangePublicTokenAsync("kp_pt_1"),
            await Fails(() => nobody.ChatCompletionAsync(Contract.AccessToken, Contract.Chat)),
            await Fails(() => _keypass.ChatCompletionAsync(Contract.AccessToken, Contract.Chat with { Model = "too-dear" })),
            await Assert.ThrowsAsync<ArgumentException>(() => _keypass.ChatCompletionAsync(Contract.AccessToken + "\n", Contract.Chat)),
            Assert.Throws<ArgumentException>(() => new KeyPassClient(_server.Options() with { ClientSecret = Contract.Secret + "\r" })),
        ];
        Assert.DoesNotContain("canary7f3a", string.Join('\n', printed), StringComparison.Ordinal);
        Assert.Contains("kp_cid_1", _server.Options().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://keypass.example")]
    [InlineData("ftp://localhost")]
    [InlineData("https://user:pass@keypass.example")]
    [InlineData("https://keypass.example/?a")]
    public void A_secret_leaves_for_nobody_else_than_the_server_named(string address) =>
        Assert.Throws<ArgumentException>(() => new KeyPassClient(_server.Options() with { BaseUrl = new Uri(address) }));

    [Theory]
    [InlineData("openai", "/../../link/exchange")]
    [InlineData("openai", "//evil.example/v1")]
    [InlineData("openai", "v1/models")]
    [InlineData("openai", "/v1/a b")]
    [InlineData("openai", "/v1/%2e%2e/%2e%2e/x")]
    [InlineData("openai", @"/v1\..\x")]
    [InlineData("openai", "/v1#x")]
    [InlineData("..", "/v1")]
    [InlineData("a/b", "/v1")]
    [InlineData("", "/v1")]
    public async Task A_credential_is_not_sent_to_another_route_than_the_one_written(string provider, string path)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _keypass.PassthroughAsync(Contract.AccessToken, provider, HttpMethod.Get, path));
        Assert.Empty(_server.Requests);
    }

    private static Task<KeyPassException> Fails(Func<Task> call) => Assert.ThrowsAnyAsync<KeyPassException>(call);
}
