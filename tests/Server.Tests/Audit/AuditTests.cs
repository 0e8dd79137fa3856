using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Accounts;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace KeyPass.Server.Tests.Audit;

/// <summary>No change without its entry: every route with a writing method is made to work once, and must leave one.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private readonly TestCluster _cluster;
    private KeyPassServer _server = null!;

    /// <summary>How each route is made to succeed for somebody signed in. The entry must carry the name given here.</summary>
    private readonly Dictionary<string, (string Action, Func<HttpClient, TestAccount, Task<HttpResponseMessage>> Call)> _changes;

    public AuditTests(TestCluster cluster)
    {
        _cluster = cluster;
        _changes = new Dictionary<string, (string, Func<HttpClient, TestAccount, Task<HttpResponseMessage>>)>(
            AccountChanges().Concat(VaultChanges()).Concat(LinkChanges.All()), StringComparer.Ordinal);
    }

    private Dictionary<string, (string Action, Func<HttpClient, TestAccount, Task<HttpResponseMessage>> Call)> AccountChanges() => new(StringComparer.Ordinal)
    {
        ["POST /v1/auth/register"] = ("account.created", (client, _) => client.PostRegistrationAsync(new TestAccount("new").Registration())),
        ["POST /v1/auth/login"] = ("session.started", (client, who) =>
            client.PostAsJsonAsync("/v1/auth/login", new { email = who.Email, authHash = who.AuthHash })),
        ["POST /v1/auth/recover"] = ("session.started", (client, who) =>
            client.PostAsJsonAsync("/v1/auth/recover", new { email = who.Email, authHash = who.RecoveryHash })),
        ["POST /v1/auth/password"] = ("password.changed", (client, who) => client.PostNewPasswordAsync(who.NewPassword(who.AuthHash, newRecovery: false))),
        ["POST /v1/auth/verify-email"] = ("account.created", async (client, _) =>
        {
            // This server sends no mail, so the code is made here.
            var ring = _server.Services.GetRequiredService<Ring>();
            var registration = Registration.Read(new TestAccount("new").Registration(), ring, new ManagedPasswords(ring), DateTimeOffset.UnixEpoch);
            var (code, hash) = OneUseCode.Make();
            await _server.Services.GetRequiredService<SignUpStore>().KeepAsync(registration.SignUp, inviteId: null, hash, _ => { }, CancellationToken.None);
            return await client.PostAsJsonAsync("/v1/auth/verify-email", new { code });
        }),
        ["POST /v1/account/verify-email"] = ("address.asked", AskForProofAsync),
        ["PATCH /v1/account"] = ("account.changed", (client, _) => client.PatchAsJsonAsync("/v1/account", new { name = "Ana" })),
        ["POST /v1/invites"] = ("invite.created", async (client, who) =>
        {
            await _server.MakeOperatorAsync(who);
            return await client.PostAsJsonAsync("/v1/invites", new { });
        }),
        ["DELETE /v1/invites/{id}"] = ("invite.revoked", async (client, who) =>
        {
            await _server.MakeOperatorAsync(who);
            using var made = await client.PostAsJsonAsync("/v1/invites", new { });
            var invite = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
            return await client.DeleteAsync($"/v1/invites/{invite.GetProperty("id").GetString()}");
        }),
        ["PUT /v1/prices/custom/{**model}"] = ("price.set", (client, _) => client.PutAsJsonAsync("/v1/prices/custom/llama-3", Price)),
        ["DELETE /v1/prices/custom/{**model}"] = ("price.removed", async (client, _) =>
        {
            await client.PutAsJsonAsync("/v1/prices/custom/llama-3", Price);
            return await client.DeleteAsync("/v1/prices/custom/llama-3");
        }),
        ["PUT /v1/prices/{provider}/{**model}"] = ("price.set", async (client, who) =>
        {
            await _server.MakeOperatorAsync(who);
            return await client.PutAsJsonAsync("/v1/prices/openai/gpt-5", Price);
        }),
        ["DELETE /v1/prices/{provider}/{**model}"] = ("price.removed", async (client, who) =>
        {
            await _server.MakeOperatorAsync(who);
            await client.PutAsJsonAsync("/v1/prices/openai/gpt-5", Price);
            return await client.DeleteAsync("/v1/prices/openai/gpt-5");
        }),
        ["POST /v1/auth/passkeys"] = ("passkey.added", (client, who) => client.AddPasskeyAsync(who, new TestAuthenticator())),
        ["PATCH /v1/auth/passkeys/{id}"] = ("passkey.renamed", async (client, who) =>
            await client.PatchAsJsonAsync($"/v1/auth/passkeys/{await client.PasskeyIdAsync(who, new TestAuthenticator())}", new { name = "mine" })),
        ["DELETE /v1/auth/passkeys/{id}"] = ("passkey.deleted", async (client, who) =>
            await client.DeleteAsync($"/v1/auth/passkeys/{await client.PasskeyIdAsync(who, new TestAuthenticator())}")),
        ["POST /v1/auth/passkeys/login"] = ("session.started", async (client, who) =>
        {
            using var passkey = new TestAuthenticator();
            await client.PasskeyIdAsync(who, passkey);
            return await client.PasskeyLogInAsync(passkey);
        }),
        ["POST /v1/auth/logout"] = ("session.ended", (client, _) => client.PostAsync("/v1/auth/logout", content: null)),
        ["DELETE /v1/account/sessions/{id}"] = ("session.ended", async (client, who) =>
        {
            using var other = _server.NewClient();
            await who.LogInAsync(other);
            var sessions = (await client.GetFromJsonAsync<JsonElement>("/v1/account/sessions")).GetProperty("data").GetProperty("items");
            var theirs = sessions.EnumerateArray().First(session => !session.GetProperty("current").GetBoolean());
            return await client.DeleteAsync($"/v1/account/sessions/{theirs.GetProperty("id").GetString()}");
        }),
    };

    private Dictionary<string, (string Action, Func<HttpClient, TestAccount, Task<HttpResponseMessage>> Call)> VaultChanges() => new(StringComparer.Ordinal)
    {
        ["POST /v1/keys"] = ("key.added", (client, _) => client.PostAsJsonAsync("/v1/keys", TestKey.Body())),
        ["PATCH /v1/keys/{id}"] = ("key.relabelled", async (client, _) =>
            await client.PatchAsJsonAsync($"/v1/keys/{await TestKey.AddAsync(client)}", new { label = "mine" })),
        ["PUT /v1/keys/{id}"] = ("key.rotated", async (client, _) =>
            await client.PutAsJsonAsync($"/v1/keys/{await TestKey.AddAsync(client)}", new { version = 2, envelope = TestKey.Envelope() })),
        ["DELETE /v1/keys/{id}"] = ("key.deleted", async (client, _) => await client.DeleteAsync($"/v1/keys/{await TestKey.AddAsync(client)}")),
        ["POST /v1/keys/{id}/test"] = ("key.tested", async (client, who) =>
        {
            // At an address where nobody answers: that it was tried is what counts.
            var held = await who.Vault.AddKeyAsync(client, "custom:/v1", "https://localhost:9");
            return await client.PostAsJsonAsync(
                $"/v1/keys/{held.Id:N}/test", who.Vault.NewGrant(CredentialKind.VirtualKey, "test", [], held).Body);
        }),
        ["POST /v1/tokens"] = ("token.created", (client, who) =>
            client.PostAsJsonAsync("/v1/tokens", who.Vault.NewGrant(CredentialKind.ManagementToken, "ci", ["read"]).Body)),
        ["POST /v1/tokens/{id}/rotate"] = ("token.rotated", async (client, who) =>
        {
            var (bearer, made) = await who.Vault.TokenAsync(_server, client, "ci", ["delegate"]);
            return await bearer.PostAsJsonAsync($"/v1/tokens/{made.GrantId:N}/rotate", new { });
        }),
        ["DELETE /v1/tokens/{id}"] = ("token.revoked", async (client, _) => await client.DeleteAsync($"/v1/tokens/{await TestKey.AddTokenAsync(client)}")),
        ["POST /v1/virtual-keys"] = ("virtual_key.created", (client, who) =>
        {
            var made = who.Vault.NewGrant(CredentialKind.VirtualKey, "ci", []);
            var body = JsonSerializer.SerializeToNode(made.Body, JsonSerializerOptions.Web)!.AsObject();
            body["name"] = "ci";
            return client.PostAsJsonAsync("/v1/virtual-keys", body);
        }),
        ["PATCH /v1/virtual-keys/{id}"] = ("virtual_key.changed", async (client, _) =>
            await client.PatchAsJsonAsync($"/v1/virtual-keys/{(await TestKey.AddVirtualKeyAsync(client)).Id}", new { name = "renamed" })),
        ["POST /v1/virtual-keys/{id}/rotate"] = ("virtual_key.rotated", async (client, who) =>
        {
            var made = await who.Vault.VirtualKeyAsync(client, "ci");
            return await client.PostAsJsonAsync($"/v1/virtual-keys/{made.GrantId:N}/rotate", who.Vault.NextCredential(CredentialKind.VirtualKey, made).Body);
        }),
        ["POST /v1/virtual-keys/{id}/disable"] = ("virtual_key.disabled", async (client, _) =>
            await client.PostAsync($"/v1/virtual-keys/{(await TestKey.AddVirtualKeyAsync(client)).Id}/disable", null)),
        ["POST /v1/virtual-keys/{id}/enable"] = ("virtual_key.enabled", async (client, _) =>
            await client.PostAsync($"/v1/virtual-keys/{(await TestKey.AddVirtualKeyAsync(client)).Id}/enable", null)),
        ["DELETE /v1/virtual-keys/{id}"] = ("virtual_key.deleted", async (client, _) =>
            await client.DeleteAsync($"/v1/virtual-keys/{(await TestKey.AddVirtualKeyAsync(client)).Id}")),
        ["POST /v1/vault/approvals/{id}"] = ("deposit.rejected", async (client, who) =>
        {
            var (bearer, _) = await who.Vault.TokenAsync(_server, client, "ci", ["deposit"]);
            using var made = await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
            var id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetString();
            return await client.PostAsJsonAsync($"/v1/vault/approvals/{id}", new { decision = "reject" });
        }),
        ["POST /v1/vault/custody"] = ("vault.managed", (client, who) => client.PostAsJsonAsync("/v1/vault/custody", new
        {
            custody = "managed", confirmation = "the server may read my keys", currentAuthHash = who.AuthHash,
            vaultKey = System.Buffers.Text.Base64Url.EncodeToString(who.UnlockedVault),
        })),
        ["POST /v1/vault/custody/open"] = ("vault.opened", async (client, who) =>
        {
            await client.PostAsJsonAsync("/v1/vault/custody", new
            {
                custody = "managed", confirmation = "the server may read my keys", currentAuthHash = who.AuthHash,
                vaultKey = System.Buffers.Text.Base64Url.EncodeToString(who.UnlockedVault),
            });
            return await client.PostAsJsonAsync(
                "/v1/vault/custody/open", new { confirmation = "only my browser may read my keys", currentAuthHash = who.AuthHash });
        }),
        ["POST /v1/vault/rotate"] = ("vault.rotated", async (client, who) =>
            await client.PostAsJsonAsync("/v1/vault/rotate", await who.Vault.RotateAsync(client))),
        ["PUT /v1/vault/unlocks"] = ("recovery.replaced", (client, who) =>
            client.PutAsJsonAsync("/v1/vault/unlocks", new { currentAuthHash = who.AuthHash, unlock = who.SealUnlocks()[1] })),
    };

    /// <summary>This server sends no mail; another over the same database does.</summary>
    private async Task<HttpResponseMessage> AskForProofAsync(HttpClient client, TestAccount who)
    {
        await using (var unprove = _server.Database.Source.CreateCommand("UPDATE accounts SET email_verified_at = NULL"))
            await unprove.ExecuteNonQueryAsync();
        await using var mail = FakeMailServer.StartNew();
        await using var other = await KeyPassServer.StartAsync(_cluster, withProbe: false, settings:
        [
            .. mail.Settings(), ("ConnectionStrings:KeyPass", _server.Database.Source.ConnectionString), ("KeyPass:RingFile", _server.RingFile),
        ]);
        using var there = other.NewClient();
        await who.LogInAsync(there);
        return await there.PostAsync("/v1/account/verify-email", content: null);
    }

    private static object Price => new { nanoUsdPerMillion = new { input = 1 } };

    /// <summary>The one change that takes its journal with it.</summary>
    private const string Erasure = "DELETE /v1/account";

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(_cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_route_that_changes_something_leaves_an_entry()
    {
        foreach (var route in ChangingRoutes(_server).Where(route => route != Erasure))
        {
            Assert.True(_changes.TryGetValue(route, out var change),
                $"{route} has a writing method and no recipe: add one here, or state ChangesNothing().");
            var who = new TestAccount("ana");
            using var client = _server.NewClient();
            await who.RegisterAsync(client);
            var before = await EntriesAsync(change.Action);

            using var response = await change.Call(client, who);

            Assert.True(response.IsSuccessStatusCode, $"{route} answered {(int)response.StatusCode}");
            Assert.True(await EntriesAsync(change.Action) > before, $"{route} left no entry '{change.Action}'");
        }
    }

    [Fact]
    public async Task A_changing_route_without_an_entry_is_found()
    {
        await using var careless = await KeyPassServer.StartAsync(_cluster, withProbe: false,
            map: app => app.MapPost("/v1/careless", () => "done").OpenToAnyone());

        Assert.Contains(ChangingRoutes(careless), route => route == "POST /v1/careless" && !_changes.ContainsKey(route));
    }

    [Fact]
    public async Task The_database_itself_refuses_to_change_or_remove_an_entry()
    {
        using var client = await _server.AsAsync("ana");
        foreach (var tampering in new[] { "UPDATE audit_entries SET action = 'nothing'", "DELETE FROM audit_entries" })
        {
            await using var command = _server.Database.Source.CreateCommand(tampering);
            await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        }
    }

    [Fact]
    public async Task The_journal_is_read_newest_first_page_by_page_and_shows_nobody_elses()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        using var stranger = await _server.AsAsync("stranger");
        await ana.RegisterAsync(client);
        await ana.LogInAsync(client);

        var seen = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = (await client.GetFromJsonAsync<JsonElement>($"/v1/audit?limit=1{(cursor is null ? "" : $"&cursor={cursor}")}")).GetProperty("data");
            seen.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(["session.started", "session.started", "account.created"], seen.Select(entry => entry.GetProperty("action").GetString()));
        Assert.DoesNotContain(ana.AccountId.ToString("N"), await stranger.GetStringAsync("/v1/audit"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/v1/audit?limit=0")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/v1/audit?cursor=x")).StatusCode);
    }

    private static IEnumerable<string> ChangingRoutes(KeyPassServer server) =>
        from endpoint in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<ApiDescription.OnlyAsks>() is null
        from route in Support.Route.Of(endpoint)
        where route.Method is not ("GET" or "HEAD")
        select $"{route.Method} {route.Pattern}";

    private async Task<long> EntriesAsync(string action)
    {
        await using var count = _server.Database.Source.CreateCommand("SELECT count(*) FROM audit_entries WHERE action = $1");
        count.Parameters.Add(new NpgsqlParameter { Value = action });
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
