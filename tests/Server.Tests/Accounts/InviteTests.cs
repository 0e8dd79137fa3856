using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using KeyPass.Server.Accounts;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Accounts;

/// <summary>Who may sign up where not everybody may, and who decides it.</summary>
public sealed class InviteTests(TestCluster cluster) : IAsyncLifetime
{
    private static readonly (string, string) OnThePublicNet = ("KeyPass:PublicUrl", "https://keys.example.com");

    private readonly TestAccount _operator = new("operator");
    private readonly TurnedClock _clock = new();
    private KeyPassServer _server = null!;
    private HttpClient _asOperator = null!;

    /// <summary>A server on this machine that takes invites only, with one account already: its operator's.</summary>
    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: _clock.AddTo,
            settings: [("KeyPass:Registration", "invite"), ("KeyPass:Operators", $"somebody@example.com, {_operator.Email}")]);
        _asOperator = await SignedInByInviteAsync(_server, _operator);
    }

    public async ValueTask DisposeAsync()
    {
        _asOperator.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Without_an_invite_nobody_signs_up_on_a_public_server_that_sends_no_mail()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: OnThePublicNet);

        using var refused = await server.Client.PostRegistrationAsync(new TestAccount("ana").Registration());

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("invite_required", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var says = (await server.Client.GetFromJsonAsync<JsonElement>("/v1/auth/registration")).GetProperty("data");
        Assert.Equal("invite", says.GetProperty("mode").GetString());
        Assert.False(says.GetProperty("mail").GetBoolean());
    }

    [Fact]
    public async Task An_invite_lets_one_person_in_and_is_then_shown_as_used()
    {
        var (id, code) = await InviteAsync(new { });

        using var first = await _server.Client.PostRegistrationAsync(new TestAccount("ana").Registration() with { Invite = code });
        using var second = await _server.Client.PostRegistrationAsync(new TestAccount("ben").Registration() with { Invite = code });

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        Assert.Equal("used", (await ListAsync()).Single(item => item.GetProperty("id").GetString() == id).GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await _asOperator.DeleteAsync($"/v1/invites/{id}")).StatusCode);
    }

    [Fact]
    public async Task Of_two_sign_ups_at_once_with_one_invite_one_is_let_in()
    {
        var (_, code) = await InviteAsync(new { });
        var before = await _server.CountAsync("accounts");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var answer = await _server.Client.PostRegistrationAsync(new TestAccount("ana").Registration() with { Invite = code });
            return answer.StatusCode;
        }));

        Assert.Single(answers, HttpStatusCode.Created);
        Assert.Equal(7, answers.Count(status => status == HttpStatusCode.Forbidden));
        Assert.Equal(before + 1, await _server.CountAsync("accounts"));
    }

    [Fact]
    public async Task A_sign_up_that_fails_leaves_the_invite_unused()
    {
        var (_, code) = await InviteAsync(new { });
        var ana = new TestAccount("ana");
        using var taken = await _server.Client.PostRegistrationAsync(ana.Registration() with { Invite = code, Email = _operator.Email });
        Assert.Equal(HttpStatusCode.Conflict, taken.StatusCode);

        using var mended = await _server.Client.PostRegistrationAsync(ana.Registration() with { Invite = code });

        Assert.Equal(HttpStatusCode.Created, mended.StatusCode);
    }

    [Fact]
    public async Task Where_addresses_are_proved_by_mail_an_invite_still_lets_one_person_in()
    {
        await using var mail = FakeMailServer.StartNew();
        var (ana, ben) = (new TestAccount("ana"), new TestAccount("ben"));
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: new TurnedClock().AddTo,
            settings: [OnThePublicNet, ("KeyPass:Registration", "invite"), .. mail.Settings()]);
        var code = await MakeInviteAsync(server, email: null);
        foreach (var who in new[] { ana, ben })
        {
            using var asked = await server.Client.PostRegistrationAsync(who.Registration() with { Invite = code });
            Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        }
        var mails = new[] { await mail.WaitForAsync(ana.Email, "Confirm your address"), await mail.WaitForAsync(ben.Email, "Confirm your address") };

        var answers = await Task.WhenAll(mails.Select(async one =>
        {
            using var answer = await server.Client.PostAsJsonAsync("/v1/auth/verify-email", new { code = one.CodeFor("verify-email") });
            return answer.StatusCode;
        }));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Forbidden], answers.Order());
        Assert.Equal(1, await server.CountAsync("accounts"));
    }

    [Fact]
    public async Task An_invite_that_is_for_another_address_revoked_expired_or_none_lets_nobody_in()
    {
        var (revoked, revokedCode) = await InviteAsync(new { });
        Assert.Equal(HttpStatusCode.NoContent, (await _asOperator.DeleteAsync($"/v1/invites/{revoked}")).StatusCode);
        var (_, foreign) = await InviteAsync(new { email = "ben@example.com" });
        var (expired, expiredCode) = await InviteAsync(new { expiresAfterDays = 1 });
        _clock.Turn(TimeSpan.FromHours(25));
        var (_, good) = await InviteAsync(new { });

        foreach (var code in new[] { null, "", "x", revokedCode, foreign, expiredCode, good[..^1], "kp_lt_" + good })
        {
            using var refused = await _server.Client.PostRegistrationAsync(new TestAccount("ana").Registration() with { Invite = code });
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("invite_required", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal("expired", (await ListAsync()).Single(item => item.GetProperty("id").GetString() == expired).GetProperty("status").GetString());
    }

    [Fact]
    public async Task An_address_without_mail_is_proved_by_an_invite_for_it_and_only_then_gives_the_operator_role()
    {
        var (invited, other) = (new TestAccount("invited"), new TestAccount("other"));
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false,
            settings: [OnThePublicNet, ("KeyPass:Operators", $"{invited.Email},{other.Email}")]);

        using var one = await SignedInByInviteAsync(server, invited);
        using var two = server.NewClient();
        using var anyones = await two.PostRegistrationAsync(other.Registration() with { Invite = await MakeInviteAsync(server, email: null) });
        await other.LogInAsync(two);

        Assert.Equal((true, true), await VerifiedAndOperatorAsync(one));
        Assert.Equal((false, false), await VerifiedAndOperatorAsync(two));
        Assert.Equal(HttpStatusCode.OK, (await one.GetAsync("/v1/invites")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await two.GetAsync("/v1/invites")).StatusCode);
    }

    [Fact]
    public async Task Only_operators_see_and_make_invites_and_others_are_told_so()
    {
        var ana = new TestAccount("ana");
        using var client = await SignedInByInviteAsync(_server, ana);
        var (id, _) = await InviteAsync(new { });
        foreach (var call in new Func<Task<HttpResponseMessage>>[]
        {
            () => client.GetAsync("/v1/invites"),
            () => client.PostAsJsonAsync("/v1/invites", new { }),
            () => client.DeleteAsync($"/v1/invites/{id}"),
        })
        {
            using var refused = await call();
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("operator_required", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal((true, false), await VerifiedAndOperatorAsync(client));

        await _server.MakeOperatorAsync(ana);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/invites")).StatusCode);
    }

    [Fact]
    public async Task The_role_works_in_a_browsers_session_too()
    {
        using var client = _server.NewClient();
        using var signedIn = await client.PostAsJsonAsync("/v1/auth/login", new { email = _operator.Email, authHash = _operator.AuthHash, session = "cookie" });
        var session = signedIn.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith("__Host-keypass=", StringComparison.Ordinal));
        client.DefaultRequestHeaders.Add("Cookie", session.Split(';')[0]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsJsonAsync("/v1/invites", new { })).StatusCode);

        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");

        Assert.Equal(HttpStatusCode.Created, (await client.PostAsJsonAsync("/v1/invites", new { })).StatusCode);
    }

    [Fact]
    public async Task Invites_are_listed_newest_first_page_by_page_and_show_no_code()
    {
        var made = new List<string>();
        for (var number = 0; number < 3; number++)
            made.Add((await InviteAsync(new { email = $"friend{number}@example.com" })).Code);
        var seen = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var next = cursor is null ? "" : $"&cursor={cursor}";
            var page = (await _asOperator.GetFromJsonAsync<JsonElement>($"/v1/invites?limit=2{next}")).GetProperty("data");
            seen.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(["friend2@example.com", "friend1@example.com", "friend0@example.com", _operator.Email],
            seen.Select(item => item.GetProperty("email").GetString()));
        Assert.Equal(["open", "open", "open", "used"], seen.Select(item => item.GetProperty("status").GetString()));
        Assert.DoesNotContain(made, code => seen.Any(item => item.ToString().Contains(code, StringComparison.Ordinal)));
        foreach (var query in new[] { "limit=0", "limit=201", "cursor=x" })
            Assert.Equal(HttpStatusCode.BadRequest, (await _asOperator.GetAsync($"/v1/invites?{query}")).StatusCode);
        foreach (var wrong in new object[] { new { expiresAfterDays = 0 }, new { expiresAfterDays = 91 }, new { email = "ana" } })
            Assert.Equal(HttpStatusCode.BadRequest, (await _asOperator.PostAsJsonAsync("/v1/invites", wrong)).StatusCode);
    }

    [Fact]
    public async Task An_invite_for_an_address_is_mailed_to_it()
    {
        await using var mail = FakeMailServer.StartNew();
        var boss = new TestAccount("boss");
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: new TurnedClock().AddTo,
            settings: [("KeyPass:Operators", boss.Email), .. mail.Settings()]);
        using var client = server.NewClient();
        using var asked = await client.PostRegistrationAsync(boss.Registration());
        var proof = await mail.WaitForAsync(boss.Email, "Confirm your address");
        using var verified = await client.PostAsJsonAsync("/v1/auth/verify-email", new { code = proof.CodeFor("verify-email") });
        await boss.LogInAsync(client);

        using var made = await client.PostAsJsonAsync("/v1/invites", new { email = "Friend@Example.com" });

        var code = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("code").GetString();
        Assert.Equal(code, (await mail.WaitForAsync("friend@example.com", "An invitation to KeyPass")).CodeFor("sign-up"));
    }

    [Fact]
    public async Task A_closed_server_takes_no_invite_either()
    {
        await using var closed = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:Registration", "closed"));

        var code = await MakeInviteAsync(closed, email: null);

        using var refused = await closed.Client.PostRegistrationAsync(new TestAccount("ana").Registration() with { Invite = code });

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("registration_closed", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invites_that_ended_a_month_ago_are_swept_and_the_others_stay()
    {
        await InviteAsync(new { email = "friend@example.com", expiresAfterDays = 1 });
        _clock.Turn(TimeSpan.FromDays(32));
        using var client = _server.NewClient();
        await _operator.LogInAsync(client);
        using var made = await client.PostAsJsonAsync("/v1/invites", new { });

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await _server.CountAsync("invites") > 1)
            await Task.Delay(20, limit.Token);
        Assert.Equal(1, await _server.CountAsync("invites"));
    }

    [Fact]
    public async Task The_first_account_of_a_public_server_is_made_at_its_command_line()
    {
        var (connection, ring, ana) = (await cluster.NewDatabaseAsync(), Path.Combine(Artifacts.NewFolder("ring"), "ring"), new TestAccount("ana"));
        await using var server = await ServerProcess.StartAsync(new() { ConnectionString = connection },
            ("KeyPass__RingFile", ring), ("KeyPass__PublicUrl", "https://keys.example.com"));
        async Task<string> SayAsync(params string[] words)
        {
            var (exitCode, output) = await ServerProcess.RunAsync(new() { ConnectionString = connection, Words = words },
                ("KeyPass__RingFile", ring), ("KeyPass__PublicUrl", "https://keys.example.com"));
            Assert.Equal(0, exitCode);
            return output;
        }

        await SayAsync("operator", ana.Email);
        var code = Regex.Match(await SayAsync("invite", ana.Email), @"https://keys\.example\.com/sign-up#(\w+)").Groups[1].Value;

        using var signedUp = await server.Client.PostRegistrationAsync(ana.Registration() with { Invite = code });
        Assert.Equal(HttpStatusCode.Created, signedUp.StatusCode);
        await ana.LogInAsync(server.Client);
        Assert.Equal((true, true), await VerifiedAndOperatorAsync(server.Client));
    }

    private async Task<(string Id, string Code)> InviteAsync(object body)
    {
        using var client = _server.NewClient();
        await _operator.LogInAsync(client);
        using var made = await client.PostAsJsonAsync("/v1/invites", body);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var invite = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        return (invite.GetProperty("id").GetString()!, invite.GetProperty("code").GetString()!);
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync() =>
        [.. (await _asOperator.GetFromJsonAsync<JsonElement>("/v1/invites")).GetProperty("data").GetProperty("items").EnumerateArray()];

    /// <summary>As the command line makes one.</summary>
    private static async Task<string> MakeInviteAsync(KeyPassServer server, string? email)
    {
        var (code, hash) = OneUseCode.Make();
        await server.Services.GetRequiredService<InviteStore>().AddAsync(
            hash, email is null ? null : EmailAddress.FromStored(email), InvitesEndpoints.UsualDays, madeBy: null, (_, _) => { }, CancellationToken.None);
        return code;
    }

    private static async Task<HttpClient> SignedInByInviteAsync(KeyPassServer server, TestAccount who)
    {
        var client = server.NewClient();
        using var signedUp = await client.PostRegistrationAsync(who.Registration() with { Invite = await MakeInviteAsync(server, who.Email) });
        Assert.Equal(HttpStatusCode.Created, signedUp.StatusCode);
        await who.LogInAsync(client);
        return client;
    }

    private static async Task<(bool Verified, bool Operator)> VerifiedAndOperatorAsync(HttpClient client)
    {
        var account = (await client.GetFromJsonAsync<JsonElement>("/v1/account")).GetProperty("data");
        return (account.GetProperty("emailVerified").GetBoolean(), account.GetProperty("operator").GetBoolean());
    }
}
