using System.Net;

namespace KeyPass.Server.Http;

/// <summary>Where a request comes from, as attempts are counted.</summary>
internal static class ClientAddress
{
    /// <summary>Every customer of an IPv6 network has 2^64 addresses: they are counted as the one network they are.</summary>
    private const int NetworkBytes = 8;

    public static string Of(HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address.GetAddressBytes() is { Length: 16 } bytes ? NetworkOf(bytes) : address.ToString(),
    };

    private static string NetworkOf(byte[] bytes)
    {
        bytes.AsSpan(NetworkBytes).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
