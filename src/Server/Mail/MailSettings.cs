using System.Net;

namespace KeyPass.Server.Mail;

/// <param name="Smtp">Null: no mail is sent, and the routes that would send one work without.</param>
internal sealed record MailSettings(SmtpSettings? Smtp);

/// <summary>The operator's mail server. No record: those print what they hold.</summary>
internal sealed class SmtpSettings(string host, int port, string from, bool startTls, string? user, string? password)
{
    public string Host => host;
    public int Port => port;
    public string From => from;

    /// <summary>Asked for and insisted on: a server that does not offer it gets no mail.</summary>
    public bool StartTls => startTls;

    public string? User => user;
    public string? Password => password;

    /// <summary>
    /// This machine, or a network that is not the internet: by the address, or as a name without a dot, which only a private network
    /// has (compose files).
    /// </summary>
    public static bool IsNear(string host) =>
        IPAddress.TryParse(host, out var address)
            ? IPAddress.IsLoopback(address) || Private.Any(network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))
            : !host.Contains('.', StringComparison.Ordinal);

    /// <summary>RFC 1918 and RFC 4193.</summary>
    private static readonly IPNetwork[] Private =
        [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("fc00::/7")];
}
