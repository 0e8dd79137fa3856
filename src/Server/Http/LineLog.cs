using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace KeyPass.Server.Http;

/// <summary>
/// Where log lines come from: the caller writes its line, in bytes, into its own thread's buffer and lays it into the batch. Nobody waits
/// for the terminal, and no line costs a thread its sleep. Its alias is the framework's, so that a rule for the console still holds.
/// </summary>
[ProviderAlias("Console")]
internal sealed class LineLog(LineBatch batch, LineFormat format) : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);
    private IExternalScopeProvider? _scopes;

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, name =>
        LineFormat.IsSilenced(name) ? NullLogger.Instance : new Category(name, this));

    public void Dispose() => batch.Dispose();

    private sealed class Category(string name, LineLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Write(new LogEntry<TState>(logLevel, name, eventId, state, exception, formatter));
    }

    private void Write<TState>(in LogEntry<TState> entry)
    {
        if (entry.EventId.Name == LineFormat.SaidOtherwise)
            return;
        batch.Add(format.Write(entry, _scopes), mayBeDropped: entry.LogLevel < LogLevel.Warning);
    }
}
