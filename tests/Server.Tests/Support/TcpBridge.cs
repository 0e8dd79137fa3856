using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace KeyPass.Server.Tests.Support;

/// <summary>The wire between a server and its PostgreSQL, which a test can cut, or make silent.</summary>
internal sealed class TcpBridge : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly EndPoint _target;
    private volatile TaskCompletionSource? _silence;
    private volatile bool _isCut;

    public TcpBridge(EndPoint target)
    {
        _target = target;
        _listener.Start(512);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Every connection breaks, and no other is made.</summary>
    public void Cut()
    {
        _isCut = true;
        foreach (var socket in _open.Keys)
            socket.Dispose();
    }

    /// <summary>Nothing breaks, and nothing comes through any more.</summary>
    public void Silence() => _silence = new TaskCompletionSource();

    public void Mend()
    {
        _isCut = false;
        var silence = _silence;
        _silence = null;
        silence?.TrySetResult();
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Mend();
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = JoinAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task JoinAsync(Socket near)
    {
        using var far = _target is IPEndPoint
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        (_open[near], _open[far]) = (0, 0);
        try
        {
            if (_isCut)
                return;
            await far.ConnectAsync(_target);
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
        finally
        {
            near.Dispose();
            _open.TryRemove(near, out _);
            _open.TryRemove(far, out _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                if (_silence is { } silence)
                    await silence.Task;
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }
}
