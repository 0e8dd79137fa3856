using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Vault;

/// <summary>Trying a key at its provider, which here is a small server of the test's own.</summary>
public sealed class KeyTestTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestAccount _owner = new("ana");
    private FakeProvider _provider = null!;
    private KeyPassServer _server = null!;
    private HttpClient _ana = null!;

    private TestVault Vault => _owner.Vault;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings:
            [("KeyPass:Providers:openai:Origin", _provider.Address), ("KeyPass:Providers:anthropic:Origin", _provider.Address)]);
        _ana = _server.NewClient();
        await _owner.RegisterAsync(_ana);
    }

    public async ValueTask DisposeAsync()
    {
        _ana.Dispose();
        await _server.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_key_the_provider_takes_is_ok_and_was_sent_as_the_provider_wants_it()
    {
        var openAi = await Vault.AddKeyAsync(_ana);

        var (status, answer) = await TestAsync(openAi);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(answer.GetProperty("ok").GetBoolean());
        var asked = Assert.Single(_provider.Requests);
        Assert.Equal("GET /v1/models", asked.Line);
        Assert.Equal("Bearer " + Canary.ProviderKey, asked.Headers["Authorization"]);
        Assert.False(asked.Headers.ContainsKey("traceparent"));
        var last = Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/keys")).GetProperty("lastTest");
        Assert.Equal("ok", last.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(401, "invalid")]
    [InlineData(403, "no_permission")]
    [InlineData(429, "rate_limited")]
    [InlineData(402, "no_credit")]
    [InlineData(500, "unreachable")]
    [InlineData(302, "unreachable")]
    public async Task What_the_provider_answers_is_told_in_words_and_redirects_are_not_followed(int status, string told)
    {
        _provider.Status = status;
        var (_, answer) = await TestAsync(await Vault.AddKeyAsync(_ana));

        Assert.False(answer.GetProperty("ok").GetBoolean());
        Assert.Equal(told, answer.GetProperty("status").GetString());
        Assert.NotEmpty(answer.GetProperty("message").GetString()!);
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task A_key_of_the_sandbox_is_tried_inside_the_server_and_goes_to_no_other_place()
    {
        var (_, answer) = await TestAsync(await Vault.AddKeyAsync(_ana, "sandbox", "https://sandbox.keypass.invalid"));

        Assert.Equal("ok", answer.GetProperty("status").GetString());
        Assert.Empty(_provider.Connections);
        Assert.False(ProviderCatalog.Allows("sandbox", "https://sandbox.keypass.example"));
    }

    [Fact]
    public async Task A_server_of_the_owners_own_that_is_not_public_is_never_called()
    {
        foreach (var origin in new[] { $"https://localhost:{new Uri(_provider.Address).Port}", $"https://127.0.0.1:{new Uri(_provider.Address).Port}" })
        {
            var (_, answer) = await TestAsync(await Vault.AddKeyAsync(_ana, "custom:/v1", origin));
            Assert.Equal("unreachable", answer.GetProperty("status").GetString());
        }
        Assert.Empty(_provider.Connections);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("100.100.100.200")]
    [InlineData("192.168.1.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("2002:7f00:1::")]
    public void Private_and_special_addresses_are_not_public(string address) => Assert.False(PublicAddresses.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("2606:4700:4700::1111")]
    public void Addresses_of_the_net_are_public(string address) => Assert.True(PublicAddresses.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public async Task A_key_is_tried_ten_times_an_hour_and_not_more_however_fast_one_asks()
    {
        var held = await Vault.AddKeyAsync(_ana);

        var answers = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => TestAsync(held)));

        Assert.Equal(10, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(15, answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests));
        Assert.Equal(10, _provider.Requests.Count);
    }

    [Fact]
    public async Task A_grant_of_another_key_or_for_another_provider_opens_nothing_and_nothing_is_sent()
    {
        var openAi = await Vault.AddKeyAsync(_ana);
        var other = await Vault.AddKeyAsync(_ana, "anthropic", "https://api.anthropic.com");

        using var swapped = await _ana.PostAsJsonAsync($"/v1/keys/{openAi.Id:N}/test", Vault.NewGrant(CredentialKind.VirtualKey, "test", [], other).Body);
        await using (var retarget = _server.Database.Source.CreateCommand(
            $"UPDATE vault_items SET provider = 'anthropic', origin = 'https://api.anthropic.com' WHERE id = '{openAi.Id}'"))
            await retarget.ExecuteNonQueryAsync();
        var (retargeted, _) = await TestAsync(openAi);

        Assert.Equal(HttpStatusCode.InternalServerError, swapped.StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, retargeted);
        Assert.Empty(_provider.Requests);
    }

    [Fact]
    public async Task A_token_that_holds_a_key_tries_it_by_its_own_grant()
    {
        var held = await Vault.AddKeyAsync(_ana);
        var (bearer, _) = await Vault.TokenAsync(_server, _ana, "ci", ["delegate"], held);

        using var response = await bearer.PostAsJsonAsync($"/v1/keys/{held.Id:N}/test", new { });

        Assert.Equal("ok", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("status").GetString());
        Assert.Equal("Bearer " + Canary.ProviderKey, Assert.Single(_provider.Requests).Headers["Authorization"]);
    }

    private async Task<(HttpStatusCode Status, JsonElement Answer)> TestAsync(TestVault.Held held)
    {
        using var response = await _ana.PostAsJsonAsync($"/v1/keys/{held.Id:N}/test", Vault.NewGrant(CredentialKind.VirtualKey, "test", [], held).Body);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (response.StatusCode, body.TryGetProperty("data", out var data) ? data : default);
    }
}
