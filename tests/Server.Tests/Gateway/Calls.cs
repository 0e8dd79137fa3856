using System.Text;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>Calls as bytes, as no library would send them.</summary>
internal static class Calls
{
    public const string Ask = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Say hello."}]}""";

    public const string Said = """
        {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":
        {"role":"assistant","content":"Hello."},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":3,"total_tokens":14}}
        """;

    /// <summary>The answer's end is the connection's.</summary>
    public static string Raw(GatewayRun run, string target, string headers = "", string body = Ask, string? credential = null, string? host = null) =>
        $"POST {target} HTTP/1.1\r\nHost: {host ?? run.Server.Address.Authority}\r\n{credential ?? "Authorization: Bearer " + run.Key.Text}\r\n"
        + $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{headers}\r\n{body}";

    /// <summary>Many at a time, so that thousands take seconds.</summary>
    public static Task EachAsync<T>(IEnumerable<T> cases, Func<T, Task> run) =>
        Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = 24 }, async (one, _) => await run(one));

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
