using System.Globalization;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Http;
using Microsoft.Extensions.Logging;

namespace KeyPass.Server.Tests.Http;

/// <summary>Log lines on their way out: whole, in order, and none lost without a word.</summary>
public sealed class LogTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 8, 7, 65, TimeSpan.Zero);

    [Fact]
    public void A_line_is_text_for_a_person_and_JSON_for_a_collector()
    {
        var text = Written(asJson: false, log =>
        {
            using (log.Logger.BeginScope(new RequestId.Scope("req_1")))
                log.Logger.LogInformation("{Method} {Route} {Status}\nsecond line: {Name}", "GET", "/v1/keys", 200, "Zoë");
            log.Logger.LogError(new InvalidOperationException("broken"), "It broke");
        });
        Assert.Equal("09:08:07.065 info  GET /v1/keys 200 ⏎ second line: Zoë  [req_1]\n"
            + "09:08:07.065 error It broke\nSystem.InvalidOperationException: broken\n", text);

        var json = JsonDocument.Parse(Written(asJson: true, log => log.Logger.LogWarning("Two {WordsTogether}", "x\"y"))).RootElement;
        Assert.Equal(["time", "level", "category", "message", "wordsTogether"], json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("warn", "KeyPass.Test", "Two x\"y", "x\"y"), (json.GetProperty("level").GetString(), json.GetProperty("category").GetString(),
            json.GetProperty("message").GetString(), json.GetProperty("wordsTogether").GetString()));
        Assert.Equal(Now, json.GetProperty("time").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.BadRequests")]
    [InlineData("System.Net.Http.HttpClient")]
    public void What_would_print_a_clients_words_stays_silent(string category) =>
        Assert.Empty(Written(asJson: false, log => log.Provider.CreateLogger(category).LogCritical("GET /?key=1")));

    [Fact]
    public void Lines_of_many_threads_come_out_whole_and_each_threads_in_order()
    {
        const int threads = 4, each = 5000;
        var text = Written(asJson: false, log =>
        {
            var all = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
            {
                for (var number = 0; number < each; number++)
                    log.Logger.LogInformation("thread {Thread} says {Number}", thread, number);
            })).ToList();
            all.ForEach(thread => thread.Start());
            all.ForEach(thread => thread.Join());
        });

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToList();
        Assert.Equal(threads * each, lines.Count);
        Assert.All(lines.GroupBy(words => words[^3]), said =>
            Assert.Equal(Enumerable.Range(0, each), said.Select(words => int.Parse(words[^1], CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void A_reader_that_is_too_slow_costs_lines_that_are_counted_and_no_warning_and_nobody_waits_for_it()
    {
        using var output = new SlowOutput();
        using (var log = new Log(output, asJson: false))
        {
            log.Logger.LogInformation("first");
            output.IsBusy.Wait(TestContext.Current.CancellationToken);
            for (var number = 0; number < 30_000; number++)
                log.Logger.LogInformation("{Number} {Filling}", number, "a line of some sixty characters, as lines of calls are");
            log.Logger.LogWarning("the one that matters");
            output.MayGoOn.Set();
        }

        var lines = output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.EndsWith("warn  the one that matters", StringComparison.Ordinal));
        var loss = Assert.Single(lines, line => line.Contains("log lines were dropped", StringComparison.Ordinal)).Split(' ');
        var dropped = int.Parse(loss[Array.IndexOf(loss, "log") - 1], CultureInfo.InvariantCulture);
        Assert.Contains("dropped here, 0 of them", string.Join(' ', loss), StringComparison.Ordinal);
        Assert.Equal(30_000 + 3, lines.Length + dropped);
    }

    [Fact]
    public void What_is_said_after_the_end_is_written_at_once()
    {
        using var output = new MemoryStream();
        var log = new Log(output, asJson: false);
        log.Dispose();
        log.Provider.CreateLogger("KeyPass.Test").LogInformation("late");

        Assert.EndsWith("info  late\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_nobody_reads_any_more_stops_nothing()
    {
        using var closed = new BrokenOutput();
        using var log = new Log(closed, asJson: false);
        log.Logger.LogInformation("one");
        log.Logger.LogInformation("two");
    }

    private static string Written(bool asJson, Action<Log> say)
    {
        using var output = new MemoryStream();
        using (var log = new Log(output, asJson))
            say(log);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private sealed class Log : IDisposable
    {
        private readonly LoggerFactory _factory;

        public Log(Stream output, bool asJson)
        {
            var format = new LineFormat(asJson, new StoppedClock());
            Provider = new LineLog(new LineBatch(output, format), format);
            _factory = new LoggerFactory([Provider]);
            Logger = _factory.CreateLogger("KeyPass.Test");
        }

        public LineLog Provider { get; }

        public ILogger Logger { get; }

        public void Dispose()
        {
            _factory.Dispose();
            Provider.Dispose();
        }
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class SlowOutput : MemoryStream
    {
        public ManualResetEventSlim IsBusy { get; } = new();
        public ManualResetEventSlim MayGoOn { get; } = new();
        public string Text => Encoding.UTF8.GetString(ToArray());

        public override void Write(byte[] buffer, int offset, int count)
        {
            IsBusy.Set();
            MayGoOn.Wait();
            base.Write(buffer, offset, count);
        }
    }

    private sealed class BrokenOutput : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("Broken pipe");
    }
}
