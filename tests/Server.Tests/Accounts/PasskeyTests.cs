using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Tests.Support;
using Slip = KeyPass.Server.Tests.Support.TestAuthenticator.Slip;

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

    /// <summary>AC-04, while a passkey is added.</summary>
    private static readonly Dictionary<string, Slip> LiesWhileAdding = new(StringComparer.Ordinal)
    {
        ["another origin"] = new() { Origin = "http://localhost:8788" },
        ["another scheme"] = new() { Origin = "https://localhost:8787" },
        ["a host below ours"] = new() { Origin = "http://evil.localhost:8787" },
        ["the origin with a path"] = new() { Origin = Origin + "/" },
        ["another host's passkey"] = new() { RpId = "evil.example" },
        ["a frame of another site"] = new() { CrossOrigin = true },
        ["a frame below another site"] = new() { TopOrigin = "https://evil.example" },
        ["another challenge"] = new() { Challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
        ["an answer to signing in"] = new() { Type = "webauthn.get" },
        ["nobody verified"] = new() { NotVerified = true },
        ["nobody there"] = new() { NotPresent = true },
    };

    [Fact]
    public async Task A_passkey_that_comes_with_a_lie_is_not_added()
    {
        foreach (var (lie, slip) in LiesWhileAdding)
        {
            using var refused = await _client.AddPasskeyAsync(_ana, _passkey, slip);
            Assert.True(refused.StatusCode == HttpStatusCode.BadRequest, lie);
            Assert.Equal("response", await FieldAsync(refused));
        }
        Assert.DoesNotContain("prf", await MethodsAsync());
        using var honest = await _client.AddPasskeyAsync(_ana, _passkey);
        Assert.Equal(HttpStatusCode.Created, honest.StatusCode);
    }

    /// <summary>AC-04, while signing in with a passkey whose counter stands at 7 or more.</summary>
    private static readonly Dictionary<string, Slip> LiesWhileSigningIn = new(StringComparer.Ordinal)
    {
        ["another origin"] = new() { Origin = "http://localhost:8788" },
        ["another scheme"] = new() { Origin = "https://localhost:8787" },
        ["another host's passkey"] = new() { RpId = "evil.example" },
        ["a frame of another site"] = new() { CrossOrigin = true },
        ["a frame below another site"] = new() { TopOrigin = "https://evil.example" },
        ["another challenge"] = new() { Challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
        ["an answer to adding"] = new() { Type = "webauthn.create" },
        ["nobody verified"] = new() { NotVerified = true },
        ["nobody there"] = new() { NotPresent = true },
        ["a wrong signature"] = new() { SignedByAnother = true },
        ["a counter that runs backwards"] = new() { Counter = 3 },
        ["a counter that was reset"] = new() { Counter = 0 },
        ["no account"] = new() { UserHandle = "AAAA" },
    };

    [Fact]
    public async Task An_answer_that_holds_a_lie_does_not_sign_in_and_looks_like_an_unknown_passkey()
    {
        using var added = await _client.AddPasskeyAsync(_ana, _passkey, new Slip { Counter = 7 });
        using var stranger = new TestAuthenticator(Origin);
        using var unknown = await _server.Client.PasskeyLogInAsync(stranger);
        var (words, counter) = (await MessageAsync(unknown), 8u);
        foreach (var (lie, slip) in LiesWhileSigningIn)
        {
            using var refused = await _server.Client.PasskeyLogInAsync(_passkey, slip with { Counter = slip.Counter ?? counter });
            using var honest = await _server.Client.PasskeyLogInAsync(_passkey, new Slip { Counter = counter });
            using var standsStill = await _server.Client.PasskeyLogInAsync(_passkey, new Slip { Counter = counter++ });

            Assert.True(refused.StatusCode == HttpStatusCode.Unauthorized, lie);
            Assert.Equal(words, await MessageAsync(refused));
            Assert.True(honest.StatusCode == HttpStatusCode.OK, $"the truth after {lie}");
            Assert.Equal(HttpStatusCode.Unauthorized, standsStill.StatusCode);
        }
    }

    [Fact]
    public async Task A_challenge_is_answered_once_even_by_two_at_the_same_time()
    {
        using var added = await _client.AddPasskeyAsync(_ana, _passkey, new Slip { Counter = 0 });
        var (id, options) = await _server.Client.BeginPasskeyAsync("login/options");
        var response = _passkey.Get(options, new Slip { Counter = 0 });

        var statuses = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var answer = await _server.Client.PostPasskeyLogInAsync(id, (JsonObject)response.DeepClone());
            return answer.StatusCode;
        }));
        using var later = await _server.Client.PostPasskeyLogInAsync(id, response);

        Assert.Single(statuses, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Unauthorized, later.StatusCode);
    }

    [Fact]
    public async Task A_challenge_spent_on_a_lie_is_spent()
    {
        using var added = await _client.AddPasskeyAsync(_ana, _passkey);
        var (id, options) = await _server.Client.BeginPasskeyAsync("login/options");

        using var lie = await _server.Client.PostPasskeyLogInAsync(id, _passkey.Get(options, new Slip { SignedByAnother = true }));
        using var truth = await _server.Client.PostPasskeyLogInAsync(id, _passkey.Get(options));

        Assert.Equal(HttpStatusCode.Unauthorized, lie.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, truth.StatusCode);
    }

    [Fact]
    public async Task A_challenge_holds_for_five_minutes_for_its_purpose_and_for_its_account()
    {
        var eve = new TestAccount("eve");
        using var evesBrowser = _server.NewClient();
        await eve.RegisterAsync(evesBrowser);

        var (adding, addOptions) = await _client.BeginPasskeyAsync("options");
        using var byAnother = await evesBrowser.PostPasskeyAsync(eve, adding, _passkey.Create(addOptions), _passkey.CredentialId);
        using var byItsOwn = await _client.PostPasskeyAsync(_ana, adding, _passkey.Create(addOptions), _passkey.CredentialId);
        Assert.Equal(HttpStatusCode.BadRequest, byAnother.StatusCode);
        Assert.Equal(HttpStatusCode.Created, byItsOwn.StatusCode);

        // Its challenge is right, its purpose is not.
        var (again, againOptions) = await _client.BeginPasskeyAsync("options");
        var asSignIn = JsonSerializer.SerializeToElement(new { challenge = againOptions.GetProperty("challenge").GetString(), rpId = "localhost" });
        using var crossed = await _server.Client.PostPasskeyLogInAsync(again, _passkey.Get(asSignIn));
        Assert.Equal(HttpStatusCode.Unauthorized, crossed.StatusCode);

        var (late, lateOptions) = await _server.Client.BeginPasskeyAsync("login/options");
        await AgeChallengesAsync("5 minutes");
        using var tooLate = await _server.Client.PostPasskeyLogInAsync(late, _passkey.Get(lateOptions));
        Assert.Equal(HttpStatusCode.Unauthorized, tooLate.StatusCode);
        var (intime, intimeOptions) = await _server.Client.BeginPasskeyAsync("login/options");
        await AgeChallengesAsync("4 minutes");
        using var justInTime = await _server.Client.PostPasskeyLogInAsync(intime, _passkey.Get(intimeOptions));
        Assert.Equal(HttpStatusCode.OK, justInTime.StatusCode);
    }

    [Fact]
    public async Task A_passkey_signs_in_as_its_own_account_only_and_is_nobody_elses_too()
    {
        var eve = new TestAccount("eve");
        using var evesBrowser = _server.NewClient();
        using var evesPasskey = new TestAuthenticator(Origin);
        await eve.RegisterAsync(evesBrowser);
        using var ana = await _client.AddPasskeyAsync(_ana, _passkey);
        using var own = await evesBrowser.AddPasskeyAsync(eve, evesPasskey);
        Assert.Equal(HttpStatusCode.Created, own.StatusCode);

        var anasHandle = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(_ana.AccountId.ToString("N")));
        using var asAna = await _server.Client.PasskeyLogInAsync(evesPasskey, new Slip { UserHandle = anasHandle });
        using var twice = await evesBrowser.AddPasskeyAsync(eve, _passkey);

        Assert.Equal(HttpStatusCode.Unauthorized, asAna.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, twice.StatusCode);
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

    private static async Task<string?> MessageAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("message").GetString();
}
