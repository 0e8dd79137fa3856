using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Tests.Support;
using Slip = KeyPass.Server.Tests.Support.TestAuthenticator.Slip;

namespace KeyPass.Server.Tests.Accounts;

/// <summary>AC-04: every lie that a passkey, or who holds one, could tell; and that the truth beside it is taken.</summary>
public sealed class PasskeyAttackTests(TestCluster cluster) : IAsyncLifetime
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
