namespace KeyPass.Server.Gateway;

/// <summary>A call's query as it goes on: byte for byte, without what is a credential.</summary>
internal static class CallQuery
{
    public static string Forwarded(string? query)
    {
        if (string.IsNullOrEmpty(query) || query.Length == 1)
            return "";
        if (!query.Contains("key", StringComparison.OrdinalIgnoreCase) && !query.Contains('%', StringComparison.Ordinal))
            return query;
        var kept = query[1..].Split('&').Where(part => !IsCredential(part));
        return string.Join('&', kept) is { Length: > 0 } rest ? "?" + rest : "";
    }

    /// <summary>By its decoded name, in any case: a provider may read it so.</summary>
    private static bool IsCredential(string part)
    {
        var name = Uri.UnescapeDataString(part.Split('=')[0]).Trim();
        return name.Equals("key", StringComparison.OrdinalIgnoreCase) || name.Equals("api_key", StringComparison.OrdinalIgnoreCase)
            || name.Equals("api-key", StringComparison.OrdinalIgnoreCase) || name.Equals("access_token", StringComparison.OrdinalIgnoreCase);
    }
}
