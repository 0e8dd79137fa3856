namespace KeyPass.Server.Http;

/// <summary>
/// One event, one line. The categories that print what clients sent (request lines, headers, raw bytes) are dropped at the sink, whatever
/// level is configured: a query or header may hold a credential.
/// </summary>
internal static class Logs
{
    public static void AddLogs(this WebApplicationBuilder builder, bool asJson)
    {
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("Npgsql", LogLevel.Warning);
        // Dropped at the sink in any case; while it may speak, the host makes an activity and a scope for each request.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Services.AddSingleton<ILoggerProvider>(services =>
        {
            var format = new LineFormat(asJson, services.GetRequiredService<TimeProvider>());
            return new LineLog(new LineBatch(Console.OpenStandardOutput(), format), format);
        });
    }
}
