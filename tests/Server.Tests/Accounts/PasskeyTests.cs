using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Accounts;

public sealed class PasskeyTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Origin = "http://localhost:8787";

    private readonly TestAccount _ana = new("ana");
    private readonly TestAuthenticator _passkey = new(Origin);
    private KeyPassServer _server = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:PublicUrl", Origin));
        _client = _server.NewClient();
        await _ana.RegisterAsync(_client);
    }

    public async ValueTask DisposeAsync()
    {
        _passkey.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_passkey_signs_in_and_brings_the_unlock_it_opens()
    {
        using var added = await _client.AddPasskeyAsync(_ana, _passkey);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);

        using var browser = _server.NewClient();
        using var response = await browser.PasskeyLogInAsync(_passkey);
        var signedIn = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(_ana.AccountId.ToString("N"), signedIn.GetProperty("accountId").GetString());
        var credentials = signedIn.GetProperty("unlocks").EnumerateArray().ToDictionary(
            unlock => unlock.GetProperty("method").GetString()!, unlock => unlock.GetProperty("credentialId").GetString(), StringComparer.Ordinal);
        Assert.Equal(_passkey.CredentialId, credentials["prf"]);
        Assert.Null(credentials["pw"]);
        Assert.Null(credentials["recovery"]);
        browser.DefaultRequestHeaders.Authorization = new("Bearer", signedIn.GetProperty("sessionToken").GetString());
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/v1/account")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.PasskeyLogInAsync(_passkey)).StatusCode);
    }

    [Fact]
    public async Task The_options_ask_for_a_resident_passkey_a_verified_person_and_this_host_and_know_nobody()
    {
        using var first = await _client.AddPasskeyAsync(_ana, _passkey);
        var (_, adding) = await _client.BeginPasskeyAsync("options");
        var (_, signingIn) = await _server.Client.BeginPasskeyAsync("login/options");

        Assert.Equal("localhost", adding.GetProperty("rp").GetProperty("id").GetString());
        Assert.Equal("required", adding.GetProperty("authenticatorSelection").GetProperty("residentKey").GetString());
        Assert.Equal("required", adding.GetProperty("authenticatorSelection").GetProperty("userVerification").GetString());
        Assert.Equal(_passkey.CredentialId, adding.GetProperty("excludeCredentials")[0].GetProperty("id").GetString());
        Assert.Equal("localhost", signingIn.GetProperty("rpId").GetString());
        Assert.Equal("required", signingIn.GetProperty("userVerification").GetString());
        Assert.Equal(0, signingIn.GetProperty("allowCredentials").GetArrayLength());
    }

    [Fact]
    public async Task Passkeys_are_listed_renamed_and_removed_with_the_unlock_they_open()
    {
        var id = await _client.PasskeyIdAsync(_ana, _passkey);
        using var renamed = await _client.PatchAsJsonAsync($"/v1/auth/passkeys/{id}", new { name = " the blue one " });
        using var nameless = await _client.PatchAsJsonAsync($"/v1/auth/passkeys/{id}", new { name = " " });
        var item = (await _client.GetFromJsonAsync<JsonElement>("/v1/auth/passkeys")).GetProperty("data").GetProperty("items").EnumerateArray().Single();

        Assert.Equal(HttpStatusCode.NoContent, renamed.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, nameless.StatusCode);
        Assert.Equal("the blue one", item.GetProperty("name").GetString());
        Assert.Equal(_passkey.CredentialId, item.GetProperty("credentialId").GetString());
        Assert.Equal(JsonValueKind.Null, item.GetProperty("lastUsedAt").ValueKind);
        Assert.Contains("prf", await MethodsAsync());

        using var removed = await _client.DeleteAsync($"/v1/auth/passkeys/{id}");

        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.DoesNotContain("prf", await MethodsAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.Client.PasskeyLogInAsync(_passkey)).StatusCode);
    }

    [Fact]
    public async Task A_new_password_leaves_passkeys_and_what_they_open_alone()
    {
        using var added = await _client.AddPasskeyAsync(_ana, _passkey);

        using var changed = await _client.PostNewPasswordAsync(_ana.NewPassword(_ana.AuthHash, newRecovery: true));
        using var signedIn = await _server.Client.PasskeyLogInAsync(_passkey);

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        Assert.Contains(_passkey.CredentialId, await signedIn.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_account_takes_its_passkeys_and_marks_along()
    {
        using var browser = TestBrowser.Open(_server);
        await browser.LogInAsync(_ana);
        using var added = await _client.AddPasskeyAsync(_ana, _passkey);
        await _client.BeginPasskeyAsync("options");
        using var deleted = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/v1/account")
        {
            Content = JsonContent.Create(new { email = _ana.Email, authHash = _ana.AuthHash }),
        });

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        foreach (var table in new[] { "passkeys", "passkey_challenges", "devices" })
        {
            await using var count = _server.Database.Source.CreateCommand($"SELECT count(*) FROM {table}");
            Assert.Equal(0L, await count.ExecuteScalarAsync());
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.Client.PasskeyLogInAsync(_passkey)).StatusCode);
    }

    [Fact]
    public async Task Adding_one_asks_for_the_present_password_and_slows_its_guessing()
    {
        var (id, options) = await _client.BeginPasskeyAsync("options");
        var response = _passkey.Create(options);
        for (var attempt = 0; attempt < 6; attempt++)
        {
            using var refused = await _client.PostPasskeyAsync(_ana, id, response, _passkey.CredentialId, authHash: new TestAccount("other").AuthHash);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
        using var paused = await _client.PostPasskeyAsync(_ana, id, response, _passkey.CredentialId);

        Assert.Equal(HttpStatusCode.TooManyRequests, paused.StatusCode);
        Assert.DoesNotContain("prf", await MethodsAsync());
    }

    [Fact]
    public async Task An_unlock_for_another_passkey_or_of_another_kind_is_refused_and_nothing_is_kept()
    {
        using var other = new TestAuthenticator(Origin);
        var (first, firstOptions) = await _client.BeginPasskeyAsync("options");
        using var mismatched = await _client.PostPasskeyAsync(_ana, first, _passkey.Create(firstOptions), other.CredentialId);
        var (second, secondOptions) = await _client.BeginPasskeyAsync("options");
        using var wrongKind = await _client.PostAsJsonAsync("/v1/auth/passkeys", new
        {
            challengeId = second,
            response = _passkey.Create(secondOptions),
            unlock = _ana.SealPasskeyUnlock(_passkey.CredentialId) with { Method = "ring" },
            name = "x",
            currentAuthHash = _ana.AuthHash,
        }, JsonSerializerOptions.Web);

        Assert.Equal("unlock.credentialId", await FieldAsync(mismatched));
        Assert.Equal("unlock.method", await FieldAsync(wrongKind));
        Assert.DoesNotContain("prf", await MethodsAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.Client.PasskeyLogInAsync(_passkey)).StatusCode);
    }

    [Theory]
    [InlineData("""{"prf":{"results":{"first":"CANARY"}}}""")]
    [InlineData("""{"prf":{}}""")]
    [InlineData("""{"wrapped":[{"PRF":"CANARY"}]}""")]
    public async Task A_client_that_sends_prf_output_is_refused_and_reported_without_it(string extensions)
    {
        var output = $"prf-{_ana.AccountId:N}";
        var leaked = JsonNode.Parse(extensions.Replace("CANARY", output, StringComparison.Ordinal));
        var (adding, addOptions) = await _client.BeginPasskeyAsync("options");
        var created = _passkey.Create(addOptions);
        created["clientExtensionResults"] = leaked!.DeepClone();
        using var notAdded = await _client.PostPasskeyAsync(_ana, adding, created, _passkey.CredentialId);
        using var added = await _client.AddPasskeyAsync(_ana, _passkey);
        var (signingIn, options) = await _server.Client.BeginPasskeyAsync("login/options");
        var used = _passkey.Get(options);
        used["clientExtensionResults"] = leaked;
        var before = Warnings();
        using var notSignedIn = await _server.Client.PostPasskeyLogInAsync(signingIn, used);

        Assert.Equal(HttpStatusCode.BadRequest, notAdded.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, notSignedIn.StatusCode);
        Assert.Equal("response", await FieldAsync(notSignedIn));
        Assert.True(Warnings() > before);
        Assert.DoesNotContain(Recording.Logs, line => line.Contains(output, StringComparison.Ordinal));
        Assert.DoesNotContain(Recording.Answers, text => text.Contains(output, StringComparison.Ordinal));

        static int Warnings() => Recording.Logs.Count(line => line.Contains("'prf' in a passkey's answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_that_are_no_answers_are_4xx_and_say_nothing_of_the_inside()
    {
        foreach (var response in new[]
        {
            "null", "7", "[]", "{}", "\"x\"", """{"id":7}""", """{"id":"","response":{},"type":"public-key","clientExtensionResults":{}}""",
            """{"id":"AAAA","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}""",
            """{"id":"AAAA","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"/","attestationObject":"oA"}}""",
        })
        {
            var (id, _) = await _server.Client.BeginPasskeyAsync("login/options");
            using var content = new StringContent($$"""{"challengeId":"{{id}}","response":{{response}}}""", System.Text.Encoding.UTF8, "application/json");
            using var answer = await _server.Client.PostAsync("/v1/auth/passkeys/login", content);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotContain("xception", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_address_has_only_so_many_challenges_open_and_used_up_ones_are_swept()
    {
        for (var opened = 0; opened < 200; opened++)
            await _server.Client.BeginPasskeyAsync("login/options");
        using var refused = await _server.Client.PostAsync("/v1/auth/passkeys/login/options", content: null);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);

        await AgeChallengesAsync("5 minutes");
        for (var opened = 0; opened < 3; opened++)
            await _server.Client.BeginPasskeyAsync("login/options");
        await using var count = _server.Database.Source.CreateCommand("SELECT count(*) FROM passkey_challenges");
        Assert.Equal(3L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Failed_answers_slow_their_address_down()
    {
        using var stranger = new TestAuthenticator(Origin);
        var statuses = new List<HttpStatusCode>();
        for (var attempt = 0; attempt < 62; attempt++)
        {
            using var refused = await _server.Client.PasskeyLogInAsync(stranger);
            statuses.Add(refused.StatusCode);
        }

        Assert.All(statuses.Take(60), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    private async Task<IReadOnlyList<string?>> MethodsAsync() =>
        [.. (await _client.GetFromJsonAsync<JsonElement>("/v1/vault")).GetProperty("data").GetProperty("unlocks").EnumerateArray()
            .Select(unlock => unlock.GetProperty("method").GetString())];

    private async Task AgeChallengesAsync(string by)
    {
        await using var age = _server.Database.Source.CreateCommand($"UPDATE passkey_challenges SET expires_at = expires_at - interval '{by}'");
        await age.ExecuteNonQueryAsync();
    }

    private static async Task<string?> FieldAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString();
}
