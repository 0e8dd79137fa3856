using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;
using KeyPass.Server.Vault;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Vault;

/// <summary>Accounts made with curl: the server opens their vault itself, and says so everywhere.</summary>
public sealed class ManagedVaultTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Password = "seven quiet otters paddle home";
    private const string ToManaged = "the server may read my keys";
    private const string ToSealed = "only my browser may read my keys";

    private FakeProvider _provider = null!;
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:Providers:openai:Origin", _provider.Address));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task An_account_made_with_address_and_password_signs_in_and_says_that_it_is_managed()
    {
        var email = NewEmail();
        using var _ = await RegisterAsync(email);

        using var right = await _server.Client.PostAsJsonAsync("/v1/auth/login", new { email, password = Password });
        using var wrong = await _server.Client.PostAsJsonAsync("/v1/auth/login", new { email, password = Password + "!" });

        var signedIn = (await right.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        Assert.Equal("managed", signedIn.GetProperty("custody").GetString());
        Assert.Empty(signedIn.GetProperty("unlocks").EnumerateArray());
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var client = TestVault.Presenting(_server, signedIn.GetProperty("sessionToken").GetString()!);
        var vault = (await client.GetFromJsonAsync<JsonElement>("/v1/vault")).GetProperty("data");
        Assert.Equal("managed", vault.GetProperty("custody").GetString());
        Assert.Empty(vault.GetProperty("unlocks").EnumerateArray());
        var account = (await client.GetFromJsonAsync<JsonElement>("/v1/account")).GetProperty("data");
        Assert.Equal("managed", account.GetProperty("custody").GetString());
        Assert.Equal("password", account.GetProperty("signsInWith").GetString());
    }

    [Fact]
    public async Task A_password_for_a_sealed_or_unknown_account_is_refused_as_a_wrong_one_is()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        await ana.RegisterAsync(client);
        var managed = NewEmail();
        using var _ = await RegisterAsync(managed);
        var bodies = new List<string>();
        foreach (var email in new[] { ana.Email, NewEmail(), managed })
        {
            using var response = await _server.Client.PostAsJsonAsync("/v1/auth/login", new { email, password = "not this one, surely" });
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            bodies.Add((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("message").GetString()!);
        }
        // Nor by what a browser derives, which a managed account has nothing to compare with.
        foreach (var email in new[] { NewEmail(), managed })
        {
            using var response = await _server.Client.PostAsJsonAsync("/v1/auth/login", new { email, authHash = ana.AuthHash });
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            bodies.Add((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("message").GetString()!);
        }
        Assert.Single(bodies.Distinct());
        // And what a browser asks before it hashes tells nothing either.
        using var prelogin = await _server.Client.PostAsJsonAsync("/v1/auth/prelogin", new { email = managed });
        Assert.Equal(HttpStatusCode.OK, prelogin.StatusCode);
    }

    [Theory]
    [InlineData("too short")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_password_that_is_guessed_first_is_refused(string password)
    {
        using var response = await _server.Client.PostAsJsonAsync("/v1/auth/register", new { email = NewEmail(), password });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("password", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
    }

    [Fact]
    public async Task The_sandbox_is_added_without_a_key_and_answers()
    {
        using var client = await RegisterAsync(NewEmail());

        using var added = await client.PostAsJsonAsync("/v1/keys", new { provider = "sandbox", label = "try it" });
        using var vendors = await client.PostAsJsonAsync("/v1/keys", new { provider = "sandbox", apiKey = "sk-ant-" + Canary.ProviderKey });
        var id = (await added.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetString()!;
        using var tested = await client.PostAsJsonAsync($"/v1/keys/{id}/test", new { });

        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, vendors.StatusCode);
        Assert.Equal("ok", (await tested.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_key_in_the_clear_is_sealed_tried_rotated_and_never_shown()
    {
        using var client = await RegisterAsync(NewEmail());

        using var added = await client.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey, label = "work" });
        var id = (await added.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetString()!;
        using var tested = await client.PostAsJsonAsync($"/v1/keys/{id}/test", new { });
        using var token = await client.PostAsJsonAsync("/v1/tokens", new { label = "ci", scopes = new[] { "delegate" }, keyIds = new[] { id } });
        using var rotated = await client.PutAsJsonAsync($"/v1/keys/{id}", new { apiKey = Canary.ProviderKey + "-new" });

        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.DoesNotContain(Canary.ProviderKey, await added.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("ok", (await tested.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, rotated.StatusCode);
        // The token's own grant has the new key: it was re-sealed for it, and the old version is gone.
        using var bearer = TestVault.Presenting(
            _server, (await token.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("managementToken").GetString()!);
        await bearer.PostAsJsonAsync($"/v1/keys/{id}/test", new { });
        Assert.Equal(
            ["Bearer " + Canary.ProviderKey, "Bearer " + Canary.ProviderKey + "-new"], _provider.Requests.Select(asked => asked.Headers["Authorization"]));
    }

    [Fact]
    public async Task What_a_token_brings_or_makes_needs_no_browser()
    {
        using var client = await RegisterAsync(NewEmail());
        using var token = await client.PostAsJsonAsync("/v1/tokens", new { label = "ci", scopes = new[] { "read", "deposit", "delegate" } });
        var made = (await token.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        using var bearer = TestVault.Presenting(_server, made.GetProperty("managementToken").GetString()!);

        using var deposited = await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
        using var delegated = await bearer.PostAsJsonAsync("/v1/tokens", new { label = "job", scopes = new[] { "read" } });
        var waiting = Assert.Single(await TestVault.ItemsAsync(client, "/v1/vault/approvals")).GetProperty("id").GetString();
        using var approved = await client.PostAsJsonAsync($"/v1/vault/approvals/{waiting}", new { decision = "approve" });
        using var rotated = await client.PostAsJsonAsync($"/v1/tokens/{made.GetProperty("id").GetString()}/rotate", new { });

        Assert.Equal("active", (await deposited.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.NoContent, approved.StatusCode);
        Assert.Empty(await TestVault.ItemsAsync(client, "/v1/vault/approvals"));
        using var next = TestVault.Presenting(
            _server, (await rotated.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("managementToken").GetString()!);
        Assert.Equal(HttpStatusCode.OK, (await next.GetAsync("/v1/keys")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await bearer.GetAsync("/v1/keys")).StatusCode);
    }

    [Fact]
    public async Task A_new_password_ends_every_session_and_deleting_asks_for_it()
    {
        var email = NewEmail();
        using var client = await RegisterAsync(email);
        const string next = "eight louder otters paddle away";

        using var wrong = await client.PostAsJsonAsync("/v1/auth/password", new { currentPassword = "not this one, surely", password = next });
        using var changed = await client.PostAsJsonAsync("/v1/auth/password", new { currentPassword = Password, password = next });

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/account")).StatusCode);
        using var again = TestVault.Presenting(
            _server, (await changed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("sessionToken").GetString()!);
        using var old = await DeleteAsync(again, new { email, password = Password });
        using var gone = await DeleteAsync(again, new { email, password = next });
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
    }

    [Fact]
    public async Task A_sealed_vault_becomes_managed_by_a_sentence_and_its_own_key_and_takes_in_what_waited()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        await ana.RegisterAsync(client);
        var held = await ana.Vault.AddKeyAsync(client);
        var (bearer, _) = await ana.Vault.TokenAsync(_server, client, "ci", ["deposit", "delegate"]);
        await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
        await bearer.PostAsJsonAsync("/v1/tokens", new { label = "job", scopes = new[] { "deposit" } });
        var vaultKey = Base64Url.EncodeToString(ana.UnlockedVault);
        Assert.Contains("2 things wait for your approval.", await client.GetStringAsync("/v1/attention"), StringComparison.Ordinal);

        foreach (var (body, status) in new (object, HttpStatusCode)[]
        {
            (new { custody = "managed", confirmation = "yes", currentAuthHash = ana.AuthHash, vaultKey }, HttpStatusCode.BadRequest),
            (new { custody = "managed", confirmation = ToManaged, currentAuthHash = new TestAccount("x").AuthHash, vaultKey }, HttpStatusCode.Unauthorized),
            (new { custody = "managed", confirmation = ToManaged, currentAuthHash = ana.AuthHash, vaultKey = TestOf(32) }, HttpStatusCode.BadRequest),
            (new { custody = "sealed", confirmation = ToSealed, currentAuthHash = ana.AuthHash }, HttpStatusCode.BadRequest),
        })
            Assert.Equal(status, (await client.PostAsJsonAsync("/v1/vault/custody", body)).StatusCode);
        using var response = await client.PostAsJsonAsync(
            "/v1/vault/custody", new { custody = "managed", confirmation = ToManaged, currentAuthHash = ana.AuthHash, vaultKey });

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Empty(await TestVault.ItemsAsync(client, "/v1/vault/approvals"));
        var keys = await TestVault.ItemsAsync(client, "/v1/keys");
        Assert.Equal(2, keys.Count);
        Assert.All(keys, one => Assert.Equal(("managed", "active"), (one.GetProperty("custody").GetString(), one.GetProperty("status").GetString())));
        // The server opens it now; the owner's browser still does, too.
        Assert.Equal("ok", (await (await client.PostAsJsonAsync($"/v1/keys/{held.Id:N}/test", new { })).Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("data").GetProperty("status").GetString());
        var mine = keys.Single(one => one.GetProperty("id").GetString() == held.Id.ToString("N"));
        Assert.Equal(Canary.ProviderKey, ana.Vault.Open(mine));
    }

    [Fact]
    public async Task A_managed_account_is_sealed_under_a_key_the_server_never_sees_and_opens_nothing_for_it_any_more()
    {
        var email = NewEmail();
        using var client = await RegisterAsync(email);
        using var added = await client.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
        var id = (await added.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetString()!;
        using var unsaid = await client.PostAsJsonAsync("/v1/vault/custody/open", new { confirmation = "yes", currentPassword = Password });
        using var opened = await client.PostAsJsonAsync("/v1/vault/custody/open", new { confirmation = ToSealed, currentPassword = Password });
        Assert.Equal(HttpStatusCode.BadRequest, unsaid.StatusCode);
        var handed = (await opened.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");

        // The browser's part: its own vault, filled from the managed one.
        var browser = TestAccount.InPlaceOf(email, handed);
        var body = await browser.Vault.RotateAsync(client);
        var account = browser.Registration();
        using var response = await client.PostAsJsonAsync("/v1/vault/custody", new JsonObject
        {
            ["custody"] = "sealed", ["confirmation"] = ToSealed, ["currentPassword"] = Password, ["rotation"] = body,
            ["account"] = JsonSerializer.SerializeToNode(
                new { kdf = account.Kdf, authHash = account.AuthHash, publicKey = account.PublicKey }, JsonSerializerOptions.Web),
        });

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var signedIn = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        Assert.Equal("sealed", signedIn.GetProperty("custody").GetString());
        Assert.Equal(2, signedIn.GetProperty("unlocks").GetArrayLength());
        using var again = TestVault.Presenting(_server, signedIn.GetProperty("sessionToken").GetString()!);
        var key = Assert.Single(await TestVault.ItemsAsync(again, "/v1/keys"));
        Assert.Equal(Canary.ProviderKey, browser.Vault.Open(key));
        Assert.Equal(HttpStatusCode.BadRequest, (await again.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await again.PostAsJsonAsync($"/v1/keys/{id}/test", new { })).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.Client.PostAsJsonAsync("/v1/auth/login", new { email, password = Password })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _server.Client.PostAsJsonAsync("/v1/auth/login", new { email, authHash = account.AuthHash })).StatusCode);
        await using var count = _server.Database.Source.CreateCommand("SELECT count(*) FROM vault_unlocks WHERE method = 'ring'");
        Assert.Equal(0L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_rotated_key_of_Azure_keeps_which_deployment_serves_which_model()
    {
        using var client = await RegisterAsync(NewEmail());
        using var added = await client.PostAsJsonAsync("/v1/keys", new
        {
            provider = "azure", endpoint = "https://ana.openai.azure.com", apiKey = Canary.ProviderKey, deployments = new { gpt = "ours" },
        });
        var id = (await added.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetString()!;

        using var rotated = await client.PutAsJsonAsync($"/v1/keys/{id}", new { apiKey = Canary.ProviderKey + "-new" });

        Assert.Equal(HttpStatusCode.OK, rotated.StatusCode);
        Assert.Equal($$$"""{"apiKey":"{{{Canary.ProviderKey}}}-new","deployments":{"gpt":"ours"}}""", await SecretAsync(client));
    }

    /// <summary>Of the one key in the vault of whoever is signed in, as the server reads it.</summary>
    private async Task<string> SecretAsync(HttpClient client)
    {
        var account = (await client.GetFromJsonAsync<JsonElement>("/v1/account")).GetProperty("data").GetProperty("accountId").GetString()!;
        var (vaults, ring) = (_server.Services.GetRequiredService<VaultStore>(), _server.Services.GetRequiredService<Ring>());
        var vault = await vaults.GetAsync(Guid.ParseExact(account, "N"), CancellationToken.None);
        var managed = (await vaults.FindManagedAsync(vault, ring, CancellationToken.None))!;
        var item = (await vaults.ListItemsAsync(vault.Id, CancellationToken.None)).Single(row => row.Kind == VaultStore.ProviderKeyKind);
        return managed.Use(item, (in _, payload) => Encoding.UTF8.GetString(payload.Secret));
    }

    private async Task<HttpClient> RegisterAsync(string email)
    {
        using var response = await _server.Client.PostAsJsonAsync("/v1/auth/register", new { email, password = Password });
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Created, body);
        using var document = JsonDocument.Parse(body, new() { AllowDuplicateProperties = false });
        return TestVault.Presenting(_server, document.RootElement.GetProperty("data").GetProperty("sessionToken").GetString()!);
    }

    private static Task<HttpResponseMessage> DeleteAsync(HttpClient client, object body) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/v1/account") { Content = JsonContent.Create(body) });

    private static string NewEmail() => $"curl-{TestAccount.NewId():N}@example.com";

    private static string TestOf(int size) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(new string('x', size)));
}
