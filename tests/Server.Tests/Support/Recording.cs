using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;

namespace KeyPass.Server.Tests.Support;

/// <summary>Everything every server of this run logs, at every level, and every answer it gives: what the canary searches.</summary>
internal static class Recording
{
    private static readonly ConcurrentQueue<string> LogLines = new();
    private static readonly ConcurrentQueue<string> AnswerTexts = new();

    public static IReadOnlyCollection<string> Logs => LogLines;
    public static IReadOnlyCollection<string> Answers => AnswerTexts;

    public static void Log(string line) => LogLines.Enqueue(line);

    public static void Answer(string text) => AnswerTexts.Enqueue(text);
}

/// <summary>Beside the product's own console log, which hides some categories: here nothing is hidden.</summary>
internal sealed class RecordingLog : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Recorder(categoryName);

    public void Dispose()
    {
    }

    private sealed class Recorder(string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Recording.Log($"{category} {formatter(state, exception)} {exception}");
    }
}

/// <summary>Keeps what servers answer. Streams pass through unread: a test that reads one records it itself.</summary>
internal sealed class RecordingHandler : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var text = new StringBuilder().Append(response.Headers).Append(response.Content.Headers);
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            text.Append(await response.Content.ReadAsStringAsync(cancellationToken));
        }
        Recording.Answer(text.ToString());
        return response;
    }
}
