using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Vault;

public sealed class KeysTests(TestCluster cluster) : IAsyncLifetime
{
    private KeyPassServer _server = null!;
    private HttpClient _ana = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _ana = await _server.AsAsync("ana");
    }

    public async ValueTask DisposeAsync()
    {
        _ana.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_sealed_key_comes_back_as_it_was_sealed_until_it_is_deleted()
    {
        var key = TestKey.Body() with { Label = "work" };
        await TestKey.AddAsync(_ana, key);

        var listed = Assert.Single(await ListAsync());
        Assert.Equal(key.Id, listed.GetProperty("id").GetString());
        Assert.Equal(key.Envelope, listed.GetProperty("envelope").GetString());
        Assert.Equal("work", listed.GetProperty("label").GetString());
        Assert.Equal("sealed", listed.GetProperty("custody").GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await _ana.PatchAsJsonAsync($"/v1/keys/{key.Id}", new { label = "home" })).StatusCode);
        Assert.Equal("home", Assert.Single(await ListAsync()).GetProperty("label").GetString());
        Assert.Equal(HttpStatusCode.NoContent, (await _ana.DeleteAsync($"/v1/keys/{key.Id}")).StatusCode);
        Assert.Empty(await ListAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await _ana.DeleteAsync($"/v1/keys/{key.Id}")).StatusCode);
    }

    [Fact]
    public async Task Of_rotations_at_once_one_holds_and_the_others_are_told()
    {
        var id = await TestKey.AddAsync(_ana);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ =>
            _ana.PutAsJsonAsync($"/v1/keys/{id}", new { version = 2, envelope = TestKey.Envelope() })));

        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(2, Assert.Single(await ListAsync()).GetProperty("version").GetInt32());
        Assert.Equal(HttpStatusCode.Conflict, (await _ana.PutAsJsonAsync($"/v1/keys/{id}", new { version = 7, envelope = TestKey.Envelope() })).StatusCode);
    }

    [Fact]
    public async Task Deleting_by_provider_works_while_there_is_one_and_asks_which_when_there_are_two()
    {
        await TestKey.AddAsync(_ana);
        var second = await TestKey.AddAsync(_ana);

        Assert.Equal(HttpStatusCode.Conflict, (await _ana.DeleteAsync("/v1/keys/openai")).StatusCode);
        await _ana.DeleteAsync($"/v1/keys/{second}");
        Assert.Equal(HttpStatusCode.NoContent, (await _ana.DeleteAsync("/v1/keys/openai")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _ana.DeleteAsync("/v1/keys/openai")).StatusCode);
    }

    [Fact]
    public async Task A_key_in_the_clear_is_refused_and_not_kept_anywhere()
    {
        using var response = await _ana.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });

        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("sealed_vault_needs_client", body, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary.ProviderKey, body, StringComparison.Ordinal); // files and logs: the canary's search at the end
        Assert.Empty(await ListAsync());
    }

    [Theory]
    [InlineData("openai", "https://evil.example", "provider")]
    [InlineData("openai", "https://api.openai.com:8443", "provider")]
    [InlineData("openai", "https://API.openai.com", "provider")]
    [InlineData("openai", "https://api.openai.com/v1", "provider")]
    [InlineData("nobody", "https://api.openai.com", "provider")]
    [InlineData("custom", "https://llm.example.com", "provider")]
    [InlineData("custom:/v1/../admin", "https://llm.example.com", "provider")]
    [InlineData("custom:/v1", "http://llm.example.com", "provider")]
    public async Task A_key_may_go_only_where_its_provider_is(string provider, string origin, string field)
    {
        using var response = await _ana.PostAsJsonAsync("/v1/keys", TestKey.Body() with { Provider = provider, Origin = origin });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(field, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
    }

    [Theory]
    [InlineData("azure", "https://example.openai.azure.com")]
    [InlineData("custom:/v1", "https://llm.example.com")]
    public async Task Where_the_owner_says_the_address_theirs_is_taken(string provider, string origin) =>
        await TestKey.AddAsync(_ana, TestKey.Body() with { Provider = provider, Origin = origin });

    [Fact]
    public async Task The_catalogue_names_every_provider_with_what_to_ask_for()
    {
        var providers = (await _server.Client.GetFromJsonAsync<JsonElement>("/v1/providers")).GetProperty("data").GetProperty("items");

        string[] expected =
        [
            "openai", "anthropic", "google", "groq", "mistral", "deepseek", "xai", "openrouter", "together", "fireworks", "cohere",
            "azure", "bedrock", "vertex", "custom", "sandbox",
        ];
        Assert.Equal(expected, providers.EnumerateArray().Select(provider => provider.GetProperty("id").GetString()));
        Assert.All(providers.EnumerateArray(), provider => Assert.NotEqual(0, provider.GetProperty("fields").GetArrayLength()));
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync() =>
        [.. (await _ana.GetFromJsonAsync<JsonElement>("/v1/keys")).GetProperty("data").GetProperty("items").EnumerateArray()];
}
