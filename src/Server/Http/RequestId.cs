using System.Diagnostics;

namespace KeyPass.Server.Http;

/// <summary>
/// Every answer carries one, and every log line and receipt of the request the same one. Version 7: ids sort by time, and a
/// receipt is found by its id alone because the id tells its day.
/// </summary>
internal static class RequestId
{
    public const string Header = "x-keypass-request-id";
    private const string Prefix = "req_";
    private static readonly object ItemKey = new();

    /// <summary>Around everything that is logged for the request.</summary>
    internal sealed record Scope(string Id);

    public static string Of(HttpContext context) => (string)context.Items[ItemKey]!;

    /// <summary>The id inside: a receipt's.</summary>
    public static Guid GuidOf(HttpContext context) => Guid.ParseExact(Of(context).AsSpan(Prefix.Length), "N");

    public static void UseRequestIds(this WebApplication app)
    {
        var clock = app.Services.GetRequiredService<TimeProvider>();
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("KeyPass.Request");
        app.Use(async (context, next) =>
        {
            var id = $"{Prefix}{Guid.CreateVersion7(clock.GetUtcNow()):N}";
            context.Items[ItemKey] = id;
            context.Response.Headers[Header] = id;
            Activity.Current?.SetTag("keypass.request_id", id);

            var started = clock.GetTimestamp();
            using (log.BeginScope(new Scope(id)))
            {
                await next(context);
                // The template, never the path: a path or query can hold what a person typed, or a credential.
                var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";
                var level = context.Response.StatusCode >= 500 ? LogLevel.Error : QuietRoute(context) ? LogLevel.Debug : LogLevel.Information;
                log.Log(level, "{Method} {Route} {Status} {Milliseconds:F1} ms", KnownMethod(context.Request.Method), route,
                    context.Response.StatusCode, clock.GetElapsedTime(started).TotalMilliseconds);
            }
        });
    }

    /// <summary>Probes and pages would drown the calls that matter.</summary>
    private static bool QuietRoute(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<QuietMark>() is not null;

    /// <summary>A method is free text from the client: only the known ones are written.</summary>
    private static string KnownMethod(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" ? method : "(other)";

    public static TBuilder LoggedQuietly<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(QuietMark.Instance);

    private sealed class QuietMark
    {
        public static readonly QuietMark Instance = new();
    }
}
