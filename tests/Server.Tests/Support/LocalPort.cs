using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace KeyPass.Server.Tests.Support;

/// <summary>A port of this machine, for a program that wants to be told one.</summary>
internal static class LocalPort
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether the program listens there, within half a minute. One that ended does not.</summary>
    public static async Task<bool> OpensAsync(int port, Process program)
    {
        for (var left = 300; left > 0 && !program.HasExited; left--)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }
        return false;
    }
}
