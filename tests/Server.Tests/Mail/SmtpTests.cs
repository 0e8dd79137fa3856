using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KeyPass.Server.Mail;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Mail;

/// <summary>The conversation with a mail server, also with one that is not what it should be.</summary>
public sealed class SmtpTests(TestCluster cluster) : IAsyncDisposable
{
    private readonly FakeMailServer _mail = FakeMailServer.StartNew();
    private readonly Letter _letter = new("ana@example.com", "Hello", "One line.\n.\n..and one that begins with a dot\n");

    public ValueTask DisposeAsync() => _mail.DisposeAsync();

    [Fact]
    public async Task A_letter_arrives_as_it_was_written_dots_and_all()
    {
        await SendAsync();

        Assert.EndsWith("\r\n\r\nOne line.\r\n.\r\n..and one that begins with a dot\r\n", Assert.Single(_mail.Mails).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PLAIN LOGIN", true)]
    [InlineData("LOGIN", true)]
    [InlineData("XOAUTH2", false)]
    public async Task It_signs_in_where_that_is_asked_by_a_way_both_sides_know(string ways, bool known)
    {
        (_mail.SignIn, _mail.Ways) = (("keypass", "påss word"), ways);

        var failure = await Record.ExceptionAsync(() => SendAsync(user: "keypass", password: "påss word"));

        Assert.Equal(known, failure is null);
        Assert.Equal(known ? 1 : 0, _mail.Mails.Count);
    }

    [Fact]
    public async Task A_wrong_password_is_no_fault_of_the_letter_and_is_not_repeated_in_what_is_logged()
    {
        _mail.SignIn = ("keypass", "right");

        var failure = await Assert.ThrowsAsync<SmtpFailure>(() => SendAsync(user: "keypass", password: Canary.ProviderKey));

        Assert.False(failure.IsFinal);
        Assert.Equal("the mail server answered 535 in the place of 235", failure.Message);
    }

    [Fact]
    public async Task An_address_beyond_ASCII_is_given_up_where_the_mail_server_takes_none()
    {
        var failure = await Assert.ThrowsAsync<SmtpFailure>(() => SendAsync(letter: _letter with { To = "änne@example.com" }));

        Assert.True(failure.IsFinal);
        Assert.DoesNotContain(_mail.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_STARTTLS_where_it_is_asked_for_nothing_is_sent()
    {
        var failure = await Assert.ThrowsAsync<SmtpFailure>(() => SendAsync(startTls: true, user: "keypass", password: "secret"));

        Assert.Equal("the mail server does not offer STARTTLS", failure.Message);
        Assert.All(_mail.Commands, command => Assert.StartsWith("EHLO", command, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_gets_neither_password_nor_letter()
    {
        using var certificate = Certificate("localhost");
        _mail.Certificate = certificate;

        var failure = await Assert.ThrowsAsync<SmtpFailure>(() => SendAsync(startTls: true, user: "keypass", password: "secret"));

        Assert.Contains("certificate", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsFinal);
        Assert.DoesNotContain(_mail.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal) || command == "DATA");
    }

    [Fact]
    public async Task Words_put_into_the_mail_servers_mouth_before_TLS_are_not_believed()
    {
        using var certificate = Certificate("localhost");
        (_mail.Certificate, _mail.Injected) = (certificate, "250 everything is fine");

        var failure = await Assert.ThrowsAsync<SmtpFailure>(() => SendAsync(startTls: true));

        Assert.Equal("somebody speaks for the mail server before TLS begins", failure.Message);
    }

    /// <summary>In a process of its own, because what a process trusts is decided once.</summary>
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("mail.example.com", false)]
    public async Task With_STARTTLS_mail_goes_to_a_server_whose_certificate_is_trusted_and_bears_its_name(string name, bool goes)
    {
        using var certificate = Certificate(name);
        _mail.Certificate = certificate;
        _mail.SignIn = ("keypass", "secret");
        var trusted = Path.Combine(Artifacts.NewFolder("trusted"), "ca.pem");
        await File.WriteAllTextAsync(trusted, certificate.ExportCertificatePem());
        var ana = new TestAccount("ana");
        await using var server = await ServerProcess.StartAsync(new() { ConnectionString = await cluster.NewDatabaseAsync() },
        [
            ("SSL_CERT_FILE", trusted), ("KeyPass__Smtp__User", "keypass"), ("KeyPass__Smtp__Password", "secret"),
            .. _mail.Settings("starttls").Select(setting => (setting.Name.Replace(":", "__", StringComparison.Ordinal), setting.Value)),
        ]);

        using var asked = await server.Client.PostRegistrationAsync(ana.Registration());

        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        if (!goes)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (!server.Output.Contains("certificate is not one for its name", StringComparison.Ordinal))
                await Task.Delay(50, limit.Token);
            Assert.Empty(_mail.Mails);
            return;
        }
        var mail = await _mail.WaitForAsync(ana.Email, "Confirm your address");
        using var verified = await server.Client.PostAsJsonAsync("/v1/auth/verify-email", new { code = mail.CodeFor("verify-email") });
        Assert.Equal(HttpStatusCode.OK, verified.StatusCode);
    }

    [Theory]
    [InlineData("hello there\r\n")]
    [InlineData("")]
    public async Task A_port_that_speaks_something_else_is_told_from_one_that_refuses_the_letter(string says)
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var answering = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(says));
        });

        var failure = await Assert.ThrowsAsync<SmtpFailure>(() =>
            new SmtpConnection(new SmtpSettings("127.0.0.1", port, "keys@example.com", startTls: false, user: null, password: null), TimeProvider.System)
                .SendAsync(_letter, Guid.Empty, DateTimeOffset.UnixEpoch, CancellationToken.None));

        Assert.False(failure.IsFinal);
        await answering;
    }

    [Fact]
    public async Task A_mail_server_that_never_says_a_word_is_left_after_a_while()
    {
        _mail.GreetsAfter = TimeSpan.FromMinutes(10);

        var failure = await Assert.ThrowsAsync<SmtpFailure>(() => SendAsync(clock: new QuickTimers()));

        Assert.Equal("the mail server took longer than 60 s", failure.Message);
        Assert.False(failure.IsFinal);
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class QuickTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(100), period);
    }

    private Task SendAsync(bool startTls = false, string? user = null, string? password = null, Letter? letter = null, TimeProvider? clock = null)
    {
        var port = int.Parse(_mail.Settings().Single(setting => setting.Name == "KeyPass:Smtp:Port").Value, System.Globalization.CultureInfo.InvariantCulture);
        var settings = new SmtpSettings("localhost", port, "keys@example.com", startTls, user, password);
        return new SmtpConnection(settings, clock ?? TimeProvider.System)
            .SendAsync(letter ?? _letter, Guid.Empty, DateTimeOffset.UnixEpoch, CancellationToken.None);
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", pair, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
