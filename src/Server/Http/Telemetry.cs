using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KeyPass.Server.Http;

/// <summary>
/// Metrics and traces to a collector, when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one (the exporter reads that and its
/// sister variables itself). Spans carry route, method, status and request id; no path, query, header or body.
/// </summary>
internal static class Telemetry
{
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this IServiceCollection services, string? endpoint)
    {
        if (string.IsNullOrEmpty(endpoint))
            return;
        services.AddHostedService(_ => new Exporters());
    }

    private sealed class Exporters : IHostedService, IDisposable
    {
        private MeterProvider? _metrics;
        private TracerProvider? _traces;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            var resource = ResourceBuilder.CreateDefault().AddService("keypass", serviceVersion: HealthEndpoints.Version);
            _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
                .AddMeter(PrometheusText.Meters)
                .AddOtlpExporter().Build();
            _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
                .AddSource("KeyPass", "Microsoft.AspNetCore")
                .AddOtlpExporter().Build();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            // What the last seconds measured goes out before the process does.
            _metrics?.ForceFlush((int)TimeSpan.FromSeconds(2).TotalMilliseconds);
            _traces?.ForceFlush((int)TimeSpan.FromSeconds(2).TotalMilliseconds);
            return Task.CompletedTask;
        }

        public void Dispose()
        {
            _metrics?.Dispose();
            _traces?.Dispose();
        }
    }
}
