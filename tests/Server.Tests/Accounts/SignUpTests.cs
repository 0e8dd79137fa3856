using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Tests.Accounts;

public sealed class SignUpTests(TestCluster cluster) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Who_signs_up_is_signed_in_and_gets_the_vaults_envelopes_back_as_they_were()
    {
        var ana = new TestAccount("ana");
        var registration = ana.Registration();
        using var client = _server.NewClient();
        using var response = await client.PostRegistrationAsync(registration);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);

        var signedIn = await ana.LogInAsync(client);
        var vault = (await client.GetFromJsonAsync<JsonElement>("/v1/vault")).GetProperty("data");
        var account = (await client.GetFromJsonAsync<JsonElement>("/v1/account")).GetProperty("data");

        Assert.Equal(ana.VaultId.ToString("N"), signedIn.GetProperty("vaultId").GetString());
        Assert.Equal(registration.VaultPublicKey, vault.GetProperty("publicKey").GetString());
        foreach (var sent in registration.Unlocks!)
        {
            var kept = vault.GetProperty("unlocks").EnumerateArray().Single(unlock => unlock.GetProperty("id").GetString() == sent.Id);
            Assert.Equal(sent.Envelope, kept.GetProperty("envelope").GetString());
            Assert.Equal(sent.Commitment, kept.GetProperty("commitment").GetString());
        }
        Assert.Equal(ana.Email, account.GetProperty("email").GetString());
        Assert.Equal("sealed", account.GetProperty("custody").GetString());
    }

    [Fact]
    public async Task A_wrong_hash_an_unknown_address_and_a_password_are_refused_in_the_same_words()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        await ana.RegisterAsync(client);

        var answers = new List<string>();
        foreach (var attempt in new object[]
        {
            new { email = ana.Email, authHash = new TestAccount("other").AuthHash },
            new { email = "nobody@example.com", authHash = ana.AuthHash },
            new { email = ana.Email, authHash = "a password in the clear" },
        })
        {
            using var response = await client.PostAsJsonAsync("/v1/auth/login", attempt);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            answers.Add((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("message").GetString()!);
        }
        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Prelogin_tells_an_account_from_nobody_by_nothing_and_answers_the_same_each_time()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        await ana.RegisterAsync(client);

        var known = await PreloginAsync(client, ana.Email);
        var unknown = await PreloginAsync(client, "nobody@example.com");

        Assert.Equal(known.EnumerateObject().Select(member => member.Name), unknown.EnumerateObject().Select(member => member.Name));
        foreach (var member in known.EnumerateObject().Where(member => member.Name != "salt"))
            Assert.Equal(member.Value.ToString(), unknown.GetProperty(member.Name).ToString());
        Assert.Equal(known.GetProperty("salt").GetString()!.Length, unknown.GetProperty("salt").GetString()!.Length);
        Assert.Equal(unknown.ToString(), (await PreloginAsync(client, " NOBODY@example.com ")).ToString());
        Assert.NotEqual(unknown.ToString(), (await PreloginAsync(client, "nobody-else@example.com")).ToString());
    }

    [Fact]
    public async Task An_address_has_one_account_however_it_is_spelled()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        await ana.RegisterAsync(client);

        using var again = await client.PostRegistrationAsync(new TestAccount("x").Registration() with { Email = ana.Email.ToUpperInvariant() });

        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Contains("email_taken", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static readonly (string Field, Func<RegisterRequest, RegisterRequest> Spoil)[] Spoiled =
    [
        ("email", body => body with { Email = "ana" }),
        ("accountId", body => body with { AccountId = "7" }),
        ("vaultId", body => body with { VaultId = body.VaultId!.ToUpperInvariant() + "A" }),
        ("authHash", body => body with { AuthHash = body.AuthHash![1..] }),
        ("authHash", body => body with { AuthHash = new string('A', body.AuthHash!.Length) }),
        ("kdf", body => body with { Kdf = body.Kdf! with { MemoryKib = 1024 } }),
        ("kdf", body => body with { Kdf = body.Kdf! with { Iterations = 1 } }),
        ("kdf", body => body with { Kdf = body.Kdf! with { Algorithm = "pbkdf2" } }),
        ("kdf.salt", body => body with { Kdf = body.Kdf! with { Salt = "c2FsdA" } }),
        ("publicKey", body => body with { PublicKey = new string('A', body.PublicKey!.Length) }),
        ("vaultPublicKey", body => body with { VaultPublicKey = body.VaultPublicKey![..^4] }),
        ("unlocks", body => body with { Unlocks = [body.Unlocks![0]] }),
        ("unlocks", body => body with { Unlocks = [body.Unlocks![0], body.Unlocks![0]] }),
        ("unlocks", body => body with { Unlocks = [.. body.Unlocks!, body.Unlocks![0] with { Method = "ring" }] }),
        ("unlocks[1].envelope", body => body with { Unlocks = [body.Unlocks![0], body.Unlocks![1] with { Envelope = body.Kdf!.Salt }] }),
        ("unlocks[0].commitment", body => body with { Unlocks = [body.Unlocks![0] with { Commitment = "" }, body.Unlocks![1]] }),
        ("items[0].kind", body => body with { Items = [new ItemWire(body.AccountId!, "key", 1, body.Unlocks![0].Envelope)] }),
        ("items[0].envelope", body => body with { Items = [new ItemWire(body.AccountId!, "account", 1, body.Unlocks![0].Envelope)] }),
    ];

    [Fact]
    public async Task A_sign_up_that_does_not_fit_is_400_names_the_member_and_keeps_nothing()
    {
        foreach (var (field, spoil) in Spoiled)
        {
            var good = new TestAccount("ana").Registration();

            using var refused = await _server.Client.PostRegistrationAsync(spoil(good));
            using var mended = await _server.Client.PostRegistrationAsync(good);

            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal(field, (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
            Assert.Equal(HttpStatusCode.Created, mended.StatusCode);
        }
    }

    [Fact]
    public async Task After_five_failures_the_pauses_grow_and_the_right_password_still_works_after_them()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        await ana.RegisterAsync(client);
        var wrong = new { email = ana.Email, authHash = new TestAccount("other").AuthHash };
        for (var attempt = 0; attempt < 6; attempt++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsJsonAsync("/v1/auth/login", wrong)).StatusCode);

        using var paused = await client.PostAsJsonAsync("/v1/auth/login", wrong);
        Assert.Equal(HttpStatusCode.TooManyRequests, paused.StatusCode);
        Assert.NotNull(paused.Headers.RetryAfter);
        await Task.Delay(paused.Headers.RetryAfter.Delta!.Value + TimeSpan.FromMilliseconds(200));

        await ana.LogInAsync(client);
    }

    [Fact]
    public async Task A_hundred_guesses_at_once_get_no_more_tries_than_one_after_the_other()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        await ana.RegisterAsync(client);

        var tried = await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ =>
        {
            using var response = await client.PostAsJsonAsync("/v1/auth/login", new { email = ana.Email, authHash = new TestAccount("other").AuthHash });
            return response.StatusCode;
        }));

        // Five are free, the sixth starts the first pause of a second; the burst may outlast one pause or two.
        Assert.InRange(tried.Count(status => status == HttpStatusCode.Unauthorized), 5, 9);
    }

    [Fact]
    public async Task An_ended_session_is_refused_at_once_and_the_others_go_on()
    {
        var ana = new TestAccount("ana");
        using var laptop = _server.NewClient();
        using var phone = _server.NewClient();
        await ana.RegisterAsync(laptop);
        await ana.LogInAsync(phone);
        var sessions = (await laptop.GetFromJsonAsync<JsonElement>("/v1/account/sessions")).GetProperty("data").GetProperty("items");
        Assert.Equal(2, sessions.GetArrayLength());
        var other = sessions.EnumerateArray().Single(session => !session.GetProperty("current").GetBoolean()).GetProperty("id").GetString();

        using var ended = await laptop.DeleteAsync($"/v1/account/sessions/{other}");

        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await phone.GetAsync("/v1/account")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await laptop.GetAsync("/v1/account")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await laptop.PostAsync("/v1/auth/logout", content: null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await laptop.GetAsync("/v1/account")).StatusCode);
    }

    [Fact]
    public async Task A_deleted_account_is_gone_with_everything_in_it_and_the_address_is_free_again()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        await ana.RegisterAsync(client);

        using var mistaken = await DeleteAsync(client, "someone@example.com", ana.AuthHash);
        using var wrong = await DeleteAsync(client, ana.Email, new TestAccount("other").AuthHash);
        Assert.Equal(HttpStatusCode.BadRequest, mistaken.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var right = await DeleteAsync(client, ana.Email, ana.AuthHash);

        Assert.Equal(HttpStatusCode.NoContent, right.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/account")).StatusCode);
        foreach (var table in new[] { "accounts", "vaults", "vault_unlocks", "sessions", "audit_entries" })
        {
            await using var count = _server.Database.Source.CreateCommand($"SELECT count(*) FROM {table}");
            Assert.Equal(0L, await count.ExecuteScalarAsync());
        }
        using var again = await client.PostRegistrationAsync(new TestAccount("x").Registration() with { Email = ana.Email });
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
    }

    [Fact]
    public async Task A_browsers_session_is_a_cookie_that_scripts_and_other_sites_cannot_use()
    {
        var ana = new TestAccount("ana");
        using var client = _server.NewClient();
        using var response = await client.PostRegistrationAsync(ana.Registration() with { Session = SessionForm.Cookie });
        var cookies = response.Headers.GetValues("Set-Cookie").ToList();
        var cookie = cookies.Single(set => set.StartsWith("__Host-keypass=", StringComparison.Ordinal));
        var signedIn = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");

        Assert.Equal(JsonValueKind.Null, signedIn.GetProperty("sessionToken").ValueKind);
        Assert.StartsWith("__Host-keypass=kp_ss_", cookie, StringComparison.Ordinal);
        foreach (var attribute in new[] { "secure", "httponly", "samesite=strict", "path=/" })
            Assert.Contains(attribute, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        // What scripts do see says that there is a session, and nothing of it.
        Assert.Contains(cookies, set => set.StartsWith("__Host-keypass-signed-in=1;", StringComparison.Ordinal));

        client.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/account")).StatusCode);
        foreach (var site in new[] { "cross-site", "same-site", "none", null })
            Assert.Equal(HttpStatusCode.Unauthorized, (await LogOutFromAsync(client, site)).StatusCode);
        using var left = await LogOutFromAsync(client, "same-origin");
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        Assert.All(left.Headers.GetValues("Set-Cookie"), set => Assert.Contains("expires=Thu, 01 Jan 1970", set, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(2, left.Headers.GetValues("Set-Cookie").Count());
        Assert.Contains("storage", left.Headers.GetValues("Clear-Site-Data").Single(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/account")).StatusCode);
    }

    [Fact]
    public async Task A_server_that_is_closed_takes_no_sign_up_and_one_with_a_public_address_is()
    {
        await using var closed = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:Registration", "closed"));
        await using var onThePublicNet = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:PublicUrl", "https://keys.example.com"));
        using var outside = await onThePublicNet.Client.PostRegistrationAsync(new TestAccount("ana").Registration());
        Assert.Equal(HttpStatusCode.Forbidden, outside.StatusCode);

        using var response = await closed.Client.PostRegistrationAsync(new TestAccount("ana").Registration());

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("registration_closed", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> LogOutFromAsync(HttpClient client, string? site)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/logout");
        if (site is not null)
            request.Headers.Add("Sec-Fetch-Site", site);
        return client.SendAsync(request);
    }

    private static async Task<JsonElement> PreloginAsync(HttpClient client, string email)
    {
        using var response = await client.PostAsJsonAsync("/v1/auth/prelogin", new { email });
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("kdf");
    }

    private static Task<HttpResponseMessage> DeleteAsync(HttpClient client, string email, string authHash) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/v1/account") { Content = JsonContent.Create(new { email, authHash }) });
}
