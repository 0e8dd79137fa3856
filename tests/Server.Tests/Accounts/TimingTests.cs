using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Accounts;

/// <summary>
/// Two questions whose answers must look alike also take the same work: the same commands to the database in the same order, always;
/// and in long runs the same time, by a t-test over ten thousand pairs. (No short run asserts a time.)
/// </summary>
public sealed partial class TimingTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestClock _clock = new();
    private readonly TestAccount _ana = new("ana");
    private readonly string _wrong = new TestAccount("other").AuthHash;
    private KeyPassServer _server = null!;
    private HttpClient _client = null!;
    private SqlRecording _sql = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: builder => builder.Services.AddSingleton<TimeProvider>(_clock));
        using var registering = _server.NewClient();
        await _ana.RegisterAsync(registering);
        // Without the recording of answers: a long run has a hundred thousand.
        _client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = _server.Address };
        _sql = new SqlRecording(_server);
    }

    public async ValueTask DisposeAsync()
    {
        _sql.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("prelogin", HttpStatusCode.OK, 1)]
    [InlineData("login", HttpStatusCode.Unauthorized, 3)]
    [InlineData("recover", HttpStatusCode.Unauthorized, 4)]
    [InlineData("passkeys/login/options", HttpStatusCode.OK, 1)]
    public async Task An_address_without_an_account_takes_the_work_of_one_with(string way, HttpStatusCode status, int commands)
    {
        HttpRequestMessage Ask(string email) =>
            new(HttpMethod.Post, $"/v1/auth/{way}") { Content = JsonContent.Create(new { email, authHash = _wrong }) };

        // A quiet hour between the pairs, so that nothing is throttled.
        await CompareAsync(() => Ask(_ana.Email), () => Ask($"nobody-{_ana.AccountId:N}@example.com"), status, commands, TimeSpan.FromMinutes(61));
    }

    [Theory]
    [InlineData("keys", 4)] // the session, the vault, that vault's row for the change, and the key
    [InlineData("account/sessions", 2)]
    [InlineData("auth/passkeys", 2)]
    public async Task Somebody_elses_object_takes_the_work_of_one_that_is_not_there(string list, int commands)
    {
        using var owner = _server.NewClient();
        using var passkey = new TestAuthenticator();
        await _ana.LogInAsync(owner);
        await TestKey.AddAsync(owner);
        using var added = await owner.AddPasskeyAsync(_ana, passkey);
        var theirs = IdOfFirst().Match(await owner.GetStringAsync($"/v1/{list}")).Groups["id"].Value;
        using var eve = _server.NewClient();
        await new TestAccount("eve").RegisterAsync(eve);
        _client.DefaultRequestHeaders.Authorization = eve.DefaultRequestHeaders.Authorization;
        _sql.Take();

        HttpRequestMessage Ask(string id) => new(HttpMethod.Delete, $"/v1/{list}/{id}");

        // The session is looked up, and perhaps marked as used: once a minute, whatever is asked for.
        var nobodys = Guid.CreateVersion7(_clock.GetUtcNow()).ToString("N");
        await CompareAsync(() => Ask(theirs), () => Ask(nobodys), HttpStatusCode.NotFound, commands, TimeSpan.Zero);
    }

    [Fact]
    public void The_t_test_finds_a_planted_difference_and_none_where_there_is_none()
    {
        static double[] Sample(double shift, uint seed) =>
            [.. Enumerable.Range(0, 10_000).Select(_ => shift + (((seed = (seed * 1664525) + 1013904223) >> 8) / (double)(1 << 24)))];

        Assert.True(Math.Abs(Welch.T(Sample(0, 1), Sample(0.05, 2))) > Welch.Distinguishable);
        Assert.True(Math.Abs(Welch.T(Sample(0, 1), Sample(0, 2))) < Welch.Distinguishable);
    }

    private async Task CompareAsync(
        Func<HttpRequestMessage> one, Func<HttpRequestMessage> other, HttpStatusCode status, int commands, TimeSpan between)
    {
        await TimeAsync(one, status); // the first of its kind may compile, connect, and mark the session as used
        await TimeAsync(other, status);
        _sql.Take();
        var (first, firstWork) = await AnswerAsync(one);
        var (second, secondWork) = await AnswerAsync(other);
        Assert.Equal(status, first.Status);
        Assert.Equal(first, second);
        Assert.Equal(firstWork, secondWork);
        Assert.True(firstWork.Count == commands, $"{firstWork.Count} commands: {string.Join(" | ", firstWork)}");

        var pairs = Rounds.Of(0, inLongRuns: 10_000);
        if (pairs == 0)
            return;
        _sql.Dispose();
        var (left, right, seed) = (new List<double>(), new List<double>(), 20261121u);
        for (var pair = 0; pair < pairs; pair++)
        {
            _clock.Advance(between);
            // In an order that no rhythm of the machine follows.
            seed = (seed * 1664525) + 1013904223;
            if (seed >> 31 == 0)
                left.Add(await TimeAsync(one, status));
            right.Add(await TimeAsync(other, status));
            if (seed >> 31 == 1)
                left.Add(await TimeAsync(one, status));
        }
        var t = Welch.T(left, right);
        Assert.True(Math.Abs(t) < Welch.Distinguishable, $"t = {t:0.0} over {pairs} pairs");
    }

    private async Task<((HttpStatusCode Status, string Body) Answer, IReadOnlyList<string> Work)> AnswerAsync(Func<HttpRequestMessage> ask)
    {
        using var request = ask();
        using var response = await _client.SendAsync(request);
        var body = Random().Replace(await response.Content.ReadAsStringAsync(), match => new string('x', match.Length));
        return ((response.StatusCode, body), _sql.Take());
    }

    private async Task<double> TimeAsync(Func<HttpRequestMessage> ask, HttpStatusCode status)
    {
        using var request = ask();
        var start = Stopwatch.GetTimestamp();
        using var response = await _client.SendAsync(request);
        var took = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        Assert.Equal(status, response.StatusCode);
        return took;
    }

    /// <summary>Request ids, salts and challenges: random on purpose, and always of one length.</summary>
    [GeneratedRegex("(?<=\"(requestId|salt|challengeId|challenge)\":\")[^\"]+")]
    private static partial Regex Random();

    [GeneratedRegex("\"id\":\"(?<id>[0-9a-f]{32})\"")]
    private static partial Regex IdOfFirst();
}
