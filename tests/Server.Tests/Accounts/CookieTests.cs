using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;
using static KeyPass.Server.Accounts.AuthWire;
using Route = KeyPass.Server.Tests.Support.Route;

namespace KeyPass.Server.Tests.Accounts;

/// <summary>A browser's session against pages of other sites (WB-04), and against one that somebody else chose (WB-05).</summary>
public sealed partial class CookieTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestAccount _ana = new("ana");
    private KeyPassServer _server = null!;
    private TestBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _browser = TestBrowser.Open(_server);
        await _browser.RegisterAsync(_ana);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task No_other_site_changes_anything_with_the_cookie_on_any_route()
    {
        var routes = _server.Routes().Where(route => route.Auth!.Accepted.HasFlag(Credentials.Session) && route.Method is not ("GET" or "HEAD")).ToList();
        Assert.True(routes.Count > 10, $"only {routes.Count} routes");
        var before = await EntriesAsync();
        foreach (var route in routes)
        {
            foreach (var site in new[] { "cross-site", "same-site", "none", "same-origin, cross-site", "SAME-ORIGIN", "", null })
            {
                _browser.Site = site;
                using var refused = await CallAsync(_browser, route);
                Assert.True(await CodeAsync(refused) == "credential_required", $"{route} took the cookie from '{site}'");
            }
            // The control: the same request from our own page gets past the credential.
            using var own = TestBrowser.Open(_server);
            await own.RegisterAsync(new TestAccount("own"));
            using var taken = await CallAsync(own, route);
            Assert.True(await CodeAsync(taken) != "credential_required", $"{route} did not take the cookie from our own page");
        }
        _browser.Site = "same-origin";
        Assert.Equal(HttpStatusCode.OK, (await _browser.Client.GetAsync("/v1/account")).StatusCode);
        Assert.Equal(before, await EntriesAsync());
    }

    [Fact]
    public async Task What_the_cookie_reads_no_other_site_is_shown()
    {
        foreach (var route in _server.Routes().Where(route => route is { Method: "GET" } && route.Auth!.Accepted.HasFlag(Credentials.Session)))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Filled(route)) { Headers = { { "Origin", "https://evil.example" } } };
            // Live events have no end: the headers tell.
            using var response = await _browser.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
            Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        }
    }

    /// <summary>A page elsewhere would sign the visitor in as the attacker, and wait for keys to be typed in.</summary>
    [Fact]
    public async Task No_form_or_script_of_another_site_signs_a_browser_in()
    {
        using var visitor = TestBrowser.Open(_server);
        visitor.Site = "cross-site";
        var body = $$"""{"email":"{{_ana.Email}}","authHash":"{{_ana.AuthHash}}","session":"cookie"}""";
        foreach (var way in new[] { "login", "recover", "register", "passkeys/login" })
        {
            // What a form or a script can send without asking first.
            foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x" })
            {
                using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { { "Content-Type", type } } };
                using var refused = await visitor.Client.PostAsync($"/v1/auth/{way}", content);
                Assert.Equal(HttpStatusCode.UnsupportedMediaType, refused.StatusCode);
            }
            // For anything else the browser asks, and is not told yes.
            using var asking = new HttpRequestMessage(HttpMethod.Options, $"/v1/auth/{way}")
            {
                Headers = { { "Origin", "https://evil.example" }, { "Access-Control-Request-Method", "POST" } },
            };
            asking.Headers.Add("Access-Control-Request-Headers", "content-type");
            using var answer = await visitor.Client.SendAsync(asking);
            Assert.False(answer.IsSuccessStatusCode);
            Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        }
        Assert.Empty(visitor.Cookies);
    }

    [Fact]
    public async Task Every_way_in_and_every_new_password_gives_another_session_and_ends_the_one_before()
    {
        using var passkey = new TestAuthenticator();
        using var added = await _browser.Client.AddPasskeyAsync(_ana, passkey);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var steps = new Dictionary<string, Func<Task<HttpResponseMessage>>>(StringComparer.Ordinal)
        {
            ["the password"] = () => _browser.LogInAsync(_ana),
            ["the recovery code"] = () => _browser.LogInAsync(_ana, _ana.RecoveryHash, "recover"),
            ["a passkey"] = () => _browser.Client.PasskeyLogInAsync(passkey, session: "cookie"),
            ["a new password"] = () => _browser.Client.PostNewPasswordAsync(
                _ana.NewPassword(_ana.AuthHash, newRecovery: false) with { Session = SessionForm.Cookie }),
        };
        foreach (var (step, take) in steps)
        {
            var before = _browser.Cookies[TestBrowser.SessionCookie];
            using var taken = await take();
            Assert.True(taken.StatusCode == HttpStatusCode.OK, step);
            Assert.True(before != _browser.Cookies[TestBrowser.SessionCookie], $"{step} left the session as it was");
            Assert.True(await StatusWithAsync(before) == HttpStatusCode.Unauthorized, $"{step} left the old session open");
            Assert.True(await StatusWithAsync(_browser.Cookies[TestBrowser.SessionCookie]) == HttpStatusCode.OK, step);
        }
    }

    [Fact]
    public async Task A_session_that_somebody_else_planted_never_becomes_ones_own()
    {
        using var made = Credential.Mint(CredentialKind.SessionToken);
        using var attackers = TestBrowser.Open(_server);
        await attackers.RegisterAsync(new TestAccount("eve"));
        foreach (var planted in new[] { Encoding.ASCII.GetString(made.Reveal()), attackers.Cookies[TestBrowser.SessionCookie] })
        {
            using var victim = TestBrowser.Open(_server);
            victim.Cookies[TestBrowser.SessionCookie] = planted;
            using var signedIn = await victim.LogInAsync(_ana);

            Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
            Assert.NotEqual(planted, victim.Cookies[TestBrowser.SessionCookie]);
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusWithAsync(planted));
        }
    }

    private async Task<HttpStatusCode> StatusWithAsync(string session)
    {
        using var browser = TestBrowser.Open(_server);
        browser.Cookies[TestBrowser.SessionCookie] = session;
        return (await browser.Client.GetAsync("/v1/account")).StatusCode;
    }

    private static Task<HttpResponseMessage> CallAsync(TestBrowser browser, Route route)
    {
        var request = new HttpRequestMessage(new HttpMethod(route.Method), Filled(route)) { Content = JsonContent.Create(new { name = "x" }) };
        return browser.Client.SendAsync(request);
    }

    private static string Filled(Route route) => Parameter().Replace(route.Pattern, "00000000000000000000000000000000");

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    private static async Task<string?> CodeAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return text.Length > 0 && JsonDocument.Parse(text).RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
    }

    private async Task<object?> EntriesAsync()
    {
        await using var count = _server.Database.Source.CreateCommand("SELECT count(*) FROM audit_entries WHERE account_id = $1");
        count.Parameters.Add(new() { Value = _ana.AccountId });
        return await count.ExecuteScalarAsync();
    }
}
