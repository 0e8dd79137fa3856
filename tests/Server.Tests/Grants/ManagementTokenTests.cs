using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Grants;

public sealed class ManagementTokenTests(TestCluster cluster) : IAsyncLifetime
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
    public async Task A_token_made_in_the_browser_is_listed_works_and_is_never_shown_by_the_server()
    {
        var (client, made) = await Vault.TokenAsync(_server, _ana, "deploys", ["read", "deposit"]);

        var listed = Assert.Single(await TestVault.ItemsAsync(client, "/v1/tokens"));

        Assert.Equal(made.GrantId.ToString("N"), listed.GetProperty("id").GetString());
        Assert.Equal("deploys", listed.GetProperty("name").GetString());
        Assert.Equal(["read", "deposit"], listed.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        Assert.Equal("account", listed.GetProperty("madeBy").GetString());
        Assert.NotEqual(JsonValueKind.Null, listed.GetProperty("lastUsedAt").ValueKind);
        Assert.DoesNotContain(made.Text, listed.GetRawText(), StringComparison.Ordinal);
        client.Dispose();
    }

    [Fact]
    public async Task Every_route_that_takes_a_token_takes_only_one_with_its_scope()
    {
        var held = await Vault.AddKeyAsync(_ana);
        foreach (var route in _server.Routes().Where(route => route.Auth!.Scope is not null))
        {
            var others = Enum.GetValues<Scope>().Where(scope => scope != route.Auth!.Scope).Select(RouteAuth.ScopeName).ToList();
            var (lacking, _) = await Vault.TokenAsync(_server, _ana, "lacking", others, others.Contains("delegate") ? [held] : []);
            var (having, _) = await Vault.TokenAsync(_server, _ana, "having", [RouteAuth.ScopeName(route.Auth!.Scope!.Value)]);
            using (lacking)
            using (having)
            {
                Assert.Equal("scope_missing", await CodeAsync(await CallAsync(lacking, route)));
                Assert.NotEqual("scope_missing", await CodeAsync(await CallAsync(having, route)));
            }
        }
    }

    [Fact]
    public async Task What_only_a_signed_in_person_may_do_takes_no_token_of_any_scope()
    {
        var (client, _) = await Vault.TokenAsync(_server, _ana, "all", ["read", "deposit", "delegate", "manage"]);
        foreach (var route in _server.Routes().Where(route => route.Auth!.Accepted == Credentials.Session))
            Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(client, route)).StatusCode);
        client.Dispose();
    }

    [Fact]
    public async Task A_token_sees_which_keys_there_are_and_no_envelope_of_any()
    {
        await Vault.AddKeyAsync(_ana);
        var (client, _) = await Vault.TokenAsync(_server, _ana, "reader", ["read"]);

        var listed = Assert.Single(await TestVault.ItemsAsync(client, "/v1/keys"));

        Assert.Equal("openai", listed.GetProperty("provider").GetString());
        Assert.Equal(JsonValueKind.Null, listed.GetProperty("envelope").ValueKind);
        client.Dispose();
    }

    [Fact]
    public async Task A_revoked_token_is_told_so_and_an_unknown_one_is_not_told_apart_from_none()
    {
        var (client, made) = await Vault.TokenAsync(_server, _ana, "deploys", ["read"]);
        Assert.Equal(HttpStatusCode.NoContent, (await _ana.DeleteAsync($"/v1/tokens/{made.GrantId:N}")).StatusCode);

        using var refused = await client.GetAsync("/v1/keys");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("revoked", await CodeAsync(refused));

        using var minted = Credential.Mint(CredentialKind.ManagementToken);
        using var unknown = TestVault.Presenting(_server, Encoding.ASCII.GetString(minted.Reveal()));
        Assert.Equal(HttpStatusCode.Unauthorized, (await unknown.GetAsync("/v1/keys")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _ana.DeleteAsync($"/v1/tokens/{made.GrantId:N}")).StatusCode);
        Assert.Equal("revoked", Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/tokens")).GetProperty("status").GetString());
        Assert.Equal(0, await CountAsync("SELECT count(*) FROM token_wraps WHERE envelope IS NOT NULL"));
        Assert.Equal(0, await CountAsync("SELECT count(*) FROM grants WHERE escrow IS NOT NULL"));
        client.Dispose();
    }

    [Fact]
    public async Task A_token_with_a_wrong_checksum_is_refused_without_a_question_to_the_database()
    {
        var (client, made) = await Vault.TokenAsync(_server, _ana, "deploys", ["read"]);
        client.Dispose();
        var last = made.Text[^1] == '0' ? '1' : '0';
        using var mistyped = TestVault.Presenting(_server, made.Text[..^1] + last);
        // Whatever is asked fails from here on; a wrong checksum is refused all the same.
        await ExecuteAsync("ALTER TABLE token_wraps RENAME TO elsewhere");

        Assert.Equal(HttpStatusCode.Unauthorized, (await mistyped.GetAsync("/v1/keys")).StatusCode);
        using var right = TestVault.Presenting(_server, made.Text);
        Assert.Equal(HttpStatusCode.InternalServerError, (await right.GetAsync("/v1/keys")).StatusCode);
    }

    [Fact]
    public async Task A_token_may_make_another_that_is_no_wider_than_itself_and_works_at_once()
    {
        var held = await Vault.AddKeyAsync(_ana);
        var (parent, made) = await Vault.TokenAsync(_server, _ana, "ci", ["read", "delegate"], held);

        var wish = new { label = "job", scopes = new[] { "read" }, keyIds = new[] { held.Id.ToString("N") } };
        using var response = await parent.PostAsJsonAsync("/v1/tokens", wish);

        var child = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        using var client = TestVault.Presenting(_server, child.GetProperty("managementToken").GetString()!);
        Assert.Equal(2, (await TestVault.ItemsAsync(client, "/v1/tokens")).Count);

        var waiting = Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/vault/approvals"));
        Assert.Equal("grant", waiting.GetProperty("kind").GetString());
        Assert.Equal("ci", waiting.GetProperty("source").GetProperty("name").GetString());
        Assert.Equal(held.Id.ToString("N"), Assert.Single(waiting.GetProperty("keys").EnumerateArray()).GetProperty("keyId").GetString());

        // The owner's browser finds in it the very secret under which the key was handed on.
        var grant = Guid.ParseExact(child.GetProperty("id").GetString()!, "N");
        var secret = Vault.OpenRequest(grant, "job", waiting.GetProperty("envelope").GetString()!);
        await ApproveAsync(grant, new { decision = "approve", escrow = Vault.SealEscrow(grant, "job", secret), vaultPointTag = Vault.TagPoint(secret) });
        Assert.Empty(await TestVault.ItemsAsync(_ana, "/v1/vault/approvals"));
        var escrows = await TestVault.ItemsAsync(_ana, "/v1/vault/escrows");
        var escrow = escrows.Single(one => one.GetProperty("label").GetString() == "job").GetProperty("envelope").GetString()!;
        Assert.Equal(secret, Vault.OpenEscrow(grant, "job", escrow));
        Assert.NotEqual(made.GrantSecret, secret);
        parent.Dispose();
    }

    [Fact]
    public async Task A_token_gives_no_more_than_it_has()
    {
        var held = await Vault.AddKeyAsync(_ana);
        var other = await Vault.AddKeyAsync(_ana);
        var (parent, _) = await Vault.TokenAsync(_server, _ana, "ci", ["read", "delegate"], held);
        foreach (var wish in new object[]
        {
            new { label = "job", scopes = new[] { "read", "manage" } },
            new { label = "job", scopes = new[] { "deposit" } },
            new { label = "job", scopes = new[] { "read" }, keyIds = new[] { other.Id.ToString("N") } },
        })
        {
            using var response = await parent.PostAsJsonAsync("/v1/tokens", wish);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Equal("scope_exceeded", await CodeAsync(response));
        }
        parent.Dispose();
    }

    [Fact]
    public async Task What_a_token_made_goes_with_it_until_the_owner_has_confirmed_it()
    {
        var (parent, made) = await Vault.TokenAsync(_server, _ana, "ci", ["read", "delegate"]);
        var (first, _) = await DelegateAsync(parent, "first", "read", "delegate");
        var (second, _) = await DelegateAsync(first, "second", "read");
        var (kept, keptId) = await DelegateAsync(parent, "kept", "read");
        var envelope = (await TestVault.ItemsAsync(_ana, "/v1/vault/approvals")).Single(one => one.GetProperty("label").GetString() == "kept");
        var secret = Vault.OpenRequest(keptId, "kept", envelope.GetProperty("envelope").GetString()!);
        await ApproveAsync(keptId, new { decision = "approve", escrow = Vault.SealEscrow(keptId, "kept", secret), vaultPointTag = Vault.TagPoint(secret) });

        await _ana.DeleteAsync($"/v1/tokens/{made.GrantId:N}");

        foreach (var gone in new[] { parent, first, second })
            Assert.Equal(HttpStatusCode.Forbidden, (await gone.GetAsync("/v1/keys")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await kept.GetAsync("/v1/keys")).StatusCode);
        Assert.Empty(await TestVault.ItemsAsync(_ana, "/v1/vault/approvals"));
    }

    [Fact]
    public async Task A_rejected_grant_is_refused_from_then_on()
    {
        var (parent, _) = await Vault.TokenAsync(_server, _ana, "ci", ["read", "delegate"]);
        var (child, id) = await DelegateAsync(parent, "job", "read");

        await ApproveAsync(id, new { decision = "reject" });

        Assert.Equal("revoked", await CodeAsync(await child.GetAsync("/v1/keys")));
        Assert.Equal(HttpStatusCode.NotFound, (await _ana.PostAsJsonAsync($"/v1/vault/approvals/{id:N}", new { decision = "reject" })).StatusCode);
    }

    [Fact]
    public async Task A_rotated_token_works_beside_the_old_one_for_the_overlap_and_alone_without()
    {
        var (client, made) = await Vault.TokenAsync(_server, _ana, "ci", ["read", "delegate"]);

        var second = await RotateAsync(client, made.GrantId, overlapSeconds: 600);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/keys")).StatusCode);
        var third = await RotateAsync(second, made.GrantId, overlapSeconds: 0);

        Assert.Equal("revoked", await CodeAsync(await second.GetAsync("/v1/keys")));
        Assert.Equal("revoked", await CodeAsync(await client.GetAsync("/v1/keys")));
        Assert.Equal(HttpStatusCode.OK, (await third.GetAsync("/v1/keys")).StatusCode);
    }

    [Fact]
    public async Task A_token_rotates_what_it_made_and_nothing_else()
    {
        var (parent, _) = await Vault.TokenAsync(_server, _ana, "ci", ["read", "delegate"]);
        var (stranger, other) = await Vault.TokenAsync(_server, _ana, "other", ["read", "delegate"]);
        var (child, id) = await DelegateAsync(parent, "job", "read");

        var next = await RotateAsync(parent, id, overlapSeconds: 0);

        Assert.Equal("revoked", await CodeAsync(await child.GetAsync("/v1/keys")));
        Assert.Equal(HttpStatusCode.OK, (await next.GetAsync("/v1/keys")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await parent.PostAsJsonAsync($"/v1/tokens/{other.GrantId:N}/rotate", new { })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsJsonAsync($"/v1/tokens/{id:N}/rotate", new { })).StatusCode);
    }

    [Fact]
    public async Task The_owners_browser_gives_a_token_a_new_credential_by_its_escrow()
    {
        var (old, made) = await Vault.TokenAsync(_server, _ana, "ci", ["read"]);
        using var minted = Credential.Mint(CredentialKind.ManagementToken);
        var (row, hash) = (TestAccount.NewId(), new byte[Credential.HashSize]);
        minted.Hash(hash);
        var wrap = TokenWrap.Seal(minted, Vault.Id, made.GrantId, row, new GrantSecret(made.GrantSecret));

        using var response = await _ana.PostAsJsonAsync($"/v1/tokens/{made.GrantId:N}/rotate", new
        {
            overlapSeconds = 0, tokenRowId = row.ToString("N"), tokenHash = Base64Url.EncodeToString(hash), tokenWrap = Base64Url.EncodeToString(wrap),
        });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var next = TestVault.Presenting(_server, Encoding.ASCII.GetString(minted.Reveal()));
        Assert.Equal(HttpStatusCode.OK, (await next.GetAsync("/v1/keys")).StatusCode);
        Assert.Equal("revoked", await CodeAsync(await old.GetAsync("/v1/keys")));
    }

    [Fact]
    public async Task A_token_whose_time_is_over_is_refused_and_nothing_it_makes_outlives_it()
    {
        var (client, made) = await Vault.TokenAsync(_server, _ana, "ci", ["read", "delegate"]);
        await ExecuteAsync("UPDATE token_wraps SET expires_at = now() + interval '1 hour'");

        using var longer = await client.PostAsJsonAsync("/v1/tokens", new { label = "job", scopes = new[] { "read" } });
        Assert.Equal("scope_exceeded", await CodeAsync(longer));
        using var rotated = await client.PostAsJsonAsync($"/v1/tokens/{made.GrantId:N}/rotate", new { });
        Assert.Equal(HttpStatusCode.OK, rotated.StatusCode);
        Assert.Equal(0, await CountAsync("SELECT count(*) FROM token_wraps WHERE expires_at IS NULL OR expires_at > now() + interval '1 hour'"));

        await ExecuteAsync("UPDATE token_wraps SET expires_at = now() - interval '1 second'");
        Assert.Equal("revoked", await CodeAsync(await client.GetAsync("/v1/keys")));
    }

    [Theory]
    [InlineData("label", "")]
    [InlineData("scopes", null)]
    [InlineData("tokenWrap", "AAAA")]
    [InlineData("escrow", "AAAA")]
    [InlineData("vaultPointTag", "AAAA")]
    [InlineData("tokenHash", "AAAA")]
    public async Task What_is_wrong_with_a_new_token_is_said_of_the_member(string member, string? value)
    {
        var body = JsonSerializer.SerializeToNode(Vault.NewGrant(CredentialKind.ManagementToken, "ci", ["read"]).Body)!.AsObject();
        body[member] = member == "scopes" ? new System.Text.Json.Nodes.JsonArray() : value;

        using var response = await _ana.PostAsJsonAsync("/v1/tokens", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(member, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_token_is_sealed_only_for_keys_of_its_own_vault()
    {
        var stranger = new TestAccount("ben");
        using var ben = _server.NewClient();
        await stranger.RegisterAsync(ben);
        var theirs = await stranger.Vault.AddKeyAsync(ben);

        using var response = await _ana.PostAsJsonAsync("/v1/tokens", Vault.NewGrant(CredentialKind.ManagementToken, "ci", ["delegate"], theirs).Body);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await TestVault.ItemsAsync(_ana, "/v1/tokens"));
    }

    private async Task<(HttpClient Client, Guid Id)> DelegateAsync(HttpClient parent, string label, params string[] scopes)
    {
        using var response = await parent.PostAsJsonAsync("/v1/tokens", new { label, scopes });
        var made = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        return (TestVault.Presenting(_server, made.GetProperty("managementToken").GetString()!), Guid.ParseExact(made.GetProperty("id").GetString()!, "N"));
    }

    private async Task<HttpClient> RotateAsync(HttpClient by, Guid id, int overlapSeconds)
    {
        using var response = await by.PostAsJsonAsync($"/v1/tokens/{id:N}/rotate", new { overlapSeconds });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return TestVault.Presenting(
            _server, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("managementToken").GetString()!);
    }

    private async Task ApproveAsync(Guid id, object decision)
    {
        using var response = await _ana.PostAsJsonAsync($"/v1/vault/approvals/{id:N}", decision);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> CallAsync(HttpClient client, Route route)
    {
        var path = System.Text.RegularExpressions.Regex.Replace(route.Pattern, @"\{[^}]+\}", "00000000000000000000000000000000");
        var request = new HttpRequestMessage(new HttpMethod(route.Method), path);
        if (route.Method is "POST" or "PUT" or "PATCH")
            request.Content = JsonContent.Create(new { });
        return client.SendAsync(request);
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        if (body.Length == 0)
            return null;
        using var document = JsonDocument.Parse(body, new() { AllowDuplicateProperties = false });
        return document.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var command = _server.Database.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
