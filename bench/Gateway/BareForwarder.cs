using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KeyPass.Bench.Gateway;

/// <summary>
/// The base line: the same server and the same client as KeyPass's, and nothing between them. It puts a fixed key in the caller's place
/// and passes bytes; it knows nobody, counts nothing and writes nothing down.
/// </summary>
internal static class BareForwarder
{
    public static async Task<int> RunAsync(int port, Uri upstream, CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<KestrelServerOptions>(server => server.Listen(IPAddress.Loopback, port));
        await using var app = builder.Build();
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
        });
        app.Run(http => ForwardAsync(http, client, upstream));
        await app.StartAsync(cancel);
        await app.WaitForShutdownAsync(cancel);
        return 0;
    }

    private static async Task ForwardAsync(HttpContext http, HttpMessageInvoker client, Uri upstream)
    {
        var address = new UriBuilder(upstream) { Path = http.Request.Path }.Uri;
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StreamContent(http.Request.Body) };
        request.Content.Headers.ContentLength = http.Request.ContentLength;
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(http.Request.ContentType!);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "unused");
        try
        {
            using var answer = await client.SendAsync(request, http.RequestAborted);
            http.Response.StatusCode = (int)answer.StatusCode;
            http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            http.Response.ContentLength = answer.Content.Headers.ContentLength;
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await using var stream = await answer.Content.ReadAsStreamAsync(http.RequestAborted);
            // Kestrel sends on each write; CopyTo writes what each read brought.
            await stream.CopyToAsync(http.Response.Body, http.RequestAborted);
        }
        catch (HttpRequestException)
        {
            http.Response.StatusCode = StatusCodes.Status502BadGateway;
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            http.Abort();
        }
    }
}
