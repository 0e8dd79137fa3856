using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;

namespace KeyPass.Server.Http;

/// <summary>One event, one line: text for a person at a terminal, JSON for a collector.</summary>
internal sealed class LineFormat(bool asJson, TimeProvider clock)
{
    /// <summary>A start that fails is one sentence, from the command line; the host would print the whole exception as well.</summary>
    public const string SaidOtherwise = "HostedServiceStartupFaulted";

    /// <summary>An exception's may be longer; its buffer is not kept.</summary>
    private const int UsualLine = 16 * 1024;

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

    /// <summary>Of the values in our own sentences: there are as many as the code has.</summary>
    private static readonly ConcurrentDictionary<string, JsonEncodedText> Names = new(StringComparer.Ordinal);

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    public static bool IsSilenced(string category)
    {
        foreach (var prefix in Silenced)
        {
            if (category.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    /// <summary>A sentence of the log's own.</summary>
    public ReadOnlySpan<byte> Write(string sentence) => Write(new LogEntry<string>(
        LogLevel.Warning, "KeyPass.Log", default, sentence, exception: null, static (text, _) => text), scopes: null);

    /// <summary>The line in this thread's buffer, until the next one.</summary>
    public ReadOnlySpan<byte> Write<TState>(scoped in LogEntry<TState> entry, IExternalScopeProvider? scopes)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        if (_buffer is null or { Capacity: > UsualLine })
            _buffer = new ArrayBufferWriter<byte>(512);
        var buffer = _buffer;
        buffer.ResetWrittenCount();
        if (asJson)
            WriteJson(buffer, entry, message, FindRequestId(scopes));
        else
            WriteText(buffer, entry, message, FindRequestId(scopes));
        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private void WriteText<TState>(ArrayBufferWriter<byte> line, in LogEntry<TState> entry, string message, string? requestId)
    {
        clock.GetUtcNow().TryFormat(line.GetSpan(16), out var size, "HH:mm:ss.fff", CultureInfo.InvariantCulture);
        line.Advance(size);
        line.Write(" "u8);
        Append(line, Level(entry.LogLevel));
        line.Write(" "u8);
        Append(line, message.ReplaceLineEndings(" ⏎ "));
        if (requestId is not null)
        {
            line.Write("  ["u8);
            Append(line, requestId);
            line.Write("]"u8);
        }
        if (entry.Exception is { } exception)
        {
            line.Write("\n"u8);
            Append(line, exception.ToString());
        }
    }

    private void WriteJson<TState>(ArrayBufferWriter<byte> line, in LogEntry<TState> entry, string message, string? requestId)
    {
        var json = _json ??= new Utf8JsonWriter(line);
        json.Reset(line);
        json.WriteStartObject();
        json.WriteString("time"u8, clock.GetUtcNow());
        json.WriteString("level"u8, Level(entry.LogLevel).AsSpan().TrimEnd());
        json.WriteString("category"u8, entry.Category);
        json.WriteString("message"u8, message);
        if (requestId is not null)
            json.WriteString("requestId"u8, requestId);
        if (entry.State is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            for (var place = 0; place < values.Count; place++)
            {
                var (name, value) = values[place];
                if (name != "{OriginalFormat}")
                    json.WriteString(NameOf(name), Convert.ToString(value, CultureInfo.InvariantCulture));
            }
        }
        if (entry.Exception is { } exception)
            json.WriteString("exception"u8, exception.ToString());
        json.WriteEndObject();
        json.Flush();
    }

    private static JsonEncodedText NameOf(string name) =>
        Names.GetOrAdd(name, static one => JsonEncodedText.Encode(JsonNamingPolicy.CamelCase.ConvertName(one)));

    private static void Append(ArrayBufferWriter<byte> line, string text) => Encoding.UTF8.GetBytes(text, line);

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
