using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace KeyPass.Bench.Gateway;

/// <summary>All that is measured, each started the way its makers say, on the same processor.</summary>
/// <param name="root">Of the repository.</param>
/// <param name="folder">For this run's files.</param>
internal sealed class Contenders(string root, string folder, string gatewayProcessors, string otherProcessors) : IDisposable
{
    public const string Bare = "bare Kestrel forwarder";
    public const string KeyPass = "KeyPass";
    public const string Unlimited = "KeyPass, nothing limited";
    public const string Before = "KeyPass before";
    public const string Nginx = "nginx";
    public const string Portkey = "Portkey gateway";

    private readonly List<Contender> _started = [];
    private int _upstream;

    public IReadOnlyList<Contender> All => _started[1..];

    /// <summary>Where the calls go that pass nobody.</summary>
    public Contender Direct => _started[0];

    /// <summary>Who is not there to be measured, and why.</summary>
    public List<string> Absent { get; } = [];

    /// <param name="before">Another checkout, built, to be measured in the peers' place.</param>
    public async Task StartAsync(string? before, CancellationToken cancel)
    {
        _upstream = Contender.FreePort();
        await AddAsync("no gateway", _upstream, otherProcessors, Own("upstream", Text(_upstream)), Quick);
        var port = Contender.FreePort();
        await AddAsync(Bare, port, gatewayProcessors, Own("forwarder", Text(port), Address(_upstream)), Managed);
        var address = await AddKeyPassAsync(KeyPass, root, cancel);
        _started.Add(_started[^1].As(Unlimited, await MakeVirtualKeyAsync(address, "unlimited", isLimited: false, cancel)));
        if (before is null)
            await AddPeersAsync();
        else
            await AddKeyPassAsync(Before, before, cancel);
    }

    public void Dispose()
    {
        for (var place = _started.Count - 1; place >= 0; place--)
            _started[place].Dispose();
    }

    /// <summary>As ./run starts the server.</summary>
    private static readonly Dictionary<string, string> Managed = new() { ["DOTNET_EnableDiagnostics"] = "0" };

