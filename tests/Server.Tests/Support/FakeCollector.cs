using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace KeyPass.Server.Tests.Support;

/// <summary>An OTLP collector over HTTP that keeps what it is sent. Protobuf carries names and values as plain text inside.</summary>
internal sealed class FakeCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Text)> _bodies = new();

    private FakeCollector(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());
    public IReadOnlyCollection<(string Path, string Text)> Bodies => _bodies;

    public static async Task<FakeCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new FakeCollector(app);
        app.Run(async context =>
        {
            using var buffer = new MemoryStream();
            await context.Request.Body.CopyToAsync(buffer);
            collector._bodies.Enqueue((context.Request.Path, Encoding.Latin1.GetString(buffer.ToArray())));
        });
        await app.StartAsync();
        return collector;
    }

    public async Task WaitForAsync(string path, string text)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!_bodies.Any(body => body.Path == path && body.Text.Contains(text, StringComparison.Ordinal)))
        {
            Assert.False(limit.IsCancellationRequested, $"'{text}' never arrived at {path}; what did: "
                + $"{string.Join(", ", _bodies.Select(body => body.Path).Distinct())}");
            await Task.Delay(50);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
