using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace KeyPass.Server.Http;

/// <summary>
/// One event, one line: text for a person at a terminal, JSON for a collector. The categories that print what clients sent
/// (request lines, headers, raw bytes) are dropped here, whatever level is configured: a query or header may hold a credential.
/// </summary>
internal static class Logs
{
    public static void AddLogs(this WebApplicationBuilder builder, bool asJson)
    {
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("Npgsql", LogLevel.Warning);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddConsole(options => options.FormatterName = LineFormatter.FormatterName);
        builder.Services.AddSingleton<ConsoleFormatter>(services => new LineFormatter(asJson, services.GetRequiredService<TimeProvider>()));
    }

    internal sealed class LineFormatter(bool asJson, TimeProvider clock) : ConsoleFormatter(FormatterName)
    {
        public const string FormatterName = "keypass";

        /// <summary>
        /// Hosting.Diagnostics: path and query of each request. Kestrel's: raw request lines (BadRequests), headers and frames
        /// (Http2, Http3, Connections at Trace). Routing and static parts: the path at Debug. HTTP clients: headers at Trace.
        /// </summary>
        private static readonly string[] Silenced =
        [
            "Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Server.Kestrel.BadRequests", "Microsoft.AspNetCore.Server.Kestrel.Http",
            "Microsoft.AspNetCore.Server.Kestrel.Connections", "Microsoft.AspNetCore.Server.Kestrel.Transport", "Microsoft.AspNetCore.Routing",
            "Microsoft.AspNetCore.HttpLogging", "Microsoft.AspNetCore.HostFiltering", "Microsoft.AspNetCore.HttpOverrides", "Microsoft.AspNetCore.Http",
            "System.Net.Http",
        ];

        /// <summary>A start that fails is one sentence, from the command line; the host would print the whole exception as well.</summary>
        private const string SaidOtherwise = "HostedServiceStartupFaulted";

        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
        {
            var category = logEntry.Category;
            if (Silenced.Any(prefix => category.StartsWith(prefix, StringComparison.Ordinal)) || logEntry.EventId.Name == SaidOtherwise)
                return;
            var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
            var requestId = FindRequestId(scopeProvider);
            textWriter.WriteLine(asJson ? Json(logEntry, message, requestId) : Text(logEntry, message, requestId));
        }

        private string Text<TState>(in LogEntry<TState> entry, string message, string? requestId)
        {
            var line = new StringBuilder();
            line.Append(clock.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)).Append(' ').Append(Level(entry.LogLevel)).Append(' ')
                .Append(message.ReplaceLineEndings(" ⏎ "));
            if (requestId is not null)
                line.Append("  [").Append(requestId).Append(']');
            if (entry.Exception is { } exception)
                line.Append('\n').Append(exception);
            return line.ToString();
        }

        private string Json<TState>(in LogEntry<TState> entry, string message, string? requestId)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                json.WriteString("time", clock.GetUtcNow());
                json.WriteString("level", Level(entry.LogLevel).TrimEnd());
                json.WriteString("category", entry.Category);
                json.WriteString("message", message);
                if (requestId is not null)
                    json.WriteString("requestId", requestId);
                if (entry.State is IReadOnlyList<KeyValuePair<string, object?>> values)
                {
                    foreach (var (name, value) in values.Where(pair => pair.Key != "{OriginalFormat}"))
                        json.WriteString(JsonNamingPolicy.CamelCase.ConvertName(name), Convert.ToString(value, CultureInfo.InvariantCulture));
                }
                if (entry.Exception is { } exception)
                    json.WriteString("exception", exception.ToString());
                json.WriteEndObject();
            }
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }

        private static string? FindRequestId(IExternalScopeProvider? scopes)
        {
            string? found = null;
            scopes?.ForEachScope((scope, _) =>
            {
                if (scope is IEnumerable<KeyValuePair<string, object>> pairs)
                    found = pairs.FirstOrDefault(pair => pair.Key == "RequestId").Value as string ?? found;
            }, 0);
            return found;
        }

        private static string Level(LogLevel level) => level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info ",
            LogLevel.Warning => "warn ",
            LogLevel.Error or LogLevel.Critical or LogLevel.None => "error",
            _ => "error",
        };
    }
}
