using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Providers;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>The list of models of a key that holds a key of its owner's own server.</summary>
public sealed class CustomModelsTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Own = "custom:/v1";
    private const string Theirs = """{"object":"list","data":[{"id":"llama-3"},{"id":"qwen/qwen3-8b"},{"id":7},{"name":"x"},{"id":"\ud800"},{"id":""}]}""";

    private readonly TestClock _clock = new();
    private readonly TestAccount _ana = new("ana");
    private FakeProvider _provider = null!;
    private KeyPassServer _server = null!;
    private HttpClient _asAna = null!;
    private TestVault.Held _held = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        // The operator's setting knows vendors only; what dials a person's own server is the same.
        var settings = new ProviderSettings(new Dictionary<string, Uri> { [Own] = new(_provider.Address) }, false, TimeSpan.FromSeconds(30));
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: builder =>
        {
            builder.Services.AddSingleton(settings);
            builder.Services.AddSingleton<TimeProvider>(_clock);
        });
        _asAna = _server.NewClient();
        await _ana.RegisterAsync(_asAna);
        _held = await _ana.Vault.AddKeyAsync(_asAna, Own, "https://llm.example.com", TestVault.NewSecret());
        Answers(Theirs);
    }

    public async ValueTask DisposeAsync()
    {
        _asAna.Dispose();
        await _server.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task They_are_those_that_the_server_says_it_has()
    {
        using var caller = await KeyAsync();

        Assert.Equal(["llama-3", "qwen/qwen3-8b"], await ListAsync(caller));
        Assert.Equal(["llama-3", "qwen/qwen3-8b"], await ListAsync(caller, "/custom/llm.example.com/v1/models"));
        var one = await caller.GetFromJsonAsync<JsonElement>("/v1/models/qwen/qwen3-8b");
        Assert.Equal(("qwen/qwen3-8b", "custom"), (one.GetProperty("id").GetString(), one.GetProperty("owned_by").GetString()));
        using var none = await caller.GetAsync("/v1/models/other");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);

        var asked = Assert.Single(_provider.Requests);
        Assert.Equal(("GET /v1/models", "Bearer " + _held.Text), (asked.Line, asked.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_key_is_shown_none_that_it_may_not_use()
    {
        using var narrow = await KeyAsync(new { models = new[] { "llama-*" } });
        using var elsewhere = await KeyAsync(new { providers = new[] { "openai" } });

        Assert.Equal(["llama-3"], await ListAsync(narrow));
        Assert.Empty(await ListAsync(elsewhere));
    }

    [Fact]
    public async Task Under_a_budget_they_are_those_that_have_a_price()
    {
        using var price = await _asAna.PutAsJsonAsync("/v1/prices/custom/llama-3", new { nanoUsdPerMillion = new { input = 3, output = 3 } });
        Assert.True(price.IsSuccessStatusCode, await price.Content.ReadAsStringAsync());
        using var caller = await KeyAsync(new { budget = new { limitCents = 100 } });

        Assert.Equal(["llama-3"], await ListAsync(caller));
        Assert.Empty(_provider.Requests);
    }

    [Fact]
    public async Task Beside_another_provider_they_are_listed_where_a_call_would_reach_the_server()
    {
        var sandbox = await _ana.Vault.AddKeyAsync(_asAna, "sandbox", GatewayRun.OriginOf("sandbox"));
        var made = await _ana.Vault.VirtualKeyAsync(_asAna, "tests", null, sandbox, _held);
        using var caller = TestVault.Presenting(_server, made.Text);

        Assert.DoesNotContain("llama-3", await ListAsync(caller));
        Assert.Equal(["llama-3", "qwen/qwen3-8b"], await ListAsync(caller, "/custom/llm.example.com/v1/models"));
    }

    [Fact]
    public async Task The_server_is_asked_once_a_minute_however_many_ask()
    {
        using var caller = await KeyAsync();
        using var other = await KeyAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => ListAsync(number % 2 == 0 ? caller : other)));
        Assert.Single(_provider.Requests);

        Answers("""[{"id":"new"}]""");
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(["new"], await ListAsync(caller));
    }

    [Fact]
    public async Task Where_the_server_says_nothing_of_use_the_rest_of_the_list_comes()
    {
        var sandbox = await _ana.Vault.AddKeyAsync(_asAna, "sandbox", GatewayRun.OriginOf("sandbox"));
        using var caller = await KeyAsync(null, sandbox);
        var tooLong = $$"""{"data":[{"id":"x","about":"{{new string('a', 2_000_000)}}"}]}""";

        foreach (var (status, text) in new[]
        {
            (404, "{}"), (302, Theirs), (401, Theirs), (200, "no JSON"), (200, "7"), (200, """{"data":{"id":"x"}}"""), (200, tooLong),
        })
        {
            _provider.Requests.Clear();
            _clock.Advance(TimeSpan.FromSeconds(61));
            Answers(text, status);
            var listed = await ListAsync(caller);
            Assert.Contains("sandbox-ok", listed);
            Assert.All(listed, name => Assert.StartsWith("sandbox-", name, StringComparison.Ordinal));
            Assert.Single(_provider.Requests);
        }
    }

    [Fact]
    public async Task A_server_that_hangs_or_has_endless_names_is_left_out_or_cut()
    {
        var names = string.Join(',', Enumerable.Range(0, 2_000).Select(number => $$"""{"id":"{{new string('m', 100)}}{{number}}"}"""));
        Answers($$"""{"data":[{"id":"{{new string('n', 201)}}"},{{names}}]}""");
        using var caller = await KeyAsync();
        Assert.InRange((await ListAsync(caller)).Count, 1, 700);

        _provider.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Empty(await ListAsync(caller));
    }

    private async Task<HttpClient> KeyAsync(object? limits = null, params TestVault.Held[] others) =>
        TestVault.Presenting(_server, (await _ana.Vault.VirtualKeyAsync(_asAna, "tests", limits, [_held, .. others])).Text);

    private static async Task<IReadOnlyList<string>> ListAsync(HttpClient caller, string path = "/v1/models") =>
        [.. (await caller.GetFromJsonAsync<JsonElement>(path)).GetProperty("data").EnumerateArray().Select(one => one.GetProperty("id").GetString()!)];

    private void Answers(string text, int status = 200)
    {
        _provider.Status = status;
        _provider.Answer = context => context.Response.WriteAsync(text);
    }
}
