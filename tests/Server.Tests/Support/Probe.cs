using System.Collections.Concurrent;
using System.Security.Claims;
using KeyPass.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Support;

/// <summary>
/// A slice that exists only here: routes of every kind for the guards to bite on. What holds for it holds for every slice,
/// because both go through the same door.
/// </summary>
internal static class Probe
{
    private static readonly ConcurrentDictionary<string, (Guid Owner, string Name)> Things = new();

    internal sealed record NewThing(string Name, int? Count = null, NewThing? Inner = null);

    internal sealed record Thing(string Id, string Name);

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

        probe.MapPost("/things", Create).Requires(Credentials.Session);
        probe.MapGet("/things/{id}", Find).Requires(Credentials.Session);
        probe.MapDelete("/things/{id}", Delete).Requires(Credentials.Session);
    }

    private static IResult Create(NewThing body, ClaimsPrincipal user)
    {
        var thing = new Thing(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"), body.Name);
        Things[thing.Id] = (user.AccountId(), thing.Name);
        return TypedResults.Created($"/v1/probe/things/{thing.Id}", thing);
    }

    private static IResult Find(string id, ClaimsPrincipal user) =>
        Things.TryGetValue(id, out var thing) && thing.Owner == user.AccountId()
            ? TypedResults.Ok(new Thing(id, thing.Name))
            : Refusals.NotFound.Because("There is no such thing, or it is not yours.");

    private static IResult Delete(string id, ClaimsPrincipal user) =>
        Things.TryGetValue(id, out var thing) && thing.Owner == user.AccountId() && Things.TryRemove(id, out _)
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
}
