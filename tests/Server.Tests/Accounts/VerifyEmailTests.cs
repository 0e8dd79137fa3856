using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Accounts;

/// <summary>Sign-up on a server that sends mail: an account is open once somebody shows that the address is his.</summary>
public sealed class VerifyEmailTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Confirm = "Confirm your address";
    private const string Exists = "You have an account already";

    private readonly FakeMailServer _mail = FakeMailServer.StartNew();
    private readonly TurnedClock _clock = new();
    private readonly TestAccount _ana = new("ana");
    private KeyPassServer _server = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: _clock.AddTo, settings: _mail.Settings());
        _client = _server.NewClient();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        await _mail.DisposeAsync();
    }

    [Fact]
    public async Task A_sign_up_waits_for_the_link_in_the_mail_and_then_signs_in()
    {
        using var asked = await _client.PostRegistrationAsync(_ana.Registration());
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        Assert.Contains("\"data\":{\"pending\":true}", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var early = await _client.PostAsJsonAsync("/v1/auth/login", new { email = _ana.Email, authHash = _ana.AuthHash });
        Assert.Equal(HttpStatusCode.Unauthorized, early.StatusCode);
        var mail = await _mail.WaitForAsync(_ana.Email, Confirm);

        using var verified = await VerifyAsync(mail);

        Assert.Equal(HttpStatusCode.OK, verified.StatusCode);
        Assert.Contains("\"data\":{\"verified\":true}", await verified.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await _ana.LogInAsync(_client);
        var account = (await _client.GetFromJsonAsync<JsonElement>("/v1/account")).GetProperty("data");
        Assert.True(account.GetProperty("emailVerified").GetBoolean());
        Assert.Contains("account.created", await _client.GetStringAsync("/v1/audit"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("/v1/vault")).StatusCode);
    }

    [Fact]
    public async Task A_taken_address_is_answered_as_a_free_one_is_and_only_its_owner_learns_more()
    {
        await OpenAsync(_ana);
        var (pendingBefore, stranger) = (await _server.CountAsync("pending_registrations"), new TestAccount("stranger"));

        using var free = await _client.PostRegistrationAsync(stranger.Registration());
        using var taken = await _client.PostRegistrationAsync(new TestAccount("other").Registration() with { Email = _ana.Email.ToUpperInvariant() });

        Assert.Equal(HttpStatusCode.Accepted, free.StatusCode);
        Assert.Equal(free.StatusCode, taken.StatusCode);
        Assert.Equal(await free.Content.ReadAsStringAsync(), await taken.Content.ReadAsStringAsync());
        Assert.Equal(Names(free), Names(taken));
        // The same work: one sign-up kept and one letter written for each.
        Assert.Equal(pendingBefore + 2, await _server.CountAsync("pending_registrations"));
        await _mail.WaitForAsync(stranger.Email, Confirm);
        var mail = await _mail.WaitForAsync(_ana.Email, Exists);
        Assert.Equal("", mail.CodeFor("verify-email"));
        await _ana.LogInAsync(_client);
    }

    [Fact]
    public async Task Of_two_who_follow_a_link_at_once_one_opens_the_account()
    {
        await AskAsync(_ana);
        var mail = await _mail.WaitForAsync(_ana.Email, Confirm);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var answer = await VerifyAsync(mail);
            return answer.StatusCode;
        }));

        Assert.Single(answers, HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(status => status == HttpStatusCode.BadRequest));
        Assert.Equal(1, await _server.CountAsync("accounts"));
    }

    [Fact]
    public async Task Of_two_sign_ups_for_one_address_the_first_confirmed_counts()
    {
        await AskAsync(_ana);
        var first = await _mail.WaitForAsync(_ana.Email, Confirm);
        using var again = await _client.PostRegistrationAsync(new TestAccount("x").Registration() with { Email = _ana.Email });
        while (_mail.Mails.Count < 2)
            await Task.Delay(20);
        var second = _mail.Mails.Single(mail => mail != first);

        using var held = await VerifyAsync(first);
        using var late = await VerifyAsync(second);

        Assert.Equal(HttpStatusCode.OK, held.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        await _ana.LogInAsync(_client);
    }

    [Fact]
    public async Task A_link_works_once_and_for_a_day_and_then_nothing_of_the_sign_up_is_left()
    {
        await AskAsync(_ana);
        var mail = await _mail.WaitForAsync(_ana.Email, Confirm);

        _clock.Turn(TimeSpan.FromHours(25));
        using var late = await VerifyAsync(mail);

        Assert.Equal(HttpStatusCode.BadRequest, late.StatusCode);
        Assert.Contains("code_invalid", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await ComesTrueAsync(async () => await _server.CountAsync("pending_registrations") == 0);
        Assert.Equal(0, await _server.CountAsync("accounts"));
    }

    [Fact]
    public async Task A_code_that_is_none_is_refused_and_the_answer_does_not_tell_why()
    {
        await AskAsync(_ana);
        var code = (await _mail.WaitForAsync(_ana.Email, Confirm)).CodeFor("verify-email");
        await using (var older = _server.Database.Source.CreateCommand("UPDATE pending_registrations SET sign_up = '{\"Version\": 0}'"))
            await older.ExecuteNonQueryAsync();

        var answers = new List<string>();
        foreach (var wrong in new[] { "", "x", code[..^1], code[1..] + code[0], "kp_lt_" + code, code })
        {
            using var answer = await _client.PostAsJsonAsync("/v1/auth/verify-email", new { code = wrong });
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            answers.Add((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("message").GetString()!);
        }
        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Nobodys_mailbox_is_filled_and_the_pause_is_the_same_for_an_address_without_an_account()
    {
        var taken = new TestAccount("taken");
        await OpenAsync(taken);
        foreach (var email in new[] { taken.Email, "nobody@example.com" })
        {
            var answers = new List<HttpStatusCode>();
            for (var attempt = 0; attempt < 7; attempt++)
            {
                using var answer = await _client.PostRegistrationAsync(new TestAccount("x").Registration() with { Email = email });
                answers.Add(answer.StatusCode);
            }
            Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
            Assert.Equal(HttpStatusCode.Accepted, answers[0]);
        }
    }

    [Theory]
    [InlineData("ana@example.com\r\nBcc: everyone@example.com")]
    [InlineData("ana@example.com>\r\nRCPT TO:<everyone@example.com")]
    [InlineData("ana@example.com> SIZE=1")]
    [InlineData("ana@example.com,everyone@example.com")]
    [InlineData("\"ana\"@example.com")]
    [InlineData("Ana <ana@example.com>")]
    public async Task An_address_that_holds_more_than_an_address_is_refused(string email)
    {
        using var refused = await _client.PostRegistrationAsync(_ana.Registration() with { Email = email });

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("email", (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
        Assert.Equal(0, await _server.CountAsync("mails"));
    }

    [Fact]
    public async Task Who_owns_the_account_hears_of_a_new_password_a_used_code_and_the_end()
    {
        await OpenAsync(_ana);
        await _ana.LogInAsync(_client);

        using var recovered = await _client.PostAsJsonAsync("/v1/auth/recover", new { email = _ana.Email, authHash = _ana.RecoveryHash });
        await _mail.WaitForAsync(_ana.Email, "Your recovery code was used");
        using var changed = await _client.PostNewPasswordAsync(_ana.NewPassword(_ana.AuthHash, newRecovery: false));
        var notice = await _mail.WaitForAsync(_ana.Email, "Your password was changed");
        await _ana.LogInAsync(_client);
        using var deleted = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/v1/account")
        {
            Content = JsonContent.Create(new { email = _ana.Email, authHash = _ana.AuthHash }),
        });
        await _mail.WaitForAsync(_ana.Email, "Your account was deleted");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.DoesNotContain(_ana.AuthHash, notice.Message, StringComparison.Ordinal);
        Assert.All(_mail.Mails.Where(mail => mail.Header("Subject") != Confirm), mail => Assert.DoesNotContain('#', mail.Message));
    }

    [Fact]
    public async Task The_server_says_how_it_takes_new_accounts()
    {
        var answer = (await _client.GetFromJsonAsync<JsonElement>("/v1/auth/registration")).GetProperty("data");

        Assert.Equal("open", answer.GetProperty("mode").GetString());
        Assert.True(answer.GetProperty("mail").GetBoolean());
    }

    private async Task AskAsync(TestAccount who)
    {
        using var asked = await _client.PostRegistrationAsync(who.Registration());
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
    }

    private async Task OpenAsync(TestAccount who)
    {
        await AskAsync(who);
        using var verified = await VerifyAsync(await _mail.WaitForAsync(who.Email, Confirm));
        Assert.Equal(HttpStatusCode.OK, verified.StatusCode);
    }

    private Task<HttpResponseMessage> VerifyAsync(ReceivedMail mail) =>
        _client.PostAsJsonAsync("/v1/auth/verify-email", new { code = mail.CodeFor("verify-email") });

    private static async Task ComesTrueAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
            await Task.Delay(20, limit.Token);
    }

    private static IEnumerable<string> Names(HttpResponseMessage response) =>
        response.Headers.Concat(response.Content.Headers).Select(header => header.Key).Order(StringComparer.Ordinal);
}
