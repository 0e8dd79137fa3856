
namespace KeyPass.Server.Gateway;

/// <summary>
/// Where a credential for calls may stand: wherever an official SDK puts the provider's. One reader for all, so that no carrier has
/// rules of its own.
/// </summary>
internal static class Carriers
{
    private const string Bearer = "Bearer ";

    private static readonly string[] Headers = ["x-api-key", "api-key", "x-goog-api-key"];

    /// <summary>The KeyPass credential among what came; others that came beside it (an SDK's own default) are dropped.</summary>
    /// <param name="alsoInQuery">On Google's own routes, whose clients may know no other way.</param>
    /// <param name="presented">Null where none came.</param>
    /// <returns>False where two different ones came: which counts would be a guess.</returns>
    public static bool TryRead(HttpRequest request, bool alsoInQuery, out string? presented)
    {
        presented = null;
        foreach (var value in request.Headers.Authorization)
        {
            if (value is not null && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && !TryTake(value[Bearer.Length..].Trim(), ref presented))
                return false;
        }
        foreach (var name in Headers)
        {
            foreach (var value in request.Headers[name])
            {
                if (!TryTake(value, ref presented))
                    return false;
            }
        }
        if (alsoInQuery && request.QueryString.HasValue)
        {
            foreach (var value in request.Query["key"])
            {
                if (!TryTake(value, ref presented))
                    return false;
            }
        }
        return true;
    }

    public static bool IsOurs(string value) => value.StartsWith("km_", StringComparison.Ordinal) || value.StartsWith("kp_", StringComparison.Ordinal);

    private static bool TryTake(string? value, ref string? presented)
    {
        if (value is null || !IsOurs(value))
            return true;
        if (presented is not null && presented != value)
            return false;
        presented = value;
        return true;
    }
}
