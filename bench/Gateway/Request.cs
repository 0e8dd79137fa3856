using System.Globalization;
using System.Text;

namespace KeyPass.Bench.Gateway;

/// <summary>How the provider is to answer.</summary>
internal enum Way
{
    Json,
    /// <summary>A stream, all at once.</summary>
    Burst,
    /// <summary>A stream as a model writes it.</summary>
    Paced,
    Failed,
    Limited,
    /// <summary>A stream that stops in the middle, until somebody hangs up.</summary>
    Stalled,
    /// <summary>The connection is cut before any answer.</summary>
    Reset,
}

/// <summary>The bytes of one call, as an SDK sends them.</summary>
internal static class Request
{
    /// <summary>One that has a price, so that pricing is part of what is measured.</summary>
    public const string Model = "gpt-4o-mini";

    private static readonly (Way Way, byte[] Said)[] Ways =
        [.. Enum.GetValues<Way>().Select(way => (way, Encoding.ASCII.GetBytes($"\"user\":\"{Name(way)}\"")))];

    private static readonly string Prompt = string.Concat(Enumerable.Repeat("What is the answer to the great question of life? ", 25));

    public static byte[] Of(Way way, string credential, params (string Name, string Value)[] headers)
    {
        var isStream = way is Way.Burst or Way.Paced or Way.Stalled;
        var body = $$"""
            {"model":"{{Model}}","user":"{{Name(way)}}","messages":[{"role":"system","content":"You are brief."},
            {"role":"user","content":"{{Prompt}}"}],"max_tokens":256{{(isStream ? ",\"stream\":true" : "")}}}
            """;
        var head = new StringBuilder("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        head.Append("Accept: application/json\r\nUser-Agent: OpenAI/Python 1.99.0\r\n");
        head.Append("x-stainless-lang: python\r\nx-stainless-runtime: CPython\r\nx-stainless-retry-count: 0\r\nContent-Type: application/json\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Authorization: Bearer {credential}\r\nContent-Length: {body.Length}\r\n");
        foreach (var (name, value) in headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        return Encoding.ASCII.GetBytes(head.Append("\r\n").Append(body).ToString());
    }

    public static Way WayOf(ReadOnlySpan<byte> body)
    {
        foreach (var (way, said) in Ways)
        {
            if (body.IndexOf(said) >= 0)
                return way;
        }
        throw new InvalidDataException("a call that says nothing of how it is to be answered");
    }

    private static string Name(Way way) => "bench-" + way.ToString().ToLowerInvariant();
}
