namespace KeyPass.Server.Apps;

/// <summary>Where an app may be embedded, and where people are sent back to. What is registered is compared letter by letter.</summary>
internal static class WebAddresses
{
    public const int LongestAddress = 500;

    private const string Https = "https";
    private const string Http = "http";

    /// <summary>An origin just as browsers write it: lower case, no path, no port where it is the usual one.</summary>
    public static bool IsOrigin(string text) =>
        IsAscii(text) && Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Https || IsLoopback(uri))
        && uri.UserInfo.Length == 0 && uri.GetLeftPart(UriPartial.Authority) == text;

    public static bool IsHomepage(string text) =>
        IsAscii(text) && Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Https || IsLoopback(uri)) && uri.UserInfo.Length == 0;

    /// <summary>A page of the app's, or a scheme that only the app on this machine has (RFC 8252).</summary>
    public static bool IsRedirect(string text) =>
        IsAscii(text) && !text.AsSpan().ContainsAny('#', '\\', '*') && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0
        && (uri.Scheme == Https || IsLoopback(uri) || (uri.Scheme.Contains('.', StringComparison.Ordinal) && !text.Contains('@', StringComparison.Ordinal)));

    /// <summary>By the very letters; only a program on the person's own machine may choose its port anew each time (RFC 8252, 7.3).</summary>
    public static bool IsOneOf(IEnumerable<string> registered, string presented) =>
        registered.Any(one => one == presented || (IsRedirect(presented) && AtOwnMachine(one) is { } known && known == AtOwnMachine(presented)));

    private static string? AtOwnMachine(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || !IsLoopback(uri))
            return null;
        var start = Http.Length + "://".Length;
        var path = text.AsSpan(start).IndexOfAny('/', '?');
        return uri.Host + (path < 0 ? "" : text[(start + path)..]);
    }

    private static bool IsLoopback(Uri uri) => uri.Scheme == Http && uri.Host is ("localhost" or "127.0.0.1");

    /// <summary>A list in a body may hold null, whatever its type says.</summary>
    private static bool IsAscii(string? text) => text is { Length: > 0 and <= LongestAddress } && !text.AsSpan().ContainsAnyExceptInRange('!', '~');
}
