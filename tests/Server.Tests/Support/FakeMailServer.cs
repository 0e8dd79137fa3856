using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace KeyPass.Server.Tests.Support;

/// <summary>A mail as it arrived: what the envelope said, and the message.</summary>
internal sealed record ReceivedMail(string From, IReadOnlyList<string> To, string Message)
{
    public string Header(string name) => Message.Split("\r\n\r\n")[0].Split("\r\n")
        .Single(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];

    /// <summary>What follows # in the link to this page.</summary>
    public string CodeFor(string page) => Regex.Match(Message, $@"/{page}#(\w+)").Groups[1].Value;
}

/// <summary>A mail server on this machine that keeps what it is given, and can be told to misbehave.</summary>
internal sealed class FakeMailServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedMail> _mails = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly int _port;
    private TcpListener? _listener;

    private FakeMailServer()
    {
        Start();
        _port = ((IPEndPoint)_listener!.LocalEndpoint).Port;
    }

    /// <summary>Address → what RCPT is answered, in the place of yes.</summary>
    public ConcurrentDictionary<string, string> Refused { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>With one, STARTTLS is offered.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>What it says right behind its yes to STARTTLS, as somebody in the middle would.</summary>
    public string Injected { get; set; } = "";

    /// <summary>Asked for, it takes mail only after <c>AUTH</c> with these.</summary>
    public (string User, string Password)? SignIn { get; set; }

    /// <summary>The ways to sign in that it offers.</summary>
    public string Ways { get; set; } = "PLAIN LOGIN";

    /// <summary>How long it thinks before it takes a message over.</summary>
    public TimeSpan Thinks { get; set; }

    /// <summary>How long a caller waits for the first word.</summary>
    public TimeSpan GreetsAfter { get; set; }

    public int Callers { get; private set; }

    public IReadOnlyCollection<ReceivedMail> Mails => _mails;
    public IReadOnlyCollection<string> Commands => _commands;

    public static FakeMailServer StartNew() => new();

    /// <summary>The settings that make a server send its mail here.</summary>
    public (string Name, string Value)[] Settings(string security = "none") =>
    [
        ("KeyPass:Smtp:Host", "localhost"), ("KeyPass:Smtp:Port", $"{_port}"), ("KeyPass:Smtp:From", "keys@example.com"),
        ("KeyPass:Smtp:Security", security),
    ];

    public void Start()
    {
        _listener = new TcpListener(IPAddress.Loopback, _port);
        _listener.Start();
        _ = AcceptAsync(_listener);
    }

    /// <summary>Down: nobody answers at its port.</summary>
    public void Stop() => _listener?.Stop();

    public async Task<ReceivedMail> WaitForAsync(string to, string subject)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            if (_mails.FirstOrDefault(mail => mail.To.Contains(to) && mail.Header("Subject") == subject) is { } mail)
                return mail;
            Assert.False(limit.IsCancellationRequested, $"No mail '{subject}' came to {to}; what did: "
                + string.Join(", ", _mails.Select(one => $"'{one.Header("Subject")}' to {one.To[0]}")));
            await Task.Delay(20);
        }
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
                _ = TalkAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // stopped
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await new Conversation(this, client.GetStream()).RunAsync();
            }
            catch (Exception failure) when (failure is IOException or System.Security.Authentication.AuthenticationException)
            {
                // the other side went away, or did not like our certificate
            }
        }
    }

    private sealed class Conversation(FakeMailServer server, Stream stream)
    {
        private readonly List<string> _to = [];
        private Stream _stream = stream;
        private bool _secured;
        private bool _signedIn;
        private string _from = "";

        public async Task RunAsync()
        {
            server.Callers++;
            await Task.Delay(server.GreetsAfter);
            await SayAsync("220 fake ESMTP");
            while (await ReadLineAsync() is { } line)
            {
                server._commands.Enqueue(line);
                var word = line.Split(' ')[0].ToUpperInvariant();
                if (word == "STARTTLS" && server.Certificate is { } certificate)
                    await SecureAsync(certificate);
                else if (word == "DATA")
                    await TakeAsync();
                else
                    await SayAsync(await AnswerAsync(word, line));
                if (word == "QUIT")
                    return;
            }
        }

        private async Task<string> AnswerAsync(string word, string line) => word switch
        {
            "EHLO" => "250-fake\r\n" + (server.Certificate is not null && !_secured ? "250-STARTTLS\r\n" : "") + $"250-AUTH {server.Ways}\r\n250 8BITMIME",
            "AUTH" => await SignInAsync(line),
            "MAIL" when server.SignIn is not null && !_signedIn => "530 5.7.0 sign in first",
            "MAIL" => Begin(AddressIn(line)),
            "RCPT" when server.Refused.TryGetValue(AddressIn(line), out var refusal) => refusal,
            "RCPT" => Add(AddressIn(line)),
            "QUIT" => "221 bye",
            _ => "502 what?",
        };

        private async Task SecureAsync(X509Certificate2 certificate)
        {
            await SayAsync("220 go ahead" + (server.Injected.Length > 0 ? "\r\n" + server.Injected : ""));
            var secured = new SslStream(_stream);
            await secured.AuthenticateAsServerAsync(certificate);
            (_stream, _secured) = (secured, true);
        }

        private async Task<string> SignInAsync(string line)
        {
            var (user, password) = ("", "");
            if (line.Split(' ') is ["AUTH", "PLAIN", var given] && Encoding.UTF8.GetString(Convert.FromBase64String(given)).Split('\0') is ["", var u, var p])
                (user, password) = (u, p);
            else if (line == "AUTH LOGIN")
            {
                await SayAsync("334 VXNlcm5hbWU6");
                user = Encoding.UTF8.GetString(Convert.FromBase64String((await ReadLineAsync())!));
                await SayAsync("334 UGFzc3dvcmQ6");
                password = Encoding.UTF8.GetString(Convert.FromBase64String((await ReadLineAsync())!));
            }
            _signedIn = server.SignIn == (user, password);
            return _signedIn ? "235 welcome" : "535 no";
        }

        private string Begin(string from)
        {
            _from = from;
            _to.Clear();
            return "250 ok";
        }

        private string Add(string to)
        {
            _to.Add(to);
            return "250 ok";
        }

        private async Task TakeAsync()
        {
            await SayAsync("354 go on");
            var message = new StringBuilder();
            while (await ReadLineAsync() is { } line and not ".")
                message.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            await Task.Delay(server.Thinks);
            server._mails.Enqueue(new ReceivedMail(_from, [.. _to], message.ToString()));
            await SayAsync("250 taken");
        }

        private static string AddressIn(string line) => Regex.Match(line, "<([^>]*)>").Groups[1].Value;

        private async Task SayAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\r\n"));

        private async Task<string?> ReadLineAsync()
        {
            var line = new List<byte>();
            var one = new byte[1];
            while (await _stream.ReadAsync(one) == 1)
            {
                if (one[0] == '\n')
                    return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                line.Add(one[0]);
            }
            return null;
        }
    }
}
