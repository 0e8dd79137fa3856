using System.Net;
using System.Net.Http.Json;
using KeyPass.Server.Accounts;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Accounts;

/// <summary>Guessing at sign-in: how far it gets in a day, and that it does not keep the owner out.</summary>
public sealed class ThrottleTests(TestCluster cluster) : IAsyncLifetime
{
    /// <summary>Whoever guesses at one account, from everywhere at once, as cleverly as the pauses allow.</summary>
    private const int MostGuessesADay = 400;

    private readonly TestClock _clock = new();
    private readonly TestAccount _ana = new("ana");
    private readonly string _wrong = new TestAccount("other").AuthHash;
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(
        cluster, withProbe: false, add: builder => builder.Services.AddSingleton<TimeProvider>(_clock), settings: ("KeyPass:TrustedProxies", "127.0.0.1"));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_day_of_guesses_from_a_thousand_addresses_gets_a_few_tries_and_the_owners_browser_notices_nothing()
    {
        using var browser = TestBrowser.Open(_server);
        await browser.RegisterAsync(_ana);
        var attempts = Rounds.Of(2_000, inLongRuns: 100_000);
        var tried = 0;
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            _clock.Advance(TimeSpan.FromDays(1) / attempts);
            if (await GuessAsync($"10.1.{attempt % 1000 / 250}.{attempt % 250}") != HttpStatusCode.TooManyRequests)
                tried++;
            if (attempt % (attempts / 25) == 0)
                Assert.Equal(HttpStatusCode.OK, (await browser.LogInAsync(_ana)).StatusCode);
        }

