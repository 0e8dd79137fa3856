using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Vault;

/// <summary>New versions of keys, and a new key for the whole vault: nothing lost, nothing left under the old one.</summary>
public sealed class VaultRotationTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestAccount _owner = new("ana");
    private KeyPassServer _server = null!;
    private HttpClient _ana = null!;

    private TestVault Vault => _owner.Vault;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _ana = _server.NewClient();
        await _owner.RegisterAsync(_ana);
    }

    public async ValueTask DisposeAsync()
    {
        _ana.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_rotated_key_reaches_the_grants_it_was_sealed_for_and_names_those_still_on_the_old_one()
    {
        var held = await Vault.AddKeyAsync(_ana);
        var (_, first) = await Vault.TokenAsync(_server, _ana, "first", ["delegate"], held);
        var (_, second) = await Vault.TokenAsync(_server, _ana, "second", ["delegate"], held);
        var next = held with { Version = 2, Text = Canary.ProviderKey + "-new" };

        using var response = await _ana.PutAsJsonAsync($"/v1/keys/{held.Id:N}", new
        {
            version = 2, envelope = Vault.SealItem(next), sealedKeys = new[] { Vault.SealFor(first.GrantId, first.GrantSecret, next) },
        });

        var rotated = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        Assert.Equal([second.GrantId.ToString("N")], rotated.GetProperty("stillOnOldKey").EnumerateArray().Select(id => id.GetString()));
        Assert.Equal([2], await VersionsOfAsync(first.GrantId));
        Assert.Equal([1], await VersionsOfAsync(second.GrantId));

        var third = next with { Version = 3 };
        using var cutOff = await _ana.PutAsJsonAsync($"/v1/keys/{held.Id:N}", new { version = 3, envelope = Vault.SealItem(third), cutOff = true });
        Assert.Empty((await cutOff.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("stillOnOldKey").EnumerateArray());
        Assert.Empty(await VersionsOfAsync(first.GrantId));
        Assert.Empty(await VersionsOfAsync(second.GrantId));
    }

    [Fact]
    public async Task A_rotation_that_fails_leaves_the_old_version_everywhere()
    {
        var held = await Vault.AddKeyAsync(_ana);
        var (_, grant) = await Vault.TokenAsync(_server, _ana, "first", ["delegate"], held);
        var next = held with { Version = 2 };
        var sealedKeys = new[] { Vault.SealFor(grant.GrantId, grant.GrantSecret, next), Vault.SealFor(TestAccount.NewId(), grant.GrantSecret, next) };

        using var response = await _ana.PutAsJsonAsync($"/v1/keys/{held.Id:N}", new { version = 2, envelope = Vault.SealItem(next), sealedKeys });

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal([1], await VersionsOfAsync(grant.GrantId));
        Assert.Equal(1, Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/keys")).GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task A_deleted_key_is_gone_from_every_grant()
    {
        var held = await Vault.AddKeyAsync(_ana);
        var (_, grant) = await Vault.TokenAsync(_server, _ana, "first", ["delegate"], held);

        await _ana.DeleteAsync($"/v1/keys/{held.Id:N}");

        Assert.Empty(await VersionsOfAsync(grant.GrantId));
    }

    [Fact]
    public async Task A_new_vault_key_carries_everything_over_and_credentials_go_on_working()
    {
        var held = await Vault.AddKeyAsync(_ana);
        var (bearer, made) = await Vault.TokenAsync(_server, _ana, "ci", ["read", "deposit", "delegate"], held);
        using var deposited = await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
        using var delegated = await bearer.PostAsJsonAsync("/v1/tokens", new { label = "job", scopes = new[] { "read" } });
        using var elsewhere = _server.NewClient();
        await _owner.LogInAsync(elsewhere);

        using var response = await _ana.PostAsJsonAsync("/v1/vault/rotate", await Vault.RotateAsync(_ana));

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var signedIn = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        Assert.Equal(2, signedIn.GetProperty("epoch").GetInt32());
        Assert.Equal(HttpStatusCode.Unauthorized, (await elsewhere.GetAsync("/v1/vault")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _ana.GetAsync("/v1/vault")).StatusCode);
        using var again = TestVault.Presenting(_server, signedIn.GetProperty("sessionToken").GetString()!);
        var listed = (await TestVault.ItemsAsync(again, "/v1/keys")).Single(one => one.GetProperty("status").GetString() == "active");
        Assert.Equal(Canary.ProviderKey, Vault.OpenItem(held.Id, 1, held.Provider, held.Origin, listed.GetProperty("envelope").GetString()!));
        var escrow = Assert.Single(await TestVault.ItemsAsync(again, "/v1/vault/escrows"));
        Assert.Equal(made.GrantSecret, Vault.OpenEscrow(made.GrantId, "ci", escrow.GetProperty("envelope").GetString()!));
        var waiting = await TestVault.ItemsAsync(again, "/v1/vault/approvals");
        var deposit = waiting.Single(one => one.GetProperty("kind").GetString() == "deposit");
        Assert.Equal(Canary.ProviderKey, Vault.OpenDeposit(
            Guid.ParseExact(deposit.GetProperty("id").GetString()!, "N"), "openai", "https://api.openai.com", deposit.GetProperty("envelope").GetString()!));

        // The token vouches for the new point, and so may go on depositing.
        using var more = await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
        Assert.Equal(HttpStatusCode.Created, more.StatusCode);
    }

    [Fact]
    public async Task A_rotation_that_has_not_seen_something_is_refused_and_changes_nothing()
    {
        await Vault.AddKeyAsync(_ana);
        var (bearer, _) = await Vault.TokenAsync(_server, _ana, "ci", ["deposit"]);
        var body = await Vault.RotateAsync(_ana);
        using var meanwhile = await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
        Assert.Equal(HttpStatusCode.Created, meanwhile.StatusCode);

        using var response = await _ana.PostAsJsonAsync("/v1/vault/rotate", body);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal(1, (await _ana.GetFromJsonAsync<JsonElement>("/v1/vault")).GetProperty("data").GetProperty("epoch").GetInt32());
    }

    [Fact]
    public async Task A_rotation_that_leaves_something_out_is_refused_and_changes_nothing()
    {
        var held = await Vault.AddKeyAsync(_ana);
        var (_, made) = await Vault.TokenAsync(_server, _ana, "ci", ["delegate"], held);
        foreach (var forgotten in new[] { held.Id, made.GrantId })
        {
            var twin = new TestVault(_owner, [.. _owner.UnlockedVault]) { Epoch = Vault.Epoch };

            using var response = await _ana.PostAsJsonAsync("/v1/vault/rotate", await twin.RotateAsync(_ana, leaveOut: forgotten));

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
        var listed = Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/keys"));
        Assert.Equal(Canary.ProviderKey, Vault.OpenItem(held.Id, 1, held.Provider, held.Origin, listed.GetProperty("envelope").GetString()!));
    }

    [Fact]
    public async Task What_did_not_open_is_deleted_with_the_rotation_when_the_browser_says_so()
    {
        await TestKey.AddAsync(_ana); // sealed under some other vault's key
        var stray = Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/keys")).GetProperty("id").GetString();
        var body = await Vault.RotateAsync(_ana, withoutOpening: stray);
        body["discarded"]!.AsArray().Add(stray);

        using var response = await _ana.PostAsJsonAsync("/v1/vault/rotate", body);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        using var again = TestVault.Presenting(
            _server, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("sessionToken").GetString()!);
        Assert.Empty(await TestVault.ItemsAsync(again, "/v1/keys"));
    }

    [Fact]
    public async Task A_rotation_and_a_new_recovery_code_ask_for_the_password_again()
    {
        var body = await Vault.RotateAsync(_ana);
        body["currentAuthHash"] = new TestAccount("other").AuthHash;

        Assert.Equal(HttpStatusCode.Unauthorized, (await _ana.PostAsJsonAsync("/v1/vault/rotate", body)).StatusCode);
        using var unlock = await _ana.PutAsJsonAsync(
            "/v1/vault/unlocks", new { currentAuthHash = new TestAccount("other").AuthHash, unlock = _owner.SealUnlocks()[1] });
        Assert.Equal(HttpStatusCode.Unauthorized, unlock.StatusCode);
    }

    [Fact]
    public async Task A_new_recovery_code_takes_the_old_ones_place()
    {
        var old = _owner.RecoveryHash;

        using var replaced = await _ana.PutAsJsonAsync("/v1/vault/unlocks", new { currentAuthHash = _owner.AuthHash, unlock = _owner.SealUnlocks()[1] });

        Assert.Equal(HttpStatusCode.NoContent, replaced.StatusCode);
        using var byOld = await _server.Client.PostAsJsonAsync("/v1/auth/recover", new { email = _owner.Email, authHash = old });
        using var byNew = await _server.Client.PostAsJsonAsync("/v1/auth/recover", new { email = _owner.Email, authHash = _owner.RecoveryHash });
        Assert.Equal(HttpStatusCode.Unauthorized, byOld.StatusCode);
        Assert.Equal(HttpStatusCode.OK, byNew.StatusCode);
    }

    private async Task<IReadOnlyList<int>> VersionsOfAsync(Guid grant)
    {
        var mine = (await TestVault.ItemsAsync(_ana, "/v1/vault/escrows")).Single(one => one.GetProperty("grantId").GetString() == grant.ToString("N"));
        return [.. mine.GetProperty("keys").EnumerateArray().Select(one => one.GetProperty("version").GetInt32())];
    }
}
