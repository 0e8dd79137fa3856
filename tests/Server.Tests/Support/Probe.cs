using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Encodings.Web;
using KeyPass.Server.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KeyPass.Server.Tests.Support;

/// <summary>
/// A slice that exists only here: routes of every kind for the guards to bite on. What holds for it holds for every slice,
/// because both go through the same door.
/// </summary>
internal static class Probe
{
    private static readonly ConcurrentDictionary<string, (string Owner, string Name)> Things = new();

    internal sealed record NewThing(string Name, int? Count = null, NewThing? Inner = null);

    internal sealed record Thing(string Id, string Name);

    public static string CredentialOf(string account) => $"probe-{account}";

    public static void Add(WebApplicationBuilder builder)
    {
        // Only where the product has no scheme of that name yet.
        foreach (var kind in new[] { Credentials.Session, Credentials.ManagementToken })
        {
            builder.Services.AddAuthenticationCore(options =>
                options.AddScheme<ProbeHandler>(RouteAuth.SchemeName(kind), displayName: null));
        }
        builder.Services.AddSingleton(UrlEncoder.Default);
        builder.Services.AddSingleton<IOptionsMonitor<AuthenticationSchemeOptions>, OptionsMonitor<AuthenticationSchemeOptions>>();
        builder.Services.AddTransient<ProbeHandler>();
    }

    public static void Map(WebApplication app)
    {
        var probe = app.MapGroup("/v1/probe").WithTags("Probe");
        probe.MapPost("/echo", (NewThing body) => TypedResults.Ok(body)).OpenToAnyone();
        probe.MapPost("/openai", (NewThing body) => TypedResults.Ok(body)).OpenToAnyone().WithMetadata(Dialect.OpenAi);
        probe.MapPost("/anthropic", (NewThing body) => TypedResults.Ok(body)).OpenToAnyone().WithMetadata(Dialect.Anthropic);
        probe.MapPost("/bytes", ReadAllAsync).OpenToAnyone();
        probe.MapGet("/search", (int limit) => TypedResults.Ok(limit)).OpenToAnyone();
        probe.MapGet("/fail", string () => throw new InvalidOperationException("the probe fails on purpose")).OpenToAnyone();
        probe.MapGet("/stream", StreamAsync).OpenToAnyone();

        probe.MapPost("/things", Create).Requires(Credentials.Session | Credentials.ManagementToken);
        probe.MapGet("/things/{id}", Find).Requires(Credentials.Session | Credentials.ManagementToken);
        probe.MapDelete("/things/{id}", Delete).Requires(Credentials.Session);
    }

    private static IResult Create(NewThing body, ClaimsPrincipal user)
    {
        var thing = new Thing(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"), body.Name);
        Things[thing.Id] = (user.Identity!.Name!, thing.Name);
        return TypedResults.Created($"/v1/probe/things/{thing.Id}", thing);
    }

    private static IResult Find(string id, ClaimsPrincipal user) =>
        Things.TryGetValue(id, out var thing) && thing.Owner == user.Identity!.Name
            ? TypedResults.Ok(new Thing(id, thing.Name))
            : Refusals.NotFound.Because("There is no such thing, or it is not yours.");

    private static IResult Delete(string id, ClaimsPrincipal user) =>
        Things.TryGetValue(id, out var thing) && thing.Owner == user.Identity!.Name && Things.TryRemove(id, out _)
            ? TypedResults.NoContent()
            : Refusals.NotFound.Because("There is no such thing, or it is not yours.");

    private static async Task<IResult> ReadAllAsync(HttpRequest request)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        return TypedResults.Ok(buffer.Length);
    }

    /// <summary>Ten events a second until the client or the server ends it.</summary>
    private static async Task StreamAsync(HttpContext context, int events)
    {
        context.Response.ContentType = "text/event-stream";
        for (var number = 1; number <= events; number++)
        {
            await context.Response.WriteAsync($"data: {number}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(TimeSpan.FromMilliseconds(100), context.RequestAborted);
        }
    }

    private sealed class ProbeHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            const string prefix = "Bearer probe-";
            var header = Request.Headers.Authorization.ToString();
            if (!header.StartsWith(prefix, StringComparison.Ordinal))
                return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, header[prefix.Length..])], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
