using System.Net.Http.Headers;
using KeyPass.Server.Persistence;
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

    private KeyPassServer(WebApplication app, Database database)
    {
        (_app, _database) = (app, database);
        Address = new Uri(app.Urls.First());
        Client = NewClient();
    }

    public Uri Address { get; }

    /// <summary>Without a credential; what it receives is kept for the canary.</summary>
    public HttpClient Client { get; }

    internal Database Database => _database;
    internal IServiceProvider Services => _app.Services;

    public static async Task<KeyPassServer> StartAsync(
        TestCluster cluster, bool withProbe = true, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null,
        params (string Name, string Value)[] settings)
    {
        var values = settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value);
        values["urls"] = "http://127.0.0.1:0";
        values["ConnectionStrings:KeyPass"] = await cluster.NewDatabaseAsync();
        values["KeyPass:LogFormat"] = "json";
        var read = Settings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        var database = await Database.OpenAsync(read.Database, CancellationToken.None);
        var app = Program.Compose(read, database, builder =>
        {
            builder.Services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(new RecordingLog());
            if (withProbe)
                Probe.Add(builder);
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
        return new KeyPassServer(app, database);
    }

    public HttpClient NewClient() => new(new RecordingHandler { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false } })
    {
        BaseAddress = Address,
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>A client signed in as somebody, by the probe's own credential.</summary>
    public HttpClient As(string account)
    {
        var client = NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Probe.CredentialOf(account));
        return client;
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
    }
}
