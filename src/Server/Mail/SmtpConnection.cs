using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace KeyPass.Server.Mail;

/// <summary>
/// Hands one letter to the operator's mail server (RFC 5321, with STARTTLS of 3207 and AUTH of 4954). The base library's own client
/// tells neither a letter that is refused from a server that is down, nor sets a limit to a server that answers slowly for ever.
/// </summary>
internal sealed class SmtpConnection(SmtpSettings settings, TimeProvider clock)
{
    /// <summary>For the whole conversation. Servers that greet late on purpose take half a minute.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Returns when the mail server has taken the letter over. After the last byte the answer is waited for even if
    /// <paramref name="cancel"/> says stop: to leave then would be to send the letter again.
    /// </summary>
    public async Task SendAsync(Letter letter, Guid id, DateTimeOffset writtenAt, CancellationToken cancel)
    {
        // The end of an address or a line inside it would be the beginning of a command of somebody else's.
        if (letter.To.Any(character => character is '<' or '>' || char.IsControl(character) || char.IsWhiteSpace(character)))
            throw new SmtpFailure("the address is none", isFinal: true);
        using var limit = new CancellationTokenSource(Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(settings.Host, settings.Port, either.Token);
            var greeting = $"EHLO {AddressLiteral(socket)}";
            await using var plain = new NetworkStream(socket);
            var lines = new SmtpLines(plain);
            Expect(await lines.ReadReplyAsync(either.Token), 220);
            var offers = await AskAsync(lines, greeting, 250, either.Token);
            if (!settings.StartTls)
            {
                await TalkAsync(lines, offers, letter, id, writtenAt, either.Token, limit.Token);
                return;
            }
            if (offers.FindExtension("STARTTLS") is null)
                throw new SmtpFailure("the mail server does not offer STARTTLS", isFinal: false);
            await AskAsync(lines, "STARTTLS", 220, either.Token);
            if (lines.HasMore)
                throw new SmtpFailure("somebody speaks for the mail server before TLS begins", isFinal: false);
            await using var secured = new SslStream(plain);
            await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = settings.Host }, either.Token);
            lines = new SmtpLines(secured);
            await TalkAsync(lines, await AskAsync(lines, greeting, 250, either.Token), letter, id, writtenAt, either.Token, limit.Token);
        }
        catch (OperationCanceledException late) when (limit.IsCancellationRequested)
        {
            throw new SmtpFailure($"the mail server took longer than {Limit.TotalSeconds:0} s", isFinal: false, late);
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            throw new SmtpFailure("the mail server cannot be reached, or hung up", isFinal: false, failure);
        }
        catch (AuthenticationException failure)
        {
            throw new SmtpFailure("the mail server's certificate is not one for its name that this machine trusts", isFinal: false, failure);
        }
    }

    private async Task TalkAsync(
        SmtpLines lines, SmtpReply offers, Letter letter, Guid id, DateTimeOffset writtenAt, CancellationToken cancel, CancellationToken limit)
    {
        await SignInAsync(lines, offers, cancel);
        var wide = Ascii.IsValid(letter.To) ? "" : " SMTPUTF8"; // RFC 6531
        if (wide.Length > 0 && offers.FindExtension("SMTPUTF8") is null)
            throw new SmtpFailure("the mail server takes no address beyond ASCII", isFinal: true);
        await AskAsync(lines, $"MAIL FROM:<{settings.From}>{wide}", 250, cancel);
        await lines.SendAsync($"RCPT TO:<{letter.To}>", cancel);
        Expect(await lines.ReadReplyAsync(cancel), 250, ofLetter: true);
        await AskAsync(lines, "DATA", 354, cancel);
        // A dot that begins a line is doubled (RFC 5321, 4.5.2); alone on one it ends the letter.
        var message = letter.Compose(settings.From, id, writtenAt).Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        await lines.SendRawAsync(message + ".\r\n", limit);
        Expect(await lines.ReadReplyAsync(limit), 250, ofLetter: true);
        try
        {
            await lines.SendAsync("QUIT", limit);
        }
        catch (IOException)
        {
            // The letter is theirs; how they say goodbye is too.
        }
    }

    private async Task SignInAsync(SmtpLines lines, SmtpReply offers, CancellationToken cancel)
    {
        if (settings.User is not { } user || settings.Password is not { } password)
            return;
        var ways = offers.FindExtension("AUTH") ?? [];
        if (ways.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
        {
            await AskAsync(lines, $"AUTH PLAIN {Base64($"\0{user}\0{password}")}", 235, cancel);
            return;
        }
        if (!ways.Contains("LOGIN", StringComparer.OrdinalIgnoreCase))
            throw new SmtpFailure("the mail server offers neither AUTH PLAIN nor AUTH LOGIN", isFinal: false);
        await AskAsync(lines, "AUTH LOGIN", 334, cancel);
        await AskAsync(lines, Base64(user), 334, cancel);
        await AskAsync(lines, Base64(password), 235, cancel);
    }

    private static async Task<SmtpReply> AskAsync(SmtpLines lines, string command, int expected, CancellationToken cancel)
    {
        await lines.SendAsync(command, cancel);
        return Expect(await lines.ReadReplyAsync(cancel), expected);
    }

    private static SmtpReply Expect(SmtpReply reply, int expected, bool ofLetter = false) => reply.Code == expected || (expected == 250 && reply.Code == 251)
        ? reply
        : throw new SmtpFailure($"the mail server answered {reply.Code} in the place of {expected}", isFinal: ofLetter && reply.Code >= 500);

    /// <summary>RFC 5321, 4.1.3: who has no name to give gives an address.</summary>
    private static string AddressLiteral(Socket socket)
    {
        var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{address}]" : $"[{address}]";
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
