using System.Text.Json;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>Somebody who writes in the database puts what is his in the place of what is another's: his key would read her prompts.</summary>
public sealed class SubstitutionAttackTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestAccount _benOwner = new("ben");
    private GatewayRun _run = null!;
    private HttpClient _ben = null!;
    private TestVault.Held _bens = null!;
    private TestVault.Made _bensKey = null!;

    public async ValueTask InitializeAsync()
    {
        _run = await GatewayRun.StartAsync(cluster);
        _run.Answers(Calls.Said);
        _ben = _run.Server.NewClient();
        await _benOwner.RegisterAsync(_ben);
        _bens = await _benOwner.Vault.AddKeyAsync(_ben, text: Canary.ProviderKey + "-bens");
        _bensKey = await _benOwner.Vault.VirtualKeyAsync(_ben, "ben's", limits: null, _bens);
    }

    public async ValueTask DisposeAsync()
    {
        _ben.Dispose();
        await _run.DisposeAsync();
    }

    [Theory]
    [InlineData("UPDATE sealed_keys SET envelope = (SELECT envelope FROM sealed_keys WHERE grant_id = '{ben}') WHERE grant_id = '{ana}'")]
    [InlineData("DELETE FROM sealed_keys WHERE grant_id = '{ana}'; UPDATE sealed_keys SET grant_id = '{ana}' WHERE grant_id = '{ben}'")]
    [InlineData("""
        DELETE FROM sealed_keys WHERE grant_id = '{ana}'; UPDATE sealed_keys SET grant_id = '{ana}', key_id = '{anasItem}' WHERE grant_id = '{ben}'
        """)]
    public async Task A_sealed_key_of_another_in_the_place_of_hers_gets_no_call(string statement)
    {
        foreach (var one in statement.Split(';'))
            await ExecuteAsync(one);

        using var refused = await _run.PostAsync("/v1/chat/completions", Calls.Ask);

        Assert.NotEqual(200, (int)refused.StatusCode);
        Assert.Empty(_run.Provider.Connections);
    }

    [Fact]
    public async Task A_key_put_into_her_vault_or_left_there_to_wait_is_used_by_nothing()
    {
        await ExecuteAsync("UPDATE vault_items SET envelope = (SELECT envelope FROM vault_items WHERE id = '{bensItem}') WHERE id = '{anasItem}'");
        await ExecuteAsync("UPDATE vault_items SET vault_id = '{anasVault}', kind = 'deposit' WHERE id = '{bensItem}'");

        using var answered = await _run.PostAsync("/v1/chat/completions", Calls.Ask);

        Assert.Equal(200, (int)answered.StatusCode);
        Assert.Equal("Bearer " + _run.Held.Text, Assert.Single(_run.Provider.Requests).Headers["Authorization"]);
        var listed = await TestVault.ItemsAsync(_run.Ana, "/v1/keys");
        Assert.DoesNotContain(listed, one => _run.Owner.Vault.Open(one) is not null);
    }

    [Fact]
    public async Task A_grant_put_into_her_vault_reaches_none_of_her_keys()
    {
        await ExecuteAsync("""
            UPDATE grants SET vault_id = '{anasVault}', account_id = (SELECT account_id FROM vaults WHERE id = '{anasVault}'), approved = true
            WHERE id = '{ben}'
            """);
        await ExecuteAsync("UPDATE sealed_keys SET key_id = '{anasItem}' WHERE grant_id = '{ben}'");
        using var caller = TestVault.Presenting(_run.Server, _bensKey.Text);

        using var refused = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Calls.Ask);

        Assert.NotEqual(200, (int)refused.StatusCode);
        Assert.Empty(_run.Provider.Connections);
        // And when she rotates a key, her browser seals for those whose escrow opens: this one's does not.
        var rogue = (await TestVault.ItemsAsync(_run.Ana, "/v1/vault/escrows")).Where(one => Id(one) == _bensKey.GrantId.ToString("N")).ToList();
        Assert.All(rogue, one => Assert.Throws<SealBroken>(() =>
            _run.Owner.Vault.OpenEscrow(_bensKey.GrantId, one.GetProperty("label").GetString()!, one.GetProperty("envelope").GetString()!)));
    }

    [Theory]
    [InlineData("/openai/v1/chat/completions")]
    [InlineData("/v1/chat/completions")]
    [InlineData("/groq/openai/v1/chat/completions")]
    [InlineData("/v1/proxy/passthrough/openai/v1/chat/completions")]
    public async Task A_key_of_one_provider_makes_no_call_to_another(string path)
    {
        await using var run = await GatewayRun.StartAsync(cluster, "anthropic", settings: ("KeyPass:Providers:openai:Origin", _run.Provider.Address));

        using var refused = await run.PostAsync(path, Calls.Ask);

        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Contains("route_not_allowed", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(run.Provider.Connections);
        Assert.Empty(_run.Provider.Connections);
    }

    private static string? Id(JsonElement escrow) => escrow.GetProperty("grantId").GetString();

    private async Task ExecuteAsync(string statement)
    {
        var text = statement.Replace("{anasItem}", $"{_run.Held.Id}", StringComparison.Ordinal).Replace("{bensItem}", $"{_bens.Id}", StringComparison.Ordinal)
            .Replace("{anasVault}", $"{_run.Owner.Vault.Id}", StringComparison.Ordinal)
            .Replace("{ana}", $"{_run.Key.GrantId}", StringComparison.Ordinal).Replace("{ben}", $"{_bensKey.GrantId}", StringComparison.Ordinal);
        await using var command = _run.Server.Database.Source.CreateCommand(text);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
