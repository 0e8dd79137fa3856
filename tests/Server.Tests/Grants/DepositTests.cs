using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Grants;

/// <summary>Keys that come by API: write-only for the server, and nothing until their owner has looked at them.</summary>
public sealed class DepositTests(TestCluster cluster) : IAsyncLifetime
{
    private const string ServiceAccount = """{"type":"service_account","project_id":"my-project","""
        + "\"private_key\":\"-----BEGIN PRIVATE KEY-----\\nCANARY-c3f1\\n\",\"client_email\":\"a@my-project.iam.gserviceaccount.com\"}";

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
    public async Task A_deposited_key_waits_opens_in_the_owners_browser_alone_and_becomes_a_key_by_a_click()
    {
        var (bearer, _) = await Vault.TokenAsync(_server, _ana, "terraform", ["deposit"]);

        using var response = await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey, label = "from ci" });

        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.DoesNotContain(Canary.ProviderKey, body, StringComparison.Ordinal);
        var waiting = Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/vault/approvals"));
        Assert.Equal("terraform", waiting.GetProperty("source").GetProperty("name").GetString());
        Assert.Equal("deposited", Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/keys")).GetProperty("status").GetString());
        var id = Guid.ParseExact(waiting.GetProperty("id").GetString()!, "N");
        var opened = Vault.OpenDeposit(id, "openai", "https://api.openai.com", waiting.GetProperty("envelope").GetString()!);
        Assert.Equal(Canary.ProviderKey, opened);

        var (_, deploys) = await Vault.TokenAsync(_server, _ana, "deploys", ["delegate"]);
        var held = new TestVault.Held(id, 1, "openai", "https://api.openai.com", opened);
        using var approved = await _ana.PostAsJsonAsync($"/v1/vault/approvals/{id:N}", new
        {
            decision = "approve", envelope = Vault.SealItem(held), sealedKeys = new[] { Vault.SealFor(deploys.GrantId, deploys.GrantSecret, held) },
        });

        Assert.Equal(HttpStatusCode.NoContent, approved.StatusCode);
        Assert.Empty(await TestVault.ItemsAsync(_ana, "/v1/vault/approvals"));
        var listed = Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/keys"));
        Assert.Equal("active", listed.GetProperty("status").GetString());
        Assert.Equal(Canary.ProviderKey, Vault.OpenItem(id, 1, "openai", "https://api.openai.com", listed.GetProperty("envelope").GetString()!));
        Assert.Contains(await TestVault.ItemsAsync(_ana, "/v1/vault/escrows"), one => one.GetProperty("keys").GetArrayLength() == 1);
        Assert.Equal(HttpStatusCode.NotFound, (await _ana.PostAsJsonAsync($"/v1/vault/approvals/{id:N}", new { decision = "reject" })).StatusCode);
    }

    [Fact]
    public async Task A_rejected_deposit_is_gone()
    {
        var (bearer, _) = await Vault.TokenAsync(_server, _ana, "terraform", ["deposit"]);
        var id = await DepositAsync(bearer);

        Assert.Equal(HttpStatusCode.NoContent, (await _ana.PostAsJsonAsync($"/v1/vault/approvals/{id}", new { decision = "reject" })).StatusCode);

        Assert.Empty(await TestVault.ItemsAsync(_ana, "/v1/keys"));
    }

    [Fact]
    public async Task Somebody_elses_deposit_cannot_be_approved_or_rejected()
    {
        var (bearer, _) = await Vault.TokenAsync(_server, _ana, "terraform", ["deposit"]);
        var id = await DepositAsync(bearer);
        using var ben = await _server.AsAsync("ben");

        foreach (var decision in new[] { "approve", "reject" })
        {
            using var theirs = await ben.PostAsJsonAsync($"/v1/vault/approvals/{id}", new { decision, envelope = TestKey.Envelope() });
            Assert.Equal(HttpStatusCode.NotFound, theirs.StatusCode);
        }
        Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/vault/approvals"));
    }

    [Fact]
    public async Task Who_may_also_delegate_has_the_use_of_what_it_deposits_at_once()
    {
        var (bearer, made) = await Vault.TokenAsync(_server, _ana, "ci", ["deposit", "delegate"]);
        var id = await DepositAsync(bearer);

        using var response = await bearer.PostAsJsonAsync("/v1/tokens", new { label = "job", scopes = new[] { "deposit" }, keyIds = new[] { id } });

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var mine = (await TestVault.ItemsAsync(_ana, "/v1/vault/escrows")).Single(one => one.GetProperty("grantId").GetString() == made.GrantId.ToString("N"));
        Assert.Equal(id, Assert.Single(mine.GetProperty("keys").EnumerateArray()).GetProperty("keyId").GetString());
    }

    [Fact]
    public async Task A_vaults_point_that_was_changed_in_the_database_gets_no_deposit()
    {
        var (bearer, _) = await Vault.TokenAsync(_server, _ana, "terraform", ["deposit", "delegate"]);
        var thief = new TestAccount("thief");
        await using (var swap = _server.Database.Source.CreateCommand("UPDATE vaults SET public_key = $1 WHERE id = $2"))
        {
            swap.Parameters.Add(new() { Value = thief.Vault.Point() });
            swap.Parameters.Add(new() { Value = Vault.Id });
            await swap.ExecuteNonQueryAsync();
        }

        using var response = await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
        using var delegated = await bearer.PostAsJsonAsync("/v1/tokens", new { label = "job", scopes = new[] { "deposit" } });

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, delegated.StatusCode);
        Assert.Empty(await TestVault.ItemsAsync(_ana, "/v1/keys"));
    }

    [Theory]
    [InlineData("""{"provider":"openai"}""", "apiKey")]
    [InlineData("""{"provider":"openai","apiKey":""}""", "apiKey")]
    [InlineData("""{"provider":"openai","apiKey":7}""", "apiKey")]
    [InlineData("""{"provider":"openai","apiKey":"sk-one\n"}""", "apiKey")]
    [InlineData("""{"provider":"openai","apiKey":"sk-one\r\nx-evil: 1"}""", "apiKey")]
    [InlineData("""{"provider":"openai","apiKey":"sk-ключ"}""", "apiKey")]
    [InlineData("""{"provider":"openai","apiKey":"sk-ant-api03-abc"}""", "apiKey")]
    [InlineData("""{"provider":"mistral","apiKey":"gsk_abcdef"}""", "apiKey")]
    [InlineData("""{"provider":"nobody","apiKey":"sk-one"}""", "provider")]
    [InlineData("""{"provider":"azure","apiKey":"abc"}""", "endpoint")]
    [InlineData("""{"provider":"azure","apiKey":"abc","endpoint":"http://x.openai.azure.com"}""", "endpoint")]
    [InlineData("""{"provider":"azure","apiKey":"abc","endpoint":"https://x.openai.azure.com","deployments":{"gpt-4o":"a b"}}""", "deployments")]
    [InlineData("""{"provider":"bedrock","apiKey":"abc"}""", "region")]
    [InlineData("""{"provider":"bedrock","apiKey":"abc","region":"us-east-1.evil.example"}""", "region")]
    [InlineData("""{"provider":"bedrock","region":"us-east-1","credentials":{"accessKeyId":"short"}}""", "credentials.accessKeyId")]
    [InlineData(
        """{"provider":"bedrock","region":"us-east-1","credentials":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","secretAccessKey":"x"}}""",
        "credentials.secretAccessKey")]
    [InlineData("""{"provider":"vertex","credentials":"service-account.json"}""", "credentials")]
    [InlineData("""{"provider":"vertex","credentials":{"type":"authorized_user"}}""", "credentials.type")]
    [InlineData(
        """{"provider":"vertex","credentials":{"type":"service_account","project_id":"my-project","client_email":"a@b.iam.gserviceaccount.com"}}""",
        "credentials.private_key")]
    [InlineData("""{"provider":"vertex","region":"europe/../x","credentials":{}}""", "region")]
    [InlineData("""{"provider":"custom","apiKey":"abc","baseUrl":"ftp://llm.example.com"}""", "baseUrl")]
    [InlineData("""{"provider":"custom","apiKey":"abc","baseUrl":"https://user@llm.example.com/v1"}""", "baseUrl")]
    public async Task What_is_wrong_with_a_key_is_said_of_the_field_before_anything_is_sealed(string body, string field)
    {
        var (bearer, _) = await Vault.TokenAsync(_server, _ana, "terraform", ["deposit"]);

        using var response = await bearer.PostAsync("/v1/keys", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(field, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
        Assert.Empty(await TestVault.ItemsAsync(_ana, "/v1/keys"));
    }

    public static TheoryData<string, string, string, int, string> Forms() => new()
    {
        {
            """{"provider":"anthropic","apiKey":"sk-ant-CANARY-c3f1-1"}""",
            "anthropic", "https://api.anthropic.com", (int)KeyScheme.XApiKey, "sk-ant-CANARY-c3f1-1"
        },
        {
            """{"provider":"azure","apiKey":"CANARY-c3f1","endpoint":"https://x.openai.azure.com"}""",
            "azure", "https://x.openai.azure.com", (int)KeyScheme.ApiKey, """{"apiKey":"CANARY-c3f1"}"""
        },
        {
            """{"provider":"azure","apiKey":"CANARY-c3f1","endpoint":"https://x.openai.azure.com/","deployments":{"gpt-4o": "mine"}}""",
            "azure", "https://x.openai.azure.com", (int)KeyScheme.ApiKey, """{"apiKey":"CANARY-c3f1","deployments":{"gpt-4o":"mine"}}"""
        },
        {
            """{"provider":"bedrock","apiKey":"ABSK-CANARY-c3f1","region":"eu-west-1"}""",
            "bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com", (int)KeyScheme.SigV4,
            """{"region":"eu-west-1","apiKey":"ABSK-CANARY-c3f1"}"""
        },
        {
            """
            {"provider":"bedrock","region":"us-east-1","credentials":
              {"secretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","accessKeyId":"AKIAIOSFODNN7EXAMPLE","note":"x"}}
            """,
            "bedrock", "https://bedrock-runtime.us-east-1.amazonaws.com", (int)KeyScheme.SigV4,
            """{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","secretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","region":"us-east-1"}"""
        },
        {
            $$"""{"provider":"vertex","credentials":{{JsonSerializer.Serialize(ServiceAccount)}}}""",
            "vertex", "https://aiplatform.googleapis.com", (int)KeyScheme.GcpServiceAccount,
            $$"""{"serviceAccount":{{ServiceAccount}},"project":"my-project"}"""
        },
        {
            $$"""{"provider":"vertex","region":"europe-west4","credentials":{{ServiceAccount}}}""",
            "vertex", "https://europe-west4-aiplatform.googleapis.com", (int)KeyScheme.GcpServiceAccount,
            $$"""{"serviceAccount":{{ServiceAccount}},"project":"my-project","region":"europe-west4"}"""
        },
        {
            """{"provider":"custom","apiKey":"CANARY-c3f1","baseUrl":"https://llm.example.com:8443/openai/v1/"}""",
            "custom:/openai/v1", "https://llm.example.com:8443", (int)KeyScheme.Bearer, "CANARY-c3f1"
        },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Each_providers_form_is_sealed_as_that_provider_needs_it(string body, string provider, string origin, int scheme, string secret)
    {
        var (bearer, _) = await Vault.TokenAsync(_server, _ana, "terraform", ["deposit"]);

        using var response = await bearer.PostAsync("/v1/keys", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var waiting = Assert.Single(await TestVault.ItemsAsync(_ana, "/v1/vault/approvals"));
        Assert.Equal(provider, waiting.GetProperty("provider").GetString());
        Assert.Equal(origin, waiting.GetProperty("origin").GetString());
        var id = Guid.ParseExact(waiting.GetProperty("id").GetString()!, "N");
        Assert.Equal(secret, Vault.OpenDeposit(id, provider, origin, waiting.GetProperty("envelope").GetString()!, (KeyScheme)scheme));
    }

    private static async Task<string> DepositAsync(HttpClient bearer)
    {
        using var response = await bearer.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetString()!;
    }
}
