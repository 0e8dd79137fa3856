using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KeyPass.Server.Tests.Support;

/// <summary>A provider of bytes: reads one request whole, keeps nothing of its body, then does what it is told with the connection.</summary>
internal sealed class RawProvider : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<NetworkStream, Task> _answer;
    private int _requests;

    public RawProvider(Func<NetworkStream, Task> answer)
    {
        _answer = answer;
        _listener.Start(4096);
        _ = AcceptAsync();
    }

    public RawProvider(string answer) : this(stream => stream.WriteAsync(Encoding.Latin1.GetBytes(answer)).AsTask())
    {
    }

    public string Address => "http://" + _listener.LocalEndpoint;

    public int Requests => Volatile.Read(ref _requests);

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>So that the other side sees a reset, and not an end.</summary>
    public static Task ResetAsync(NetworkStream stream)
    {
        stream.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        stream.Socket.Close();
        return Task.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await SkipRequestAsync(stream);
            Interlocked.Increment(ref _requests);
            await _answer(stream);
        }
        catch (Exception end) when (end is IOException or SocketException or ObjectDisposedException)
        {
            // The server under test left.
        }
    }

    private static async Task SkipRequestAsync(NetworkStream stream)
    {
        var buffer = new byte[64 * 1024];
        var head = "";
        int end;
        while ((end = head.IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
                throw new IOException("no request came");
            head += Encoding.Latin1.GetString(buffer, 0, read);
        }
        var length = head.Split("\r\n").Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var left = int.Parse(length.AsSpan("Content-Length:".Length), System.Globalization.CultureInfo.InvariantCulture) - (head.Length - end - 4);
        while (left > 0 && await stream.ReadAsync(buffer) is > 0 and var more)
            left -= more;
    }
}
