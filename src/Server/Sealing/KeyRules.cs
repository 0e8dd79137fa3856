using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace KeyPass.Server.Sealing;

/// <summary>How a provider wants its key: the payload's scheme byte.</summary>
internal enum KeyScheme : byte
{
    Bearer = 1,
    XApiKey = 2,
    XGoogApiKey = 3,
    ApiKey = 4,
    SigV4 = 5,
    GcpServiceAccount = 6,
}

/// <summary>What may stand in a payload. Asked before sealing and again after opening: what is sealed may have been sealed by anyone.</summary>
internal static class KeyRules
{
    private const int MaxProvider = 128;
    private const int MaxOrigin = 270; // a DNS name of 253, https:// and a port

    private static readonly SearchValues<char> Name = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> PathPart = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    /// <summary>Every byte that may stand in JSON: no control character but tab and line end, and no DEL.</summary>
    private static readonly SearchValues<byte> Forbidden = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    /// <summary>A catalogue name, or <c>custom:/base/path</c> whose segments cannot climb.</summary>
    public static bool IsProvider(ReadOnlySpan<char> provider)
    {
        if (provider.Length is 0 or > MaxProvider) // check: provider's length
            return false;
        if (!provider.StartsWith("custom:/", StringComparison.Ordinal))
            return !provider.ContainsAnyExcept(Name); // check: provider's name
        var path = provider["custom:/".Length..];
        foreach (var segment in path.Split('/'))
        {
            if (path[segment] is "" or "." or "..") // check: no climbing
                return false;
            if (path[segment].ContainsAnyExcept(PathPart)) // check: path's characters
                return false;
        }
        return true;
    }

    /// <summary>
    /// <c>https://host[:port]</c>, lower case, nothing behind it. <c>http://</c> passes too: whether this server sends anything
    /// there (AllowPrivateOrigins) is not the format's to say.
    /// </summary>
    public static bool IsOrigin(ReadOnlySpan<char> origin)
    {
        if (origin.Length > MaxOrigin) // check: origin's length
            return false;
        var secure = origin.StartsWith("https://", StringComparison.Ordinal);
        if (!secure && !origin.StartsWith("http://", StringComparison.Ordinal)) // check: origin's scheme
            return false;
        var host = origin[(secure ? "https://" : "http://").Length..];
        if (host.IndexOf(':') is >= 0 and var colon)
        {
            if (!IsPort(host[(colon + 1)..])) // check: port
                return false;
            host = host[..colon];
        }
        foreach (var label in host.Split('.'))
            if (!IsLabel(host[label])) // check: host
                return false;
        return true;
    }

    /// <summary>
    /// Schemes 1 to 4 become a header: visible ASCII only, so that no CR or LF can split a request. 5 and 6 are one JSON object:
    /// valid UTF-8, no control characters but white space. Its members may hold escaped ones; who puts a member into a header
    /// or an address checks it there.
    /// </summary>
    public static bool IsSecret(KeyScheme scheme, ReadOnlySpan<byte> secret)
    {
        switch (scheme)
        {
            case KeyScheme.Bearer or KeyScheme.XApiKey or KeyScheme.XGoogApiKey or KeyScheme.ApiKey:
                if (secret.IsEmpty) // check: secret not empty
                    return false;
                return !secret.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E); // check: visible ASCII
            case KeyScheme.SigV4 or KeyScheme.GcpServiceAccount:
                if (!Utf8.IsValid(secret)) // check: UTF-8
                    return false;
                if (secret.ContainsAny(Forbidden)) // check: control characters
                    return false;
                return IsJsonObject(secret); // check: JSON
            default:
                return false; // an unknown scheme
        }
    }

    private static bool IsLabel(ReadOnlySpan<char> label)
    {
        if (label.IsEmpty) // check: label not empty
            return false;
        if (label[0] == '-' || label[^1] == '-') // check: label's ends
            return false;
        return !label.ContainsAnyExcept(Name); // check: label's characters
    }

    /// <summary>Decimal, without leading zeros: one port, one spelling.</summary>
    private static bool IsPort(ReadOnlySpan<char> port)
    {
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)) // check: port's number
            return false;
        return port[0] != '0'; // check: port's spelling
    }

    private static bool IsJsonObject(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) // check: an object
                return false;
            reader.Skip();
            return !reader.Read(); // check: nothing behind the object
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
