using System.Net;
using System.Text;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Mail;

/// <summary>What becomes of a letter between the change it tells of and the mail server.</summary>
public sealed class OutboxTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Confirm = "Confirm your address";

    /// <summary>Tried once and put off; one that is being tried just now is put off for longer.</summary>
    private const string TriedOnce = "tries = 1 AND due_at < created_at + interval '1 minute'";

    private readonly FakeMailServer _mail = FakeMailServer.StartNew();
    private readonly TurnedClock _clock = new();
    private readonly (string, string) _ring = ("KeyPass:RingFile", Path.Combine(Artifacts.NewFolder("ring"), "ring"));
    private string _connection = "";
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await StartAsync(await cluster.NewDatabaseAsync());

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _mail.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_server_that_is_down_and_comes_back_gets_every_mail()
    {
        _mail.Stop();
        var people = new[] { new TestAccount("ana"), new TestAccount("ben") };
        foreach (var who in people)
            await AskAsync(who);
        await ComesTrueAsync(() => CountAsync(TriedOnce, 2));

        _mail.Start();
        _clock.Turn(TimeSpan.FromMinutes(1));

        foreach (var who in people)
            await _mail.WaitForAsync(who.Email, Confirm);
        await ComesTrueAsync(() => CountAsync("true", 0));
    }

    [Fact]
    public async Task Servers_that_share_an_outbox_send_each_mail_once()
    {
        _mail.Thinks = TimeSpan.FromMilliseconds(50);
        await using var second = await StartAsync(_connection);
        var people = Enumerable.Range(0, 8).Select(number => new TestAccount($"p{number}")).ToList();

        await Task.WhenAll(people.Select(AskAsync));

        foreach (var who in people)
            await _mail.WaitForAsync(who.Email, Confirm);
        await ComesTrueAsync(() => CountAsync("true", 0));
        Assert.Equal(people.Count, _mail.Mails.Count);
        Assert.Equal(people.Count, _mail.Mails.Select(mail => mail.Header("Message-ID")).Distinct().Count());
    }

    [Fact]
    public async Task A_server_that_stops_while_it_sends_leaves_the_letter_to_the_next()
    {
        _mail.GreetsAfter = TimeSpan.FromSeconds(30);
        var ana = new TestAccount("ana");
        await AskAsync(ana);
        await ComesTrueAsync(() => Task.FromResult(_mail.Callers > 0));
        _mail.GreetsAfter = TimeSpan.Zero;

        await _server.DisposeAsync();
        _server = await StartAsync(_connection);

        await _mail.WaitForAsync(ana.Email, Confirm);
        Assert.Single(_mail.Mails);
    }

    [Fact]
    public async Task A_letter_whose_address_is_refused_is_given_up_one_that_is_put_off_is_tried_again_and_neither_holds_up_the_rest()
    {
        var (refused, putOff, good) = (new TestAccount("refused"), new TestAccount("later"), new TestAccount("good"));
        _mail.Refused[refused.Email] = "550 5.1.1 nobody here";
        _mail.Refused[putOff.Email] = "450 4.2.0 come back later";
        foreach (var who in new[] { refused, putOff, good })
            await AskAsync(who);
        await _mail.WaitForAsync(good.Email, Confirm);
        await ComesTrueAsync(() => CountAsync(TriedOnce, 1));
        await ComesTrueAsync(() => CountAsync("true", 1));

        _mail.Refused.Clear();
        _clock.Turn(TimeSpan.FromMinutes(1));

        await _mail.WaitForAsync(putOff.Email, Confirm);
        await ComesTrueAsync(() => CountAsync("true", 0));
        Assert.DoesNotContain(_mail.Mails, mail => mail.To.Contains(refused.Email));
        Assert.DoesNotContain(Recording.Logs, line => line.Contains(refused.Email, StringComparison.Ordinal));
        Assert.Contains(Recording.Logs, line => line.Contains("was given up: the mail server answered 550", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_could_not_be_delivered_in_a_day_is_given_up()
    {
        _mail.Stop();
        await AskAsync(new TestAccount("ana"));
        await ComesTrueAsync(() => CountAsync(TriedOnce, 1));

        _clock.Turn(TimeSpan.FromHours(23));
        await ComesTrueAsync(() => CountAsync("tries = 2 AND due_at < created_at + interval '23 hours 1 minute'", 1));
        _clock.Turn(TimeSpan.FromHours(2));

        await ComesTrueAsync(() => CountAsync("true", 0));
        Assert.Empty(_mail.Mails);
    }

    [Fact]
    public async Task The_database_holds_no_link_in_the_clear_and_a_letter_that_was_altered_there_is_not_sent()
    {
        _mail.Stop();
        var ana = new TestAccount("ana");
        await AskAsync(ana);
        await ComesTrueAsync(() => CountAsync(TriedOnce, 1));
        await using (var read = _server.Database.Source.CreateCommand("SELECT text FROM mails"))
            Assert.DoesNotContain("verify-email", Encoding.Latin1.GetString((byte[])(await read.ExecuteScalarAsync())!), StringComparison.Ordinal);
        await using (var alter = _server.Database.Source.CreateCommand("UPDATE mails SET text = set_byte(text, 40, get_byte(text, 40) # 1)"))
            await alter.ExecuteNonQueryAsync();

        _mail.Start();
        _clock.Turn(TimeSpan.FromMinutes(1));

        await ComesTrueAsync(() => CountAsync("true", 0));
        Assert.Empty(_mail.Mails);
    }

    [Theory]
    [InlineData("ana@example.com>\r\nRCPT TO:<everyone@example.com")]
    [InlineData("ana@example.com> SMTPUTF8")]
    [InlineData("ana@example.com\nBcc: everyone@example.com")]
    public async Task An_address_with_a_command_in_it_reaches_no_mail_server_even_from_the_database(string address)
    {
        _mail.Stop();
        await AskAsync(new TestAccount("ana"));
        await ComesTrueAsync(() => CountAsync(TriedOnce, 1));
        await using (var alter = _server.Database.Source.CreateCommand("UPDATE mails SET recipient = $1"))
        {
            alter.Parameters.Add(new Npgsql.NpgsqlParameter { Value = address });
            await alter.ExecuteNonQueryAsync();
        }

        _mail.Start();
        _clock.Turn(TimeSpan.FromMinutes(1));

        await ComesTrueAsync(() => CountAsync("true", 0));
        Assert.Empty(_mail.Commands);
    }

    [Fact]
    public async Task A_mail_is_plain_text_with_the_headers_that_mail_needs_and_no_log_has_its_link()
    {
        var ana = new TestAccount("ana");
        await AskAsync(ana);

        var mail = await _mail.WaitForAsync(ana.Email, Confirm);

        Assert.Equal("keys@example.com", mail.From);
        Assert.Equal([ana.Email], mail.To);
        Assert.Equal("KeyPass <keys@example.com>", mail.Header("From"));
        Assert.Equal($"<{ana.Email}>", mail.Header("To"));
        Assert.Equal("text/plain; charset=utf-8", mail.Header("Content-Type"));
        Assert.Matches(@"^<[0-9a-f]{32}@example\.com>$", mail.Header("Message-ID"));
        Assert.Matches(@"^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$", mail.Header("Date"));
        Assert.True(Ascii.IsValid(mail.Message));
        Assert.All(mail.Message.Split("\r\n"), line => Assert.True(line.Length <= 998, line));
        Assert.DoesNotContain(Recording.Logs, line => line.Contains(mail.CodeFor("verify-email"), StringComparison.Ordinal));
    }

    private async Task<KeyPassServer> StartAsync(string connection)
    {
        _connection = connection;
        return await KeyPassServer.StartAsync(cluster, withProbe: false, add: _clock.AddTo,
            settings: [.. _mail.Settings(), ("ConnectionStrings:KeyPass", connection), _ring]);
    }

    private async Task AskAsync(TestAccount who)
    {
        using var asked = await _server.Client.PostRegistrationAsync(who.Registration());
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
    }

    private async Task<bool> CountAsync(string where, long expected) => await _server.CountAsync($"mails WHERE {where}") == expected;

    private static async Task ComesTrueAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
            await Task.Delay(20, limit.Token);
    }
}
