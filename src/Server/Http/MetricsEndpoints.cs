namespace KeyPass.Server.Http;

/// <summary><c>/metrics</c> in Prometheus's text form, for a collector on this machine. (A collector elsewhere: OTLP.)</summary>
internal static class MetricsEndpoints
{
    public static void AddMetricsText(this IServiceCollection services) => services.AddSingleton<PrometheusText>();

    public static void MapMetrics(this WebApplication app)
    {
        // Listening from the start, not from the first scrape on.
        var metrics = app.Services.GetRequiredService<PrometheusText>();
        app.MapGet("/metrics", () => TypedResults.Text(metrics.Write(), "text/plain; version=0.0.4; charset=utf-8"))
            .Requires(Credentials.Loopback).AnswersWhileDraining().LoggedQuietly()
            .WithTags("Operation").WithName("getMetrics").WithSummary("Metrics in Prometheus's text form")
            .WithDescription("Answers callers on the server's own machine only.");
    }
}
