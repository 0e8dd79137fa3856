using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Prices;
using KeyPass.Server.Pricing;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Prices;

/// <summary>The prices in force: seen by everybody, set by operators, and by an account for models of its own servers.</summary>
public sealed class PricesTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestAccount _boss = new("boss");
    private readonly TurnedClock _clock = new();
    private string _database = "";
    private KeyPassServer _server = null!;
    private HttpClient _asOperator = null!;
    private HttpClient _asAna = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.NewDatabaseAsync();
        _server = await StartAsync();
        _asOperator = _server.NewClient();
        await _boss.RegisterAsync(_asOperator);
        await _server.MakeOperatorAsync(_boss);
        _asAna = await _server.AsAsync("ana");
    }

    public async ValueTask DisposeAsync()
    {
        _asOperator.Dispose();
        _asAna.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Everybody_sees_what_models_cost_and_where_the_price_comes_from()
    {
        var found = (await ListAsync(_asAna, "provider=anthropic&search=claude-opus-4-5")).First();

        Assert.Equal("claude-opus-4-5", found.GetProperty("model").GetString());
        Assert.Equal(5_000_000_000, found.GetProperty("nanoUsdPerMillion").GetProperty("input").GetInt64());
        Assert.Equal(25_000_000_000, found.GetProperty("nanoUsdPerMillion").GetProperty("output").GetInt64());
        Assert.Equal("both", found.GetProperty("source").GetString());
        Assert.Contains("genai-prices", found.GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.False(found.GetProperty("override").GetBoolean());
    }

    [Fact]
    public async Task The_list_comes_page_by_page_and_whole()
    {
        var all = await ListAsync(_asAna, "provider=google&limit=200");
        var paged = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var next = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = (await _asAna.GetFromJsonAsync<JsonElement>($"/v1/prices?provider=google&limit=7{next}")).GetProperty("data");
            paged.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.InRange(all.Count, 20, 200);
        Assert.Equal(all.Select(item => item.ToString()), paged.Select(item => item.ToString()));
        foreach (var query in new[] { "limit=0", "limit=201", "cursor=x", "cursor=nowhere+x+0", "provider=nowhere", $"search={new string('x', 101)}" })
            Assert.Equal(HttpStatusCode.BadRequest, (await _asAna.GetAsync($"/v1/prices?{query}")).StatusCode);
    }

    [Fact]
    public async Task What_was_set_says_when_and_whether_it_was_by_who_reads_it_and_can_be_listed_alone()
    {
        using var set = await _asOperator.PutAsJsonAsync("/v1/prices/openai/gpt-5", new { nanoUsdPerMillion = new { input = 7, output = 9 } });
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);

        var (mine, hers) = (Assert.Single(await ListAsync(_asOperator, "overrides=true")), Assert.Single(await ListAsync(_asAna, "overrides=true")));

        Assert.Equal("gpt-5", mine.GetProperty("model").GetString());
        Assert.Equal(JsonValueKind.String, mine.GetProperty("setAt").ValueKind);
        Assert.Equal((true, false), (mine.GetProperty("setByYou").GetBoolean(), hers.GetProperty("setByYou").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, (await ListAsync(_asAna, "search=claude-opus-4-5"))[0].GetProperty("setAt").ValueKind);
        Assert.Empty(await ListAsync(_asAna, "overrides=true&provider=anthropic"));
    }

    [Fact]
    public async Task An_operators_price_counts_for_everybody_until_it_is_taken_back()
    {
        var body = new
        {
            nanoUsdPerMillion = new { input = 7, output = 9, webSearches = 11 }, contextTokens = 1000, maxOutputTokens = 100,
            longInput = new[] { new { aboveInputTokens = 500, nanoUsdPerMillion = new { output = 18 } } },
        };
        using var set = await _asOperator.PutAsJsonAsync("/v1/prices/openai/gpt-5", body);
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);

        var shown = (await ListAsync(_asAna, "provider=openai&search=gpt-5-2025-08-07")).Single();
        Assert.Equal("operator", shown.GetProperty("source").GetString());
        Assert.True(shown.GetProperty("override").GetBoolean());
        Assert.Equal(18, shown.GetProperty("longInput")[0].GetProperty("nanoUsdPerMillion").GetProperty("output").GetInt64());
        var price = Find("openai", "gpt-5-2025-08-07")!;
        Assert.Equal((7, 9), (price.RatesAt(500).Of(UsageClass.Input), price.RatesAt(500).Of(UsageClass.Output)));
        Assert.Equal((7, 18), (price.RatesAt(501).Of(UsageClass.Input), price.RatesAt(501).Of(UsageClass.Output)));
        Assert.StartsWith("operator ", price.Version, StringComparison.Ordinal);
        Assert.Equal((500_000, true), price.Factors.Of("flex", speed: null, region: null));

        Assert.Equal(HttpStatusCode.NoContent, (await _asOperator.DeleteAsync("/v1/prices/openai/GPT-5")).StatusCode);
        Assert.Equal("both", Find("openai", "gpt-5")!.Source);
        Assert.Equal(HttpStatusCode.NotFound, (await _asOperator.DeleteAsync("/v1/prices/openai/gpt-5")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _asOperator.DeleteAsync("/v1/prices/openai/%25")).StatusCode);
    }

    [Fact]
    public async Task A_new_model_with_slashes_in_its_name_is_added_and_set_anew()
    {
        foreach (var (address, input) in new[] { ("acme/new%2Fmodel", 5), ("acme%2fnew/MODEL", 6) })
            Assert.Equal(HttpStatusCode.OK, (await _asOperator.PutAsJsonAsync($"/v1/prices/together/{address}", Price(input))).StatusCode);

        Assert.Equal(6, Find("together", "acme/new/model")!.Rates.Of(UsageClass.Input));
        Assert.Equal(1, await _server.CountAsync("prices"));
    }

    [Fact]
    public async Task Writing_to_claudes_cache_is_never_cheaper_than_its_input_however_little_was_said()
    {
        using var set = await _asOperator.PutAsJsonAsync("/v1/prices/anthropic/claude-77", new { nanoUsdPerMillion = new { input = 10, output = 1 } });

        var price = Find("anthropic", "claude-77-20270101")!;
        var rates = price.Rates;
        Assert.Equal((500_000, true), price.Factors.Of("batch", speed: null, region: null));
        Assert.Equal((13, 20, 10), (rates.Of(UsageClass.CacheWrite), rates.Of(UsageClass.CacheWriteLong), rates.Of(UsageClass.CachedInput)));
    }

    [Fact]
    public async Task Nobody_but_an_operator_prices_a_model_of_the_catalogue()
    {
        foreach (var refused in new[] { await _asAna.PutAsJsonAsync("/v1/prices/openai/gpt-5", Price(1)), await _asAna.DeleteAsync("/v1/prices/openai/gpt-5") })
        {
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("operator_required", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal(0, await _server.CountAsync("prices"));
    }

    [Fact]
    public async Task An_account_prices_its_own_servers_models_for_itself_alone()
    {
        using var ben = await _server.AsAsync("ben");
        Assert.Equal(HttpStatusCode.OK, (await _asAna.PutAsJsonAsync("/v1/prices/custom/llama-3", Price(3))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ben.PutAsJsonAsync("/v1/prices/custom/llama-3", Price(4))).StatusCode);
        // An operator is an account like another here.
        Assert.Equal(HttpStatusCode.OK, (await _asOperator.PutAsJsonAsync("/v1/prices/custom/other", Price(5))).StatusCode);

        var anas = (await ListAsync(_asAna, "provider=custom")).Single();
        Assert.Equal(("account", 3), (anas.GetProperty("source").GetString(), anas.GetProperty("nanoUsdPerMillion").GetProperty("input").GetInt64()));
        Assert.Null(Find("custom:/v1", "llama-3"));
        Assert.Equal(HttpStatusCode.NotFound, (await ben.DeleteAsync("/v1/prices/custom/other")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await ben.DeleteAsync("/v1/prices/custom/llama-3")).StatusCode);
        Assert.Single(await ListAsync(_asAna, "provider=custom"));
        Assert.Empty(await ListAsync(ben, "provider=custom"));
    }

    [Fact]
    public async Task An_account_has_so_many_prices_of_its_own_and_no_more()
    {
        for (var number = 0; number < PriceStore.MostOfAnAccount; number++)
            Assert.Equal(HttpStatusCode.OK, (await _asAna.PutAsJsonAsync($"/v1/prices/custom/m{number}", Price(1))).StatusCode);

        Assert.Equal(HttpStatusCode.BadRequest, (await _asAna.PutAsJsonAsync("/v1/prices/custom/more", Price(1))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _asAna.PutAsJsonAsync("/v1/prices/custom/m0", Price(2))).StatusCode);
        Assert.Equal(PriceStore.MostOfAnAccount, await _server.CountAsync("prices"));
    }

    [Theory]
    [InlineData("""{"nanoUsdPerMillion":{}}""", "nanoUsdPerMillion")]
    [InlineData("""{"nanoUsdPerMillion":{"input":-1}}""", "nanoUsdPerMillion.input")]
    [InlineData("""{"nanoUsdPerMillion":{"input":9000000000000001}}""", "nanoUsdPerMillion.input")]
    [InlineData("""{"nanoUsdPerMillion":{"tokens":1}}""", "nanoUsdPerMillion")]
    [InlineData("""{"nanoUsdPerMillion":{"input":1},"contextTokens":0}""", "contextTokens")]
    [InlineData("""{"nanoUsdPerMillion":{"input":1},"maxOutputTokens":1000000001}""", "maxOutputTokens")]
    [InlineData("""{"nanoUsdPerMillion":{"input":1},"longInput":[{"aboveInputTokens":0,"nanoUsdPerMillion":{"input":1}}]}""", "longInput[0].aboveInputTokens")]
    [InlineData("""
        {"nanoUsdPerMillion":{"input":1},"longInput":[{"aboveInputTokens":2,"nanoUsdPerMillion":{"input":1}},
        {"aboveInputTokens":2,"nanoUsdPerMillion":{"input":1}}]}
        """, "longInput[1].aboveInputTokens")]
    [InlineData("""{"nanoUsdPerMillion":{"input":1},"longInput":[{"aboveInputTokens":2,"nanoUsdPerMillion":{"webSearches":1}}]}""",
        "longInput[0].nanoUsdPerMillion.webSearches")]
    [InlineData("""{"nanoUsdPerMillion":{"input":1.5}}""", "nanoUsdPerMillion.input")]
    [InlineData("""{"nanoUsdPerMillion":{"input":"1"}}""", "nanoUsdPerMillion.input")]
    [InlineData("{}", null)]
    [InlineData("""{"nanoUsdPerMillion":null}""", "nanoUsdPerMillion")]
    public async Task A_price_that_cannot_be_is_refused_by_the_name_of_its_field(string body, string? field)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        using var refused = await _asAna.PutAsync("/v1/prices/custom/llama-3", content);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var error = (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        if (field is not null)
            Assert.Equal(field, error.GetProperty("field").GetString());
        Assert.Equal(0, await _server.CountAsync("prices"));
    }

    [Fact]
    public async Task A_name_that_no_model_has_is_refused()
    {
        foreach (var name in new[] { "a%20b", "a%00b", "%3Cb%3E", new string('x', 201) })
        {
            using var refused = await _asAna.PutAsJsonAsync($"/v1/prices/custom/{name}", Price(1));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        Assert.Equal(HttpStatusCode.BadRequest, (await _asOperator.PutAsJsonAsync("/v1/prices/nowhere/m", Price(1))).StatusCode);
        Assert.Equal(0, await _server.CountAsync("prices"));
    }

    [Fact]
    public async Task A_price_set_at_one_server_soon_counts_at_another_and_after_a_start()
    {
        await using var other = await StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await _asOperator.PutAsJsonAsync("/v1/prices/openai/gpt-77", Price(77))).StatusCode);

        // Its clock rings without delay; this waits for the ring and asserts no time.
        while (Find("openai", "gpt-77", other) is null)
            await Task.Delay(20);
        await using var later = await StartAsync();
        Assert.Equal(77, Find("openai", "gpt-77", later)!.Rates.Of(UsageClass.Input));

        Assert.Equal(HttpStatusCode.NoContent, (await _asOperator.DeleteAsync("/v1/prices/openai/gpt-77")).StatusCode);
        while (Find("openai", "gpt-77", other) is not null)
            await Task.Delay(20);
    }

    [Fact]
    public async Task Of_many_changes_at_once_the_last_counts_everywhere_and_none_fails()
    {
        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(number => _asOperator.PutAsJsonAsync("/v1/prices/openai/gpt-77", Price(number))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(1, await _server.CountAsync("prices"));
        await using var command = _server.Database.Source.CreateCommand("SELECT price->'nanoUsdPerMillion'->>'input' FROM prices");
        var stored = long.Parse((string)(await command.ExecuteScalarAsync())!, CultureInfo.InvariantCulture);
        Assert.Equal(stored, Find("openai", "gpt-77")!.Rates.Of(UsageClass.Input));
    }

    [Fact]
    public async Task An_account_takes_its_prices_with_it()
    {
        var ben = new TestAccount("ben");
        using var client = _server.NewClient();
        await ben.RegisterAsync(client);
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsJsonAsync("/v1/prices/custom/llama-3", Price(3))).StatusCode);

        using var delete = new HttpRequestMessage(HttpMethod.Delete, "/v1/account");
        delete.Content = JsonContent.Create(new { email = ben.Email, authHash = ben.AuthHash });
        using var deleted = await client.SendAsync(delete);

        Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync());
        Assert.Equal(0, await _server.CountAsync("prices"));
    }

    private Task<KeyPassServer> StartAsync() => KeyPassServer.StartAsync(cluster, withProbe: false, add: _clock.AddTo,
        settings: [("KeyPass:Operators", _boss.Email), ("ConnectionStrings:KeyPass", _database), ("KeyPass:RingFile", RingFile)]);

    private string RingFile { get; } = Path.Combine(Artifacts.NewFolder("ring"), "ring");

    /// <summary>As the gateway asks for everybody's.</summary>
    private ModelPrice? Find(string provider, string model, KeyPassServer? server = null) =>
        (server ?? _server).Services.GetRequiredService<PriceBookSource>().For(Guid.Empty).Find(provider, model, DateTimeOffset.UnixEpoch.AddYears(56));

    private static object Price(long input) => new { nanoUsdPerMillion = new { input, output = input } };

    private static async Task<List<JsonElement>> ListAsync(HttpClient client, string query) =>
        [.. (await client.GetFromJsonAsync<JsonElement>($"/v1/prices?{query}")).GetProperty("data").GetProperty("items").EnumerateArray()];
}
