using KeyPass.Server.Accounts;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KeyPass.Server.Tests.Support;

/// <summary>
/// The whole server in this process: the real composition, a real port, a real database. Tests talk to it as a client would.
/// </summary>
public sealed class KeyPassServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Database _database;
    private readonly Ring _ring;

    private KeyPassServer(WebApplication app, Database database, Ring ring, string ringFile)
    {
        (_app, _database, _ring, RingFile) = (app, database, ring, ringFile);
        Address = new Uri(app.Urls.First());
        Client = NewClient();
    }

    public Uri Address { get; }

    /// <summary>Without a credential; what it receives is kept for the canary.</summary>
    public HttpClient Client { get; }

    public string RingFile { get; }

    internal Database Database => _database;
    internal IServiceProvider Services => _app.Services;

    /// <summary>The name under which it leases parts of budgets now.</summary>
    internal Guid Incarnation => _app.Services.GetRequiredService<KeyPass.Server.Budgets.Node>().Incarnation;

    public static async Task<KeyPassServer> StartAsync(
        TestCluster cluster, bool withProbe = true, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null,
        params (string Name, string Value)[] settings)
    {
        var values = settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value);
        values["urls"] = "http://127.0.0.1:0";
        // A second server of the same kind is given the database and the ring of the first.
        if (!values.ContainsKey("ConnectionStrings:KeyPass"))
            values["ConnectionStrings:KeyPass"] = await cluster.NewMigratedDatabaseAsync();
        values["KeyPass:LogFormat"] = "json";
        values.TryAdd("KeyPass:RingFile", Path.Combine(Artifacts.NewFolder("ring"), "ring"));
        values.TryAdd("KeyPass:DataDirectory", Artifacts.NewFolder("data"));
        var read = Settings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        var database = await Database.OpenAsync(read.Database, CancellationToken.None);
        var ring = await new RingStore(database, TimeProvider.System).OpenAsync(read.RingFile, CancellationToken.None);
        var app = Program.Compose(read, database, ring, builder =>
        {
            builder.Services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(new RecordingLog());
            add?.Invoke(builder);
        }, app =>
        {
            if (withProbe)
                Probe.Map(app);
            map?.Invoke(app);
        });
        await app.StartAsync();
        // As the command line does: what asks the server to stop, stops it.
        _ = app.WaitForShutdownAsync();
        return new KeyPassServer(app, database, ring, read.RingFile);
    }

    public HttpClient NewClient() => new(new RecordingHandler { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false } })
    {
        BaseAddress = Address,
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>A client signed in as somebody new, by the product's own front door.</summary>
    public async Task<HttpClient> AsAsync(string name)
    {
        var client = NewClient();
        await new TestAccount(name).RegisterAsync(client);
        return client;
    }

    /// <summary>As <c>./run operator</c> does.</summary>
    internal Task MakeOperatorAsync(TestAccount account) => new OperatorStore(_database)
        .AddAsync(EmailAddress.FromStored(account.Email), TimeProvider.System, CancellationToken.None);

    internal async Task<long> CountAsync(string table)
    {
        await using var count = _database.Source.CreateCommand($"SELECT count(*) FROM {table}");
        return (long)(await count.ExecuteScalarAsync())!;
    }

    /// <summary>What no request does: time that passed, a row that somebody altered.</summary>
    internal async Task ExecuteAsync(string sql)
    {
        await using var command = _database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Every route the server has, with what it says about itself.</summary>
    internal IReadOnlyList<Route> Routes() =>
    [
        .. _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(Route.Of).OrderBy(route => route.ToString(), StringComparer.Ordinal),
    ];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
        _ring.Dispose();
    }
}
