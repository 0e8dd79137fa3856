using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Support;

/// <summary>A provider on this machine: answers what it is told to, and remembers what it was asked. What it saw is no leak: it is meant to.</summary>
internal sealed class FakeProvider : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeProvider(WebApplication app) => _app = app;

    internal sealed record Asked(string Line, IReadOnlyDictionary<string, string> Headers, byte[] Body)
    {
        public string Text => System.Text.Encoding.UTF8.GetString(Body);
    }

    public ConcurrentQueue<Asked> Requests { get; } = [];

    /// <summary>Also those that never became a request.</summary>
    public ConcurrentQueue<string> Connections { get; } = [];

    public int Status { get; set; } = 200;

    /// <summary>What it answers with, once the request was read; without one, an empty object.</summary>
    public Func<HttpContext, Task>? Answer { get; set; }

    public string Address => _app.Urls.First();

    public static async Task<FakeProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = null);
        FakeProvider? provider = null;
        builder.WebHost.ConfigureKestrel(server => server.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection =>
        {
            provider!.Connections.Enqueue(connection.ConnectionId);
            return next(connection);
        })));
        var app = builder.Build();
        provider = new FakeProvider(app);
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var asked = new Asked(
                $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}",
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                body.ToArray());
            provider.Requests.Enqueue(asked);
            context.Items[typeof(Asked)] = asked;
            context.Response.StatusCode = provider.Status;
            if (provider.Status is >= 300 and < 400)
                context.Response.Headers.Location = "/elsewhere";
            await (provider.Answer?.Invoke(context) ?? context.Response.WriteAsync("{}"));
        });
        await app.StartAsync();
        return provider;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