        Assert.InRange(tried, ThrottleStore.FreeForAccount, MostGuessesADay);
        // And it is the cookie that lets the owner in: from elsewhere, the right password waits like every other.
        while (await GuessAsync("10.9.9.9") != HttpStatusCode.TooManyRequests)
            tried++;
        using var stranger = TestBrowser.Open(_server);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await stranger.LogInAsync(_ana)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.LogInAsync(_ana)).StatusCode);
    }

    /// <summary>A quiet hour forgets, so a patient attacker guesses until the pauses bite, rests, and begins again.</summary>
    [Fact]
    public async Task However_an_attacker_divides_the_day_the_guesses_stay_few()
    {
        var throttle = _server.Services.GetRequiredService<ThrottleStore>();
        foreach (var longestWait in new[] { 0, 1, 4, 16, 64, 256, 512, 900 })
        {
            var (subject, start, tried) = ($"login/patience-{longestWait}@example.com", _clock.GetUtcNow(), 0);
            while (_clock.GetUtcNow() - start < TimeSpan.FromDays(1))
            {
                var wait = await throttle.BeginAsync(subject, ThrottleStore.FreeForAccount, CancellationToken.None);
                if (wait is null)
                    tried++;
                else
                    _clock.Advance(wait <= TimeSpan.FromSeconds(longestWait) ? wait.Value : TimeSpan.FromMinutes(61));
            }
            Assert.InRange(tried, ThrottleStore.FreeForAccount, MostGuessesADay);
        }
    }

    [Fact]
    public async Task A_browser_that_signed_in_before_is_known_by_a_cookie_no_script_reads_and_the_database_has_its_hash()
    {
        using var browser = TestBrowser.Open(_server);
        using var response = await browser.Client.PostRegistrationAsync(_ana.Registration() with { Session = AuthWire.SessionForm.Cookie });
        var cookie = response.Headers.GetValues("Set-Cookie").Single(value => value.StartsWith(TestBrowser.DeviceCookie, StringComparison.Ordinal));

        foreach (var attribute in new[] { "secure", "httponly", "samesite=strict", "path=/", "max-age=31536000" })
            Assert.Contains(attribute, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        var mark = browser.Cookies[TestBrowser.DeviceCookie];
        Assert.Equal(43, mark.Length);
        await using var find = _server.Database.Source.CreateCommand("SELECT count(*) FROM devices WHERE encode(hash, 'escape') LIKE '%' || $1 || '%'");
        find.Parameters.Add(new() { Value = mark });
        Assert.Equal(0L, await find.ExecuteScalarAsync());
        Assert.Equal(1L, await DevicesAsync());

        using var left = await browser.Client.PostAsync("/v1/auth/logout", content: null);
        Assert.False(browser.Cookies.ContainsKey(TestBrowser.SessionCookie));
        Assert.Equal(mark, browser.Cookies[TestBrowser.DeviceCookie]);
        using var again = await browser.LogInAsync(_ana);
        Assert.Equal(mark, browser.Cookies[TestBrowser.DeviceCookie]);
        Assert.Equal(1L, await DevicesAsync());
    }

    [Fact]
    public async Task The_browsers_own_failures_are_counted_too_and_are_nobody_elses()
    {
        using var browser = TestBrowser.Open(_server);
        using var phone = TestBrowser.Open(_server);
        await browser.RegisterAsync(_ana);
        for (var attempt = 0; attempt < 6; attempt++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await browser.LogInAsync(_ana, _wrong)).StatusCode);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await browser.LogInAsync(_ana)).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await browser.LogInAsync(_ana, _ana.RecoveryHash, "recover")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await phone.LogInAsync(_ana)).StatusCode);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, (await browser.LogInAsync(_ana)).StatusCode);
    }

    [Fact]
    public async Task A_mark_is_good_for_the_accounts_it_was_given_for_and_never_one_of_the_browsers_own_choosing()
    {
        var eve = new TestAccount("eve");
        using var hers = TestBrowser.Open(_server);
        using var evil = TestBrowser.Open(_server);
        await hers.RegisterAsync(_ana);
        evil.Cookies[TestBrowser.DeviceCookie] = "chosen-by-the-attacker";
        await evil.RegisterAsync(eve);
        Assert.NotEqual("chosen-by-the-attacker", evil.Cookies[TestBrowser.DeviceCookie]);

        // Eve's own mark gives her no pauses of her own at Ana's account.
        for (var attempt = 0; attempt < 6; attempt++)
            await GuessAsync("10.1.1.1");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await evil.LogInAsync(_ana, _wrong)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await hers.LogInAsync(_ana)).StatusCode);

        // Two people at one browser: it keeps its mark, which is then good for both.
        var mark = hers.Cookies[TestBrowser.DeviceCookie];
        Assert.Equal(HttpStatusCode.OK, (await hers.LogInAsync(eve)).StatusCode);
        Assert.Equal(mark, hers.Cookies[TestBrowser.DeviceCookie]);
        Assert.Equal(HttpStatusCode.OK, (await hers.LogInAsync(_ana)).StatusCode);
    }

    [Fact]
    public async Task The_last_ten_browsers_are_known_and_a_new_password_makes_them_all_strangers_but_the_one_that_chose_it()
    {
        using var first = TestBrowser.Open(_server);
        await first.RegisterAsync(_ana);
        for (var number = 0; number < 10; number++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            using var next = TestBrowser.Open(_server);
            Assert.Equal(HttpStatusCode.OK, (await next.LogInAsync(_ana)).StatusCode);
        }
        Assert.Equal(10L, await DevicesAsync());

        using var browser = TestBrowser.Open(_server);
        await browser.LogInAsync(_ana);
        var change = _ana.NewPassword(_ana.AuthHash, newRecovery: false) with { Session = AuthWire.SessionForm.Cookie };
        using var changed = await browser.Client.PostNewPasswordAsync(change);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(1L, await DevicesAsync());

        for (var attempt = 0; attempt < 6; attempt++)
            await GuessAsync("10.1.1.1");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await first.LogInAsync(_ana)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.LogInAsync(_ana)).StatusCode);
    }

    [Fact]
    public async Task Those_who_come_at_the_same_moment_do_not_wait_for_each_other()
    {
        for (var round = 0; round < Rounds.Of(20, inLongRuns: 1_000); round++)
        {
            var office = $"10.2.0.{round % 250}";
            _clock.Advance(TimeSpan.FromMinutes(61));
            var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(person => GuessAsync(office, $"person-{person}@example.com")));
            Assert.All(statuses, status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        }
    }

    [Fact]
    public async Task A_network_of_IPv6_counts_as_one_address()
    {
        for (var attempt = 0; attempt < ThrottleStore.FreeForAddress + 1; attempt++)
            Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync($"2001:db8:1:2::{attempt:x}", $"nobody-{attempt}@example.com"));

        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync("2001:db8:1:2:ffff:ffff:ffff:ffff", "nobody@example.com"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync("2001:db8:1:3::1", "nobody@example.com"));
    }

    private async Task<HttpStatusCode> GuessAsync(string from, string? email = null)
    {
        using var guess = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/login")
        {
            Headers = { { "X-Forwarded-For", from } },
            Content = JsonContent.Create(new { email = email ?? _ana.Email, authHash = _wrong }),
        };
        using var response = await _server.Client.SendAsync(guess);
        return response.StatusCode;
    }

    private async Task<object?> DevicesAsync()
    {
        await using var count = _server.Database.Source.CreateCommand("SELECT count(*) FROM devices");
        return await count.ExecuteScalarAsync();
    }
}
