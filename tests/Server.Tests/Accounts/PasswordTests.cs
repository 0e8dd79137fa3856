using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Tests.Accounts;

public sealed class PasswordTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestAccount _ana = new("ana");
    private KeyPassServer _server = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _client = _server.NewClient();
        await _ana.RegisterAsync(_client);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_new_password_signs_in_the_old_one_does_not_and_every_session_ends()
    {
        using var phone = _server.NewClient();
        await _ana.LogInAsync(phone);
        var old = _ana.AuthHash;

        using var changed = await _client.PostNewPasswordAsync(_ana.NewPassword(old, newRecovery: false));

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await phone.GetAsync("/v1/account")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _client.GetAsync("/v1/account")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await TryAsync("login", old)).StatusCode);
        await _ana.LogInAsync(_client);
        Assert.Equal(HttpStatusCode.OK, (await TryAsync("recover", _ana.RecoveryHash)).StatusCode);
    }

    [Fact]
    public async Task Without_the_present_password_or_the_code_nothing_changes()
    {
        var before = _ana.AuthHash;
        var change = _ana.NewPassword(new TestAccount("other").AuthHash, newRecovery: true);

        using var refused = await _client.PostNewPasswordAsync(change);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await TryAsync("login", before)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("/v1/account")).StatusCode);
    }

    [Fact]
    public async Task The_recovery_code_signs_in_once_more_and_is_replaced_with_the_password()
    {
        var lost = (Password: _ana.AuthHash, Code: _ana.RecoveryHash);
        using var recovered = await TryAsync("recover", lost.Code);
        var signedIn = (await recovered.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        using var browser = _server.NewClient();
        browser.DefaultRequestHeaders.Authorization = new("Bearer", signedIn.GetProperty("sessionToken").GetString());
        Assert.Contains(signedIn.GetProperty("unlocks").EnumerateArray(), unlock => unlock.GetProperty("method").GetString() == "recovery");

        using var incomplete = await browser.PostNewPasswordAsync(_ana.NewPassword(lost.Code, newRecovery: true) with { Recovery = null });
        Assert.Equal(HttpStatusCode.BadRequest, incomplete.StatusCode);
        Assert.Contains("\"recovery\"", await incomplete.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var changed = await browser.PostNewPasswordAsync(_ana.NewPassword(lost.Code, newRecovery: true) with { Account = Second() });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await TryAsync("recover", lost.Code)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await TryAsync("login", lost.Password)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await TryAsync("recover", _ana.RecoveryHash)).StatusCode);
        await _ana.LogInAsync(_client);
    }

    [Fact]
    public async Task Of_two_who_recover_with_one_code_at_the_same_time_one_wins_and_the_code_the_other_and_all_sessions_are_out()
    {
        for (var round = 2; round < 2 + Rounds.Of(5, inLongRuns: 100); round++)
        {
            var (version, code, attempts) = (round, _ana.RecoveryHash, new List<(HttpClient Browser, ChangePasswordRequest Change, string Code)>());
            for (var rival = 0; rival < 2; rival++)
            {
                using var recovered = await TryAsync("recover", code);
                var browser = _server.NewClient();
                browser.DefaultRequestHeaders.Authorization = new("Bearer",
                    (await recovered.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("sessionToken").GetString());
                var change = _ana.NewPassword(code, newRecovery: true) with { Account = _ana.SealItem(version) };
                attempts.Add((browser, change, _ana.RecoveryHash));
            }

            var statuses = await Task.WhenAll(attempts.Select(async attempt =>
            {
                using var response = await attempt.Browser.PostNewPasswordAsync(attempt.Change);
                return response.StatusCode;
            }));

            var winner = Array.IndexOf(statuses, HttpStatusCode.OK);
            Assert.InRange(winner, 0, 1);
            Assert.True(statuses[1 - winner] is HttpStatusCode.Conflict or HttpStatusCode.Unauthorized, $"the other got {statuses[1 - winner]}");
            Assert.Equal(HttpStatusCode.Unauthorized, (await TryAsync("recover", code)).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await TryAsync("recover", attempts[1 - winner].Code)).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await TryAsync("login", attempts[1 - winner].Change.AuthHash!)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await TryAsync("login", attempts[winner].Change.AuthHash!)).StatusCode);
            foreach (var (browser, _, _) in attempts)
            {
                Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/v1/account")).StatusCode);
                browser.Dispose();
            }
            _ana.Keep(attempts[winner].Change.AuthHash!, attempts[winner].Code);
            await ForgetFailuresAsync();
        }
    }

    [Fact]
    public async Task A_code_is_no_password_and_a_password_no_code()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await TryAsync("login", _ana.RecoveryHash)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await TryAsync("recover", _ana.AuthHash)).StatusCode);
    }

    [Fact]
    public async Task Of_two_changes_at_once_one_holds_and_the_other_is_told()
    {
        var first = _ana.NewPassword(_ana.AuthHash, newRecovery: false);
        using var held = await _client.PostNewPasswordAsync(first);
        await _ana.LogInAsync(_client);

        // The account's item is at version 2 now; a browser that read version 1 would write 2 again.
        using var late = await _client.PostNewPasswordAsync(first with { CurrentAuthHash = _ana.AuthHash });

        Assert.Equal(HttpStatusCode.OK, held.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
    }

    /// <summary>The account's item as the incomplete attempt would have written it: nothing of that was kept, so it is still the second.</summary>
    private ItemWire Second() => _ana.SealItem(2);

    private Task<HttpResponseMessage> TryAsync(string way, string authHash) =>
        _server.Client.PostAsJsonAsync($"/v1/auth/{way}", new { email = _ana.Email, authHash });

    private async Task ForgetFailuresAsync()
    {
        await using var forget = _server.Database.Source.CreateCommand("DELETE FROM throttles");
        await forget.ExecuteNonQueryAsync();
    }
}
