using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
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
        // Dropped at the sink in any case; while it may speak, the host makes an activity and a scope for each request.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
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
            if (IsSilenced(category) || logEntry.EventId.Name == SaidOtherwise)
                return;
            var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
            var requestId = FindRequestId(scopeProvider);
            textWriter.WriteLine(asJson ? Json(logEntry, message, requestId) : Text(logEntry, message, requestId));
        }

        private static bool IsSilenced(string category)
        {
            foreach (var prefix in Silenced)
            {
                if (category.StartsWith(prefix, StringComparison.Ordinal))
                    return true;
            }
            return false;
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
                    for (var place = 0; place < values.Count; place++)
                    {
                        var (name, value) = values[place];
                        if (name != "{OriginalFormat}")
                            json.WriteString(JsonNamingPolicy.CamelCase.ConvertName(name), Convert.ToString(value, CultureInfo.InvariantCulture));
                    }
                }
                if (entry.Exception is { } exception)
                    json.WriteString("exception", exception.ToString());
                json.WriteEndObject();
            }
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }

        private static string? FindRequestId(IExternalScopeProvider? scopes)
        {
            var found = new StrongBox<string?>();
            scopes?.ForEachScope(static (scope, box) => box.Value = (scope as RequestId.Scope)?.Id ?? box.Value, found);
            return found.Value;
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
