using System.Buffers;

namespace KeyPass.Server.Gateway;

/// <summary>A call's query as it goes on: byte for byte, without what is a credential.</summary>
internal static class CallQuery
{
    /// <summary>Visible ASCII: what stands in the line of a request goes on as it came.</summary>
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Select(code => (char)code).Where(one => one != '#')]);

    /// <summary>Google's addresses take these with any call: an answer that is cut down or written in another way tells no usage.</summary>
    private static readonly string[] Reshaping = ["fields", "callback", "alt"];

    /// <summary>Why a call with that query is not made; null where nothing is wrong with it.</summary>
    public static string? Problem(string? query)
    {
        if (string.IsNullOrEmpty(query) || query.Length == 1)
            return null;
        if (query.AsSpan().ContainsAnyExcept(Plain))
            return "The query holds characters that no address may hold: percent-encode them.";
        foreach (var part in query[1..].Split('&'))
        {
            var (name, value) = Read(part);
            if (Reshaping.Contains(name.TrimStart('$'), StringComparer.OrdinalIgnoreCase) && value is not ("sse" or "json"))
                return $"'{name.TrimStart('$').ToLowerInvariant()}' in the query changes the form of the answer, and its usage cannot be read: leave it out.";
        }
        return null;
    }

    public static string Forwarded(string? query)
    {
        if (string.IsNullOrEmpty(query) || query.Length == 1)
            return "";
        var kept = query[1..].Split('&').Where(part => !IsCredential(part));
        return string.Join('&', kept) is { Length: > 0 } rest ? "?" + rest : "";
    }

    /// <summary>By its decoded name, in any case: a provider may read it so. Ours are one under any name.</summary>
    private static bool IsCredential(string part)
    {
        var (name, value) = Read(part);
        name = name.TrimStart('$');
        return Carriers.IsOurs(value) || name.Equals("key", StringComparison.OrdinalIgnoreCase) || name.Equals("api_key", StringComparison.OrdinalIgnoreCase)
            || name.Equals("api-key", StringComparison.OrdinalIgnoreCase) || name.Equals("access_token", StringComparison.OrdinalIgnoreCase);
    }

    private static (string Name, string Value) Read(string part)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? (Uri.UnescapeDataString(part).Trim(), "")
            : (Uri.UnescapeDataString(part[..equals]).Trim(), Uri.UnescapeDataString(part[(equals + 1)..]).Trim());
    }
}
