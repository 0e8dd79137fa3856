using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KeyPass.Bench.Gateway;

/// <summary>One process that forwards, on a processor of its own, and how it is called.</summary>
internal sealed class Contender : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    /// <summary>Whether this is another way into a process that another contender has started and ends.</summary>
    private readonly bool _isGuest;

    private Contender(string name, int port, Process process, bool isGuest = false) =>
        (Name, Port, _process, _isGuest) = (name, port, process, isGuest);

    public string Name { get; }

    public int Port { get; }

    public int Pid => _process.Id;

    /// <summary>What it takes for a credential.</summary>
    public string Credential { get; set; } = "unused";

    public (string Name, string Value)[] Headers { get; init; } = [];

    /// <summary>The first process of its database, which is no child of its own.</summary>
    public int? DatabasePid { get; set; }

    /// <summary>Microseconds of processor time until now.</summary>
    public double Cpu => ProcessTree.CpuOf(Pid);

    public double DatabaseCpu => DatabasePid is { } pid ? ProcessTree.CpuWithChildren(pid) : 0;

    /// <summary>Once something listens on its port.</summary>
    /// <param name="log">Where its output goes: to a file, as in production, and not through this process.</param>
    public static async Task<Contender> StartAsync(
        string name, int port, string processors, string log, IReadOnlyList<string> words, IReadOnlyDictionary<string, string> environment,
        params (string Name, string Value)[] headers)
    {
        var start = new ProcessStartInfo("taskset", ["-c", processors, "sh", "-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1", "sh", log, .. words]);
        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;
        var contender = new Contender(name, port, Process.Start(start)!) { Headers = headers };
        try
        {
            await contender.WaitAsync();
            return contender;
        }
        catch (InvalidOperationException failure)
        {
            contender.Dispose();
            throw new InvalidOperationException($"{failure.Message}\n{await File.ReadAllTextAsync(log)}", failure);
        }
    }

    /// <summary>The same process under another name and credential.</summary>
    public Contender As(string name, string credential) =>
        new(name, Port, _process, isGuest: true) { Headers = Headers, Credential = credential, DatabasePid = DatabasePid };

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public byte[] Call(Way way) => Request.Of(way, Credential, Headers);

    /// <summary>As an operator stops it, so that what it has started ends too.</summary>
    public void Dispose()
    {
        if (_isGuest)
            return;
        if (!_process.HasExited)
        {
            using var stop = Process.Start("kill", ["-TERM", Pid.ToString(CultureInfo.InvariantCulture)]);
            if (!_process.WaitForExit(Patience))
                _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private async Task WaitAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (!_process.HasExited && Stopwatch.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(100);
            }
            catch (SocketException)
            {
                throw new InvalidOperationException($"{Name} did not start.");
            }
        }
    }
}