    /// <summary>The provider shares its processor with the driver: it is to cost as little as it can.</summary>
    private static readonly Dictionary<string, string> Quick = new() { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    private static string Address(int port) => "http://127.0.0.1:" + Text(port);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string[] Own(params string[] words) => ["dotnet", Path.Combine(AppContext.BaseDirectory, "KeyPass.Bench.dll"), .. words];

    private async Task<Contender> AddAsync(
        string name, int port, string processors, IReadOnlyList<string> words, IReadOnlyDictionary<string, string> environment,
        params (string Name, string Value)[] headers)
    {
        var log = Path.Combine(folder, name.Replace(' ', '-') + ".log");
        var started = await Contender.StartAsync(name, port, processors, log, words, environment, headers);
        _started.Add(started);
        return started;
    }

    private async Task AddPeersAsync()
    {
        if (FindNginx() is { } nginx)
            await AddNginxAsync(nginx);
        else
            Absent.Add("nginx: the package could not be had");
        var start = Path.Combine(root, "bench/peers/node_modules/@portkey-ai/gateway/build/start-server.js");
        if (File.Exists(start))
            await AddPortkeyAsync(start);
        else
            Absent.Add("the Portkey gateway: its npm packages could not be had");
    }

    private async Task<string> AddKeyPassAsync(string name, string checkout, CancellationToken cancel)
    {
        var (port, data) = (Contender.FreePort(), Path.Combine(folder, name.Replace(' ', '-')));
        var environment = new Dictionary<string, string>(Managed)
        {
            ["ASPNETCORE_URLS"] = Address(port),
            ["KeyPass__DataDirectory"] = data,
            ["KeyPass__RingFile"] = data + "-ring",
            ["KeyPass__Providers__openai__Origin"] = Address(_upstream),
        };
        var server = Path.Combine(checkout, "src/Server/bin/Release/net10.0/KeyPass.Server.dll");
        var started = await AddAsync(name, port, gatewayProcessors, ["dotnet", server], environment);
        // Its PostgreSQL would share the gateway's processor otherwise, which in production it need not.
        var first = File.ReadLines(Path.Combine(data, "postgres/postmaster.pid")).First();
        started.DatabasePid = int.Parse(first, CultureInfo.InvariantCulture);
        foreach (var process in ProcessTree.WithChildren(started.DatabasePid.Value))
            await ProcessTree.PinAsync(process, otherProcessors);
        started.Credential = await MakeVirtualKeyAsync(Address(port), "limited", isLimited: true, cancel);
        return Address(port);
    }

    /// <summary>
    /// An account that the server keeps, a provider key in it, and a virtual key over that: what a newcomer does with curl. Where it is limited, all
    /// three have a budget and the virtual key a limit of each kind, none of which is ever reached.
    /// </summary>
    private static async Task<string> MakeVirtualKeyAsync(string address, string name, bool isLimited, CancellationToken cancel)
    {
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(address) };
        var account = await SendAsync(
            HttpMethod.Post, "/v1/auth/register", new { email = name + "@example.com", password = "seven quiet otters paddle home" });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", account.GetProperty("sessionToken").GetString());
        var held = await SendAsync(HttpMethod.Post, "/v1/keys", new { provider = "openai", apiKey = "sk-proj-" + new string('0', 156), label = "bench" });
        var keyId = held.GetProperty("id").GetString();
        var budget = isLimited ? new { limitCents = 100_000_000, period = "monthly" } : null;
        if (isLimited)
        {
            await SendAsync(HttpMethod.Patch, "/v1/account", new { budget });
            await SendAsync(HttpMethod.Patch, "/v1/keys/" + keyId, new { budget });
        }
        var made = await SendAsync(HttpMethod.Post, "/v1/virtual-keys", new
        {
            name = "bench",
            cancelsOnHangUp = true,
            providerKeyIds = new[] { keyId },
            budget,
            rateLimits = isLimited
                ? new { requestsPerMinute = 100_000_000, tokensPerMinute = 1_000_000_000, concurrent = 10_000, centsPerHour = 100_000_000 }
                : null,
        });
        return made.GetProperty("virtualKey").GetString()!;

        async Task<JsonElement> SendAsync(HttpMethod method, string path, object body)
        {
            using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
            using var answer = await client.SendAsync(request, cancel);
            var text = await answer.Content.ReadAsStringAsync(cancel);
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException($"KeyPass answered {path} with {(int)answer.StatusCode}: {text}");
            return text.Length == 0
                ? default
                : JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false }).RootElement.GetProperty("data").Clone();
        }
    }

    private string? FindNginx()
    {
        string[] places = [Path.Combine(root, "bench/peers/nginx/usr/sbin/nginx"), "/usr/sbin/nginx"];
        return Array.Find(places, File.Exists);
    }

    /// <summary>One process, kept connections, nothing buffered, a fixed key in the caller's place.</summary>
    private async Task AddNginxAsync(string binary)
    {
        var (port, file) = (Contender.FreePort(), Path.Combine(folder, "nginx.conf"));
        await File.WriteAllTextAsync(file, $$"""
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/nginx-errors.log;
            events { worker_connections 4096; }
            http {
              access_log {{folder}}/nginx-access.log;
              client_body_temp_path {{folder}};
              proxy_temp_path {{folder}};
              fastcgi_temp_path {{folder}};
              uwsgi_temp_path {{folder}};
              scgi_temp_path {{folder}};
              keepalive_requests 1000000000;
              upstream provider { server 127.0.0.1:{{Text(_upstream)}}; keepalive 256; keepalive_requests 1000000000; }
              server {
                listen 127.0.0.1:{{Text(port)}};
                location / {
                  proxy_pass http://provider;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_set_header Authorization "Bearer unused";
                  proxy_buffering off;
                  client_body_buffer_size 64k;
                }
              }
            }

            """);
        await AddAsync(Nginx, port, gatewayProcessors, [binary, "-c", file, "-e", Path.Combine(folder, "nginx-errors.log")], new Dictionary<string, string>());
    }

    private async Task AddPortkeyAsync(string start)
    {
        var port = Contender.FreePort();
        await AddAsync(
            Portkey, port, gatewayProcessors, ["node", start, "--headless", "--port=" + Text(port)],
            new Dictionary<string, string> { ["NODE_ENV"] = "production" },
            ("x-portkey-provider", "openai"), ("x-portkey-custom-host", Address(_upstream) + "/v1"));
    }
}
