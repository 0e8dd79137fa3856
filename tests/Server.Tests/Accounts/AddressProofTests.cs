using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Accounts;

/// <summary>Proving an address after sign-up: the account was opened while nobody could ask.</summary>
public sealed class AddressProofTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Confirm = "Confirm your address";

    private readonly FakeMailServer _mail = FakeMailServer.StartNew();
    private readonly TurnedClock _clock = new();
    private readonly TestAccount _owner = new("ana");
    private KeyPassServer _server = null!;
    private HttpClient _ana = null!;

    public async ValueTask InitializeAsync()
    {
        // Opened on a server without mail, which then gets one.
        await using var before = await KeyPassServer.StartAsync(cluster, withProbe: false);
        await _owner.RegisterAsync(before.Client);
        await ExecuteAsync(before, "UPDATE accounts SET email_verified_at = NULL");
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: _clock.AddTo, settings:
        [
            .. _mail.Settings(), ("ConnectionStrings:KeyPass", before.Database.Source.ConnectionString), ("KeyPass:RingFile", before.RingFile),
        ]);
        _ana = _server.NewClient();
        await _owner.LogInAsync(_ana);
    }

    public async ValueTask DisposeAsync()
    {
        _ana.Dispose();
        await _server.DisposeAsync();
        await _mail.DisposeAsync();
    }

    [Fact]
    public async Task The_link_in_the_letter_proves_the_address_once()
    {
        Assert.False(await IsProvedAsync());
        Assert.True(await AskAsync());
        var code = (await _mail.WaitForAsync(_owner.Email, Confirm)).CodeFor("verify-email");
        Assert.False(await IsProvedAsync());

        Assert.Equal(HttpStatusCode.OK, (await ProveAsync(code)).StatusCode);

        Assert.True(await IsProvedAsync());
        Assert.Equal(HttpStatusCode.BadRequest, (await ProveAsync(code)).StatusCode);
        Assert.False(await AskAsync());
        var journal = await _ana.GetStringAsync("/v1/audit");
        Assert.Contains("address.asked", journal, StringComparison.Ordinal);
        Assert.Contains("address.proved", journal, StringComparison.Ordinal);
        Assert.DoesNotContain(code, journal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_works_for_a_day_and_is_swept()
    {
        await AskAsync();
        var code = (await _mail.WaitForAsync(_owner.Email, Confirm)).CodeFor("verify-email");
        _clock.Turn(TimeSpan.FromHours(25));

        Assert.Equal(HttpStatusCode.BadRequest, (await ProveAsync(code)).StatusCode);
        Assert.False(await IsProvedAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await _server.CountAsync("address_proofs") > 0)
            await Task.Delay(20, limit.Token);
    }

    [Fact]
    public async Task Whoever_asks_ten_times_at_once_sends_five_letters_and_leaves_one_link()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _ana.PostAsync("/v1/account/verify-email", content: null)));

        Assert.InRange(answers.Count(answer => answer.StatusCode == HttpStatusCode.OK), 1, 6);
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.Equal(1, await _server.CountAsync("address_proofs"));
    }

    [Fact]
    public async Task A_server_without_mail_says_so()
    {
        await using var silent = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var ben = await silent.AsAsync("ben");
        using var answer = await ben.PostAsync("/v1/account/verify-email", content: null);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("sends no mail", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<bool> AskAsync()
    {
        using var answer = await _ana.PostAsync("/v1/account/verify-email", content: null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("sent").GetBoolean();
    }

    private async Task<bool> IsProvedAsync() =>
        (await _ana.GetFromJsonAsync<JsonElement>("/v1/account")).GetProperty("data").GetProperty("emailVerified").GetBoolean();

    private Task<HttpResponseMessage> ProveAsync(string code) => _server.Client.PostAsJsonAsync("/v1/auth/verify-email", new { code });

    private static async Task ExecuteAsync(KeyPassServer server, string sql)
    {
        await using var command = server.Database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
