using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace KeyPass.Server.Http;

/// <summary>
/// Listens to the meters of the runtime, the web server, the database driver and KeyPass, and writes them as text. (The
/// exporter of the OpenTelemetry project for this is not on every package feed, and this is all of it that we need.)
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    /// <summary>A tag with free text in it would grow the page without end; past this many series an instrument keeps the ones it has.</summary>
    private const int SeriesPerInstrument = 2_000;

    /// <summary>What is measured; the collector by OTLP gets the same.</summary>
    public static readonly string[] Meters =
    [
        "KeyPass", "System.Runtime", "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
    ];

    private static readonly double[] DefaultBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, Family> _families = new();

    public PrometheusText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Meters.Contains(instrument.Meter.Name))
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, Family.For));
        };
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.Start();
    }

    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
            family.WriteTo(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private enum Kind { Counter, Gauge, Histogram }

    private sealed class Family
    {
        /// <summary>What a label writes with a backslash, and every end of a line.</summary>
        private static readonly SearchValues<char> Escaped = SearchValues.Create("\\\"\r\n\f\u0085\u2028\u2029");

        private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, Series>.AlternateLookup<ReadOnlySpan<char>> _byText;
        private readonly Kind _kind;
        private readonly bool _absolute;
        private readonly string _help;
        private readonly double[] _bounds;

        private Family(string name, Kind kind, bool absolute, string help, double[] bounds)
        {
            (Name, _kind, _absolute, _help, _bounds) = (name, kind, absolute, help, bounds);
            _byText = _series.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        public string Name { get; }

        public static Family For(Instrument instrument)
        {
            var type = instrument.GetType().Name;
            var kind = type.StartsWith("Histogram", StringComparison.Ordinal) ? Kind.Histogram
                : type.Contains("UpDown", StringComparison.Ordinal) || type.Contains("Gauge", StringComparison.Ordinal) ? Kind.Gauge
                : Kind.Counter;
            var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
            var name = Clean(instrument.Name) + unit + (kind == Kind.Counter ? "_total" : "");
            // An observable instrument reports the sum itself; the others report what is added (a gauge: the value).
            var absolute = instrument.IsObservable || type.StartsWith("Gauge", StringComparison.Ordinal);
            var advised = (instrument as Instrument<double>)?.Advice?.HistogramBucketBoundaries;
            return new Family(name, kind, absolute, (instrument.Description ?? "").ReplaceLineEndings(" "), advised is null ? DefaultBounds : [.. advised]);
        }

        public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Find(tags) is not { } series)
                return;
            lock (series)
            {
                series.Sum = _absolute ? value : series.Sum + value;
                if (_kind != Kind.Histogram)
                    return;
                var bucket = 0;
                while (bucket < _bounds.Length && !(value <= _bounds[bucket]))
                    bucket++;
                series.Buckets[bucket]++;
            }
        }

        public void WriteTo(StringBuilder text)
        {
            if (_series.IsEmpty)
                return;
            text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {_help}\n# TYPE {Name} {_kind.ToString().ToLowerInvariant()}\n");
            foreach (var (labels, series) in _series.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                lock (series)
                {
                    if (_kind != Kind.Histogram)
                    {
                        text.Append(CultureInfo.InvariantCulture, $"{Name}{Braced(labels)} {series.Sum:R}\n");
                        continue;
                    }
                    var count = 0L;
                    for (var bucket = 0; bucket < series.Buckets.Length; bucket++)
                    {
                        count += series.Buckets[bucket];
                        var bound = bucket < _bounds.Length ? _bounds[bucket].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                        text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{Braced(labels, $"le=\"{bound}\"")} {count}\n");
                    }
                    text.Append(CultureInfo.InvariantCulture, $"{Name}_sum{Braced(labels)} {series.Sum:R}\n{Name}_count{Braced(labels)} {count}\n");
                }
            }
        }

        /// <summary>Asked several times for each call: a series that is known is found without a string. Null where there are too many.</summary>
        private Series? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Span<char> room = stackalloc char[256];
            if (TryWriteLabels(tags, room, out var length) && _byText.TryGetValue(room[..length], out var known))
                return known;
            var labels = Labels(tags);
            if (_series.TryGetValue(labels, out known))
                return known;
            return _series.Count >= SeriesPerInstrument
                ? null
                : _series.GetOrAdd(labels, _ => new Series(_kind == Kind.Histogram ? _bounds.Length + 1 : 0));
        }

        /// <summary>The same text as <see cref="Labels"/>, where nothing in it is escaped and it fits.</summary>
        private static bool TryWriteLabels(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<char> room, out int length)
        {
            length = 0;
            foreach (var (name, value) in tags)
            {
                var rest = room[length..];
                if (!rest.TryWrite(CultureInfo.InvariantCulture, $"{(length == 0 ? "" : ",")}{name}=\"{value}\"", out var written))
                    return false;
                var start = length == 0 ? 0 : 1;
                foreach (ref var letter in rest.Slice(start, name.Length))
                    letter = char.IsAsciiLetterOrDigit(letter) ? letter : '_';
                if (rest[(start + name.Length + 2)..(written - 1)].ContainsAny(Escaped))
                    return false;
                length += written;
            }
            return true;
        }

        private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.IsEmpty)
                return "";
            var text = new StringBuilder();
            foreach (var (name, value) in tags)
            {
                var shown = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
                shown = shown.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n");
                text.Append(text.Length == 0 ? "" : ",").Append(Clean(name)).Append("=\"").Append(shown).Append('"');
            }
            return text.ToString();
        }

        private static string Braced(string labels, string more = "") =>
            labels.Length + more.Length == 0 ? "" : $"{{{labels}{(labels.Length > 0 && more.Length > 0 ? "," : "")}{more}}}";

        private static string Clean(string name) => string.Create(name.Length, name, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
        });
    }

    private sealed class Series(int buckets)
    {
        public long[] Buckets { get; } = new long[buckets];
        public double Sum { get; set; }
    }
}
