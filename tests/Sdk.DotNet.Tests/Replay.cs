using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KeyPass.Sdk.Tests;

/// <summary>A server that says what it was told to say, and remembers what it heard.</summary>
public sealed class Replay : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<RequestDelegate>> _next = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RequestDelegate> _always = new(StringComparer.Ordinal);

    private Replay(WebApplication app) => _app = app;

    public ConcurrentQueue<Heard> Requests { get; } = new();

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public Heard Last => Requests.Last();

    public static async Task<Replay> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var replay = new Replay(builder.Build());
        replay._app.Run(replay.AnswerAsync);
        await replay._app.StartAsync();
        return replay;
    }

    /// <summary>What comes next at <c>METHOD /path</c>, each once and before what always comes.</summary>
    public void Next(string route, params RequestDelegate[] answers)
    {
        foreach (var answer in answers)
            _next.GetOrAdd(route, _ => new()).Enqueue(answer);
    }

    public void Always(string route, RequestDelegate answer) => _always[route] = answer;

    public KeyPassClient Client(int maxRetries = 2, TimeSpan? timeout = null) => new(Options(maxRetries, timeout));

    public KeyPassOptions Options(int maxRetries = 2, TimeSpan? timeout = null) => new()
    {
        ClientId = "kp_cid_1",
        ClientSecret = Contract.Secret,
        BaseUrl = Url,
        MaxRetries = maxRetries,
        Timeout = timeout ?? TimeSpan.FromSeconds(60),
        ProviderTimeout = timeout ?? TimeSpan.FromSeconds(60),
    };

    public static RequestDelegate Success(object data) => Json(200, new { success = true, data });

    public static RequestDelegate Refusal(int status, string code, object? more = null, string? retryAfter = null) => context =>
    {
        if (retryAfter is not null)
            context.Response.Headers.RetryAfter = retryAfter;
        var error = JsonSerializer.SerializeToNode(more ?? new { }, JsonSerializerOptions.Web)!.AsObject();
        error["code"] = code;
        error["message"] = $"It is {code}.";
        error["requestId"] = "req_1";
        return Json(status, new { success = false, error })(context);
    };

    public static RequestDelegate Json(int status, object body) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers["x-keypass-request-id"] = "req_h";
        return context.Response.WriteAsJsonAsync(body, JsonSerializerOptions.Web);
    };

    /// <summary>A streamed answer in the pieces in which it is to travel.</summary>
    public static RequestDelegate Streamed(params byte[][] pieces) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["x-keypass-request-id"] = "req_s";
        foreach (var piece in pieces)
        {
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
        }
    };

    public static RequestDelegate Streamed(params string[] pieces) => Streamed([.. pieces.Select(Encoding.UTF8.GetBytes)]);

    public static Task HangUp(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Says nothing until the caller is gone.</summary>
    public static Task Silence(HttpContext context) =>
        Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var request = context.Request;
        var headers = request.Headers.ToDictionary(one => one.Key, one => one.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Requests.Enqueue(new Heard(request.Method, request.Path + request.QueryString, headers, body));
        var route = $"{request.Method} {request.Path}";
        var answer = _next.TryGetValue(route, out var queue) && queue.TryDequeue(out var next) ? next
            : _always.GetValueOrDefault(route) ?? Refusal(404, "not_found");
        await answer(context);
    }
}
