using System.Net;
using System.Net.Sockets;

namespace KeyPass.Server.Tests.Support;

/// <summary>Where an attacker waits: counts who comes, and answers nothing.</summary>
internal sealed class Decoy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private int _visits;

    public Decoy()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Authority => _listener.LocalEndpoint.ToString()!;

    public int Visits => Volatile.Read(ref _visits);

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using var visitor = await _listener.AcceptSocketAsync();
                Interlocked.Increment(ref _visits);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
