using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KeyPass.Bench.Gateway;

/// <summary>
/// A provider that answers at once, in OpenAI's words, and always the same. Which way it answers, the request says in <c>user</c>, a
/// member that every gateway passes on.
/// </summary>
internal static class Upstream
{
    public const int Events = 40;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    /// <summary>A stalled answer ends at last, whoever still waits.</summary>
    private static readonly TimeSpan LongestStall = TimeSpan.FromSeconds(3);

    private const string Usage = """{"prompt_tokens":312,"completion_tokens":40,"total_tokens":352}""";

    private static readonly byte[] Json = Whole("200 OK", $$"""
        {"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"{{Request.Model}}-2024-07-18","choices":[{"index":0,"message":
        {"role":"assistant","content":"{{string.Concat(Enumerable.Repeat("It depends. ", 40))}}","refusal":null},"logprobs":null,"finish_reason":"stop"}],
        "usage":{{Usage}},"service_tier":"default","system_fingerprint":"fp_1"}
        """);

    private static readonly byte[] Failed = Whole(
        "500 Internal Server Error", """{"error":{"message":"The server had an error.","type":"server_error","param":null,"code":null}}""");

    private static readonly byte[] Limited = Whole(
        "429 Too Many Requests", """{"error":{"message":"Rate limit reached.","type":"requests","param":null,"code":"rate_limit_exceeded"}}""");

    private static readonly byte[] StreamHead = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\nx-request-id: req_1\r\n\r\n");

    private static readonly byte[] Event = Chunk(Data("""[{"index":0,"delta":{"content":" depends"},"logprobs":null,"finish_reason":null}]"""));

    private static readonly byte[] End = Chunk("data: [DONE]\n\n");

    private static readonly byte[] UsageEvent = Chunk(Data("[]", Usage));

    private static readonly byte[] NoMore = "0\r\n\r\n"u8.ToArray();

    public static async Task<int> RunAsync(int port, CancellationToken cancel)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1024);
        while (!cancel.IsCancellationRequested)
        {
            var caller = await listener.AcceptAsync(cancel);
            caller.NoDelay = true;
            _ = ServeAsync(caller, cancel);
        }
        return 0;
    }

    private static async Task ServeAsync(Socket caller, CancellationToken cancel)
    {
        using (caller)
        {
            try
            {
                var reader = new MessageReader(caller);
                while (await reader.ReadAsync(cancel) && await AnswerAsync(caller, reader.Body, cancel))
                    continue;
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException)
            {
                // Whoever hangs up has had enough; the gateways are what is watched.
            }
        }
    }

    /// <summary>False where the connection is to be closed.</summary>
    private static async Task<bool> AnswerAsync(Socket caller, ReadOnlyMemory<byte> request, CancellationToken cancel)
    {
        var withUsage = request.Span.IndexOf("\"include_usage\":true"u8) >= 0;
        switch (Request.WayOf(request.Span))
        {
            case Way.Json:
                await caller.SendAsync(Json, cancel);
                return true;
            case Way.Burst:
                await caller.SendAsync(Burst(withUsage), cancel);
                return true;
            case Way.Paced:
                await PaceAsync(caller, withUsage, cancel);
                return true;
            case Way.Failed:
                await caller.SendAsync(Failed, cancel);
                return true;
            case Way.Limited:
                await caller.SendAsync(Limited, cancel);
                return true;
            case Way.Stalled:
                await caller.SendAsync((byte[])[.. StreamHead, .. Event], cancel);
                await Task.Delay(LongestStall, cancel);
                return false;
            default:
                caller.LingerState = new LingerOption(enable: true, seconds: 0);
                return false;
        }
    }

    private static async Task PaceAsync(Socket caller, bool withUsage, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Pace);
        await caller.SendAsync((byte[])[.. StreamHead, .. Event], cancel);
        for (var sent = 1; sent < Events; sent++)
        {
            await timer.WaitForNextTickAsync(cancel);
            await caller.SendAsync(Event, cancel);
        }
        await caller.SendAsync(Tail(withUsage), cancel);
    }

    private static byte[] Burst(bool withUsage) => [.. StreamHead, .. Enumerable.Repeat(Event, Events).SelectMany(bytes => bytes), .. Tail(withUsage)];

    private static byte[] Tail(bool withUsage) => withUsage ? [.. UsageEvent, .. End, .. NoMore] : [.. End, .. NoMore];

    private static byte[] Whole(string status, string body) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nx-request-id: req_1\r\nopenai-processing-ms: 1\r\n"
        + $"x-ratelimit-limit-requests: 10000\r\nx-ratelimit-remaining-requests: 9999\r\n\r\n{body}"));

    private static byte[] Chunk(string text) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n"));

    private static string Data(string choices, string usage = "null") =>
        """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000"""
        + $$""","model":"{{Request.Model}}-2024-07-18","service_tier":"default","choices":{{choices}},"usage":{{usage}}}""" + "\n\n";
}
