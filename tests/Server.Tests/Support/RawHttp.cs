using System.Net.Sockets;
using System.Text;

namespace KeyPass.Server.Tests.Support;

/// <summary>Bytes exactly as given, on a connection of their own: what no HTTP client library would send.</summary>
internal static class RawHttp
{
    /// <summary>Everything the server answers until it closes, falls silent, or has sent enough.</summary>
    public static async Task<string> SendAsync(Uri server, ReadOnlyMemory<byte> request, bool thenClose = false)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var stream = client.GetStream();
        var answer = new StringBuilder();
        try
        {
            await stream.WriteAsync(request);
            if (thenClose)
                client.Client.Shutdown(SocketShutdown.Send);
            var buffer = new byte[8192];
            using var silence = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            while (answer.Length < 64 * 1024)
            {
                var read = await stream.ReadAsync(buffer, silence.Token);
                if (read == 0)
                    break;
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
                // An answer has come: what follows it, follows soon.
                silence.CancelAfter(TimeSpan.FromMilliseconds(40));
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or SocketException)
        {
            // The server cut the connection, or waits for more: both are for the caller to judge by what came.
        }
        Recording.Answer(answer.ToString());
        return answer.ToString();
    }

    public static Task<string> SendAsync(Uri server, string request, bool thenClose = false) =>
        SendAsync(server, Encoding.Latin1.GetBytes(request), thenClose);

    /// <summary>The status of the first answer; 0 when there was none.</summary>
    public static int Status(string answer) =>
        answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && answer.Length >= 12
            ? int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture)
            : 0;
}
