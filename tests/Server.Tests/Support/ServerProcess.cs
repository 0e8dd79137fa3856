using System.Diagnostics;
using System.Globalization;
using System.Text;
using KeyPass.Server.Persistence;

namespace KeyPass.Server.Tests.Support;

/// <summary>How a server process is to be started: on a data directory of its own, or on a given database.</summary>
internal sealed record ProcessOptions
{
    public string? DataDirectory { get; init; }
    public string? ConnectionString { get; init; }
    public string? AsUser { get; init; }
    public int Port { get; init; }
    public string[] Words { get; init; } = [];

    /// <summary>The words of a program that starts the server in its place.</summary>
    public string[] Under { get; init; } = [];
    public string WorkingDirectory { get; init; } = "/";
}

/// <summary>The built server as the operator runs it: a process that is killed, stopped and started again.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly string Binary = Path.Combine(AppContext.BaseDirectory, "KeyPass.Server.dll");

    private readonly Process _process;
    private readonly Uri _address;
    private readonly StringBuilder _output = new();

    private ServerProcess(Process process, int port)
    {
        _process = process;
        _address = new Uri($"http://127.0.0.1:{port}");
        Client = NewClient();
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static async Task<ServerProcess> StartAsync(ProcessOptions options, params (string Name, string Value)[] environment)
    {
        var server = Launch(options, environment);
        await server.WaitUntilReadyAsync();
        return server;
    }

    /// <summary>Runs to its end: a start that fails, or one of the operator's verbs.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(ProcessOptions options, params (string Name, string Value)[] environment)
    {
        await using var server = Launch(options, environment);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await server._process.WaitForExitAsync(limit.Token);
        return (server._process.ExitCode, server.Output);
    }

    public static ServerProcess Launch(ProcessOptions options, params (string Name, string Value)[] environment)
    {
        var port = options.Port == 0 ? LocalPort.Free() : options.Port;
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = options.WorkingDirectory };
        string[] words = [.. options.Under, "dotnet", Binary, .. options.Words];
        if (options.AsUser is { } name && Posix.FindUser(name) is { } user)
        {
            words = ["setpriv", $"--reuid={user.UserId}", $"--regid={user.GroupId}", "--clear-groups", "--", .. words];
            start.Environment["HOME"] = "/tmp";
        }
        start.FileName = words[0];
        foreach (var word in words.Skip(1))
            start.ArgumentList.Add(word);
        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";
        start.Environment["KeyPass__LogFormat"] = "text";
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // as ./run does
        // These servers do not live long: what the product has compiled for good at once waits here for a quiet moment, at half the start's cost.
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "100";
        if (options.ConnectionString is not null)
            start.Environment["ConnectionStrings__KeyPass"] = options.ConnectionString;
        start.Environment["KeyPass__DataDirectory"] = options.DataDirectory ?? Artifacts.NewFolder("unused");
        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;
        return new ServerProcess(Process.Start(start)!, port);
    }

    public HttpClient NewClient() =>
        new(new RecordingHandler { InnerHandler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(5), UseCookies = false } })
        {
            BaseAddress = _address,
            Timeout = TimeSpan.FromSeconds(10),
        };

    public async Task WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var response = await Client.GetAsync("/readyz", limit.Token);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                Assert.False(_process.HasExited, $"The server ended while starting:\n{Output}");
            }
            await Task.Delay(50, limit.Token);
        }
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as systemd and Docker send it. The exit code tells whether the end was clean.</summary>
    public async Task<int> StopAsync()
    {
        Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await StopAsync();
        Client.Dispose();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        Recording.Log(line);
        lock (_output)
            _output.AppendLine(line);
    }
}
