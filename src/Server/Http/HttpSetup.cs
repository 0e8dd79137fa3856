using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KeyPass.Server.Http;

internal sealed record HttpSettings(
    IReadOnlyList<string> Urls, Uri PublicUrl, IReadOnlyList<IPNetwork> TrustedProxies, TimeSpan StopWithin, bool LogAsJson, string? TelemetryEndpoint);

/// <summary>What every request passes before it reaches a slice, in this order.</summary>
internal static class HttpSetup
{
    public static void AddHttp(this WebApplicationBuilder builder, HttpSettings settings)
    {
        builder.AddLogs(settings.LogAsJson);
        builder.WebHost.UseUrls([.. settings.Urls]);
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.Configure<KestrelServerOptions>(Limits.Apply);
        services.ConfigureHttpJsonOptions(options => StrictJson.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        // The drain has waited already; what is left is cut.
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(2));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Draining>(provider, settings.StopWithin));
        services.AddSingleton<IHostLifetime>(provider => provider.GetRequiredService<Draining>());
        services.AddRouteAuth();
        services.AddIdempotency();
        services.AddApiDescription();
        services.AddMetricsText();
        services.AddPages();
        services.AddTelemetry(settings.TelemetryEndpoint);
    }

    public static void UseHttp(this WebApplication app, HttpSettings settings)
    {
        app.UseTrustedProxies(settings.TrustedProxies);
        app.UseSecurityHeaders(overTls: settings.PublicUrl.Scheme == Uri.UriSchemeHttps);
        app.UseRequestIds();
        app.UseExceptionMap();
        app.UseStrictFraming();
        app.UseDraining();
        app.UseOwnAdmission();
        app.UsePageForUnknownAddresses();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseIdempotency();
    }
}
