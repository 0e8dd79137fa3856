using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>A real nginx in front of a server, set up by the very words of our guide; only its TLS is taken off.</summary>
internal sealed partial class Nginx : IAsyncDisposable
{
    /// <summary>Where <c>./test</c> puts one that it has to fetch, and where systems have theirs.</summary>
    private static readonly string[] Places =
        [Path.Combine(Artifacts.RepositoryRoot, "artifacts/nginx/usr/sbin/nginx"), "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];

    private readonly Process _process;
    private readonly Task<string> _errors;

    private Nginx(Process process, int port)
    {
        (_process, _errors) = (process, process.StandardError.ReadToEndAsync());
        Address = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Address { get; }

    public static async Task<Nginx> StartAsync(Uri server)
    {
        var binary = Places.FirstOrDefault(File.Exists);
        Assert.SkipWhen(binary is null, "no nginx is here: on Debian ./test fetches one, elsewhere install the system's package");
        var (folder, port) = (Artifacts.NewFolder("nginx"), LocalPort.Free());
        var settings = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(settings, Settings(folder, port, server));
        var start = new ProcessStartInfo(binary!, ["-p", folder, "-c", settings, "-e", "stderr"]) { RedirectStandardError = true };
        var nginx = new Nginx(Process.Start(start)!, port);
        try
        {
            if (!await LocalPort.OpensAsync(port, nginx._process))
                Assert.Fail("nginx does not take the guide's settings: " + (nginx._process.HasExited ? await nginx._errors : "it does not listen"));
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    public HttpClient NewClient(string? credential = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        if (credential is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", credential);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        _process.Dispose();
    }

    /// <summary>Connections to the server are kept and shared, as operators do for speed: what one caller hides would then be before another's.</summary>
    private static string Settings(string folder, int port, Uri server)
    {
        var guide = File.ReadAllText(Path.Combine(Artifacts.RepositoryRoot, "docs/how-to/deploy.md"));
        var block = Block().Match(guide).Groups[1].Value;
        block = Tls().Replace(block, "").Replace("listen 443 ssl http2;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal)
            .Replace("http://127.0.0.1:8787", "http://keypass", StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{port}", block, StringComparison.Ordinal);
        Assert.Contains("proxy_pass http://keypass;", block, StringComparison.Ordinal);
        string[] temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        return string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            events { worker_connections 1000; }
            http {
                access_log off;
                {{string.Join('\n', temporary.Select(kind => $"{kind}_temp_path {folder}/{kind};"))}}
                upstream keypass { server {{server.Authority}}; keepalive 2; }
                {{block}}
            }
            """);
    }

    [GeneratedRegex("(?s)```nginx\n(.*?)```")]
    private static partial Regex Block();

    [GeneratedRegex(@"(?m)^ *ssl_\w+ .*\n")]
    private static partial Regex Tls();
}
