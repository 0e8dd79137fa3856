using System.Buffers;
using System.Collections.Frozen;

namespace KeyPass.Server.Gateway;

/// <summary>
/// Which headers go on, in each direction: those that are listed. A header nobody thought of could be a credential, a cookie, or what a
/// proxy between believes.
/// </summary>
internal static class ForwardedHeaders
{
    private static readonly FrozenSet<string> ToProvider = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "accept", "user-agent", "openai-beta", "anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access", "idempotency-key",
        "x-client-request-id", "x-goog-api-client", "x-server-timeout", "http-referer", "x-title");

    private static readonly FrozenSet<string> ToCaller = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "content-type", "content-disposition", "content-language", "x-request-id", "request-id", "openai-processing-ms", "openai-version", "openai-model",
        "retry-after", "retry-after-ms", "x-should-retry", "server-timing", "x-generation-id", "x-envoy-upstream-service-time");

    private static readonly string[] PrefixesToProvider = ["x-stainless-"];

    private static readonly string[] PrefixesToCaller = ["x-ratelimit-", "anthropic-ratelimit-", "anthropic-priority-", "x-groq-", "x-fireworks-", "x-gemini-"];

    /// <summary>Visible ASCII, blanks and tabs: nothing that ends a header, on any version of HTTP.</summary>
    private static readonly SearchValues<char> Harmless = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(code => (char)code), '\t']);

    public static bool GoesToProvider(string name) => Goes(name, ToProvider, PrefixesToProvider);

    public static bool GoesToCaller(string name) => Goes(name, ToCaller, PrefixesToCaller);

    public static bool IsHarmless(ReadOnlySpan<char> value) => !value.ContainsAnyExcept(Harmless);

    private static bool Goes(string name, FrozenSet<string> names, string[] prefixes)
    {
        if (names.Contains(name))
            return true;
        foreach (var prefix in prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }
}
