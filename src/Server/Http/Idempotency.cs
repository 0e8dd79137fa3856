using System.Text.Json;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Http;

/// <summary>
/// <c>Idempotency-Key</c>: a caller that lost an answer asks again, and the change is made once. What is remembered is that a request was
/// begun, before it runs, and its answer, after it. docs/decisions/0011-idempotency-beside-the-change.md has the reasons.
/// </summary>
internal static class Idempotency
{
    public const string Header = "Idempotency-Key";
    public const int LongestName = 255;

    private const string ReplayedHeader = "x-keypass-replayed";

    private const Credentials Accounts = Credentials.Session | Credentials.ManagementToken | Credentials.Operator;

    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSingleton<IdempotencyStore>();
        services.AddHostedService<IdempotencySweep>();
    }

    /// <summary>After the credential: what is remembered is an account's.</summary>
    public static void UseIdempotency(this WebApplication app) => app.Use((context, next) =>
        context.Request.Headers.ContainsKey(Header) && context.GetEndpoint() is { } route && AppliesTo(route.Metadata, context.Request.Method)
            ? RunOnceAsync(context, next)
            : next(context));

    /// <summary>The writes of an account. A route that only asks may be asked again, and a forwarded call's header is its provider's.</summary>
    public static bool AppliesTo(IEnumerable<object> metadata, string? method) =>
        method is "POST" or "PUT" or "PATCH" or "DELETE" && !metadata.OfType<ApiDescription.OnlyAsks>().Any()
        && metadata.OfType<RouteAuth>().LastOrDefault() is { Accepted: not Credentials.None } auth && (auth.Accepted & ~Accounts) == 0;

    /// <summary>For a route that decides itself what asking again does. The mark is null where the caller gave the request no name.</summary>
    public static (byte[]? Mark, RefusalResult? Refusal) ReadMark(HttpRequest request, Ring ring, Guid owner)
    {
        if (!request.Headers.ContainsKey(Header))
            return (null, null);
        return NameIn(request) is { } name ? (RequestMark.OfName(ring, owner, name), null) : (null, BadName());
    }

    private static RefusalResult BadName() =>
        Refusals.InvalidRequest.Because($"'{Header}' takes 1 to {LongestName} visible ASCII characters, once.", Header);

    private static async Task RunOnceAsync(HttpContext context, RequestDelegate next)
    {
        if (NameIn(context.Request) is not { } name)
        {
            await BadName().ExecuteAsync(context);
            return;
        }
        var (store, ring, account) = (context.RequestServices.GetRequiredService<IdempotencyStore>(), context.RequestServices.GetRequiredService<Ring>(),
            context.User.AccountId());
        using var body = await TakeBodyAsync(context);
        var request = context.Request;
        var mark = RequestMark.OfName(ring, account, name);
        var fingerprint = RequestMark.Of(
            ring, account, name, $"{request.Method} {request.Path}{request.QueryString}", body.GetBuffer().AsSpan(0, (int)body.Length));
        try
        {
            var (mayRun, before) = await store.BeginAsync(account, mark, fingerprint, context.RequestAborted);
            if (mayRun)
                await RunAsync(context, next, store, account, mark);
            else
                await (before is null ? TooMany().ExecuteAsync(context) : AnswerAgainAsync(context, before, fingerprint));
        }
        finally
        {
            body.GetBuffer().AsSpan().Clear(); // a key or a password, it may be
        }
    }

    /// <summary>To its end, also when the caller goes away: he will ask what became of it.</summary>
    private static async Task RunAsync(HttpContext context, RequestDelegate next, IdempotencyStore store, Guid account, byte[] mark)
    {
        var (response, sent, aborted) = (context.Response, context.Response.Body, context.RequestAborted);
        using var held = new MemoryStream();
        (response.Body, context.RequestAborted) = (held, CancellationToken.None);
        try
        {
            await next(context);
        }
        catch (Exception failure) when (failure is BadHttpRequestException or JsonException)
        {
            // It was not even read. What breaks later may have changed something before, and stays begun.
            await store.ForgetAsync(account, mark);
            throw;
        }
        finally
        {
            (response.Body, context.RequestAborted) = (sent, aborted);
        }
        if (response.StatusCode is >= 200 and < 300)
            await store.FinishAsync(account, mark, response.StatusCode, response.Headers.Location, MayBeKept(context, held) ? held.ToArray() : null);
        else if (response.StatusCode < StatusCodes.Status500InternalServerError)
            await store.ForgetAsync(account, mark);
        if (held.Length > 0)
        {
            response.ContentLength = held.Length;
            await response.Body.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length), aborted);
            held.GetBuffer().AsSpan().Clear();
        }
    }

    private static RefusalResult TooMany() => Refusals.RateLimited.Because(
        $"Of an account {IdempotencyStore.MostForAccount} requests a day with an '{Header}' are remembered, and this is one more: send it without, or later.",
        retryAfter: TimeSpan.FromHours(1));

    private static Task AnswerAgainAsync(HttpContext context, IdempotencyStore.WriteRow before, byte[] fingerprint)
    {
        if (!before.Fingerprint.AsSpan().SequenceEqual(fingerprint))
            return Refusals.IdempotencyKeyReused.Because(
                $"This '{Header}' came with another request within the last day: use a new one for each change, and the same one only to ask again.", Header)
                .ExecuteAsync(context);
        if (before.Status is not { } status)
            return Refusals.AlreadyBegun.Because(
                $"This request was begun at {before.BegunAt:yyyy-MM-dd'T'HH:mm:ss'Z'} and has not said how it ended: ask again in a moment. If that "
                + $"does not change, look whether the change was made, and if not, send it with a new '{Header}'.", retryAfter: TimeSpan.FromSeconds(1))
                .ExecuteAsync(context);
        if (before.Answer is not { } answer)
            return Refusals.AlreadyDone.Because(
                "This was done, and its answer is given once: it held a secret, or was too long to keep. Look at what was made; where its secret is lost, "
                + "rotate it, or delete it and make another.").ExecuteAsync(context);
        context.Response.StatusCode = status;
        context.Response.Headers[ReplayedHeader] = "true";
        if (before.Location is not null)
            context.Response.Headers.Location = before.Location;
        if (answer.Length == 0)
            return Task.CompletedTask;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = answer.Length;
        return context.Response.Body.WriteAsync(answer, context.RequestAborted).AsTask();
    }

    /// <summary>What a secret may be in is not kept, whether its route says so or it stands there all the same.</summary>
    private static bool MayBeKept(HttpContext context, MemoryStream answer) =>
        answer.Length <= IdempotencyStore.LongestAnswer
        && context.GetEndpoint()!.Metadata.GetMetadata<ApiDescription.SecretAnswer>() is null
        && context.Response.Headers.SetCookie.Count == 0
        && !Credential.IsAnyIn(answer.GetBuffer().AsSpan(0, (int)answer.Length));

    private static string? NameIn(HttpRequest request) =>
        request.Headers[Header] is [{ Length: > 0 and <= LongestName } name] && !name.AsSpan().ContainsAnyExceptInRange('!', '~') ? name : null;

    /// <summary>Read once here and once by the route. In memory, and not in a file.</summary>
    private static async Task<MemoryStream> TakeBodyAsync(HttpContext context)
    {
        var body = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? Limits.BodyBytes, Limits.BodyBytes));
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        body.Position = 0;
        context.Request.Body = body;
        return body;
    }
}
