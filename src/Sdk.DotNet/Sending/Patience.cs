namespace KeyPass.Sdk;

/// <summary>Ends a call when the caller says so, or when nothing has come for too long.</summary>
internal sealed class Patience : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _caller;
    private readonly TimeSpan _timeout;

    public Patience(TimeSpan timeout, CancellationToken caller)
    {
        _timeout = timeout;
        _caller = caller;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        Heard();
    }

    public CancellationToken Signal => _source.Token;

    /// <summary>Something came: the time begins anew.</summary>
    public void Heard() => _source.CancelAfter(_timeout);

    /// <summary>Time is not counted until the next <see cref="Heard"/>; the caller can still end it.</summary>
    public void Waive() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>What to throw for what the connection threw.</summary>
    public Exception ReasonFor(Exception failure)
    {
        if (_caller.IsCancellationRequested)
            return new OperationCanceledException(failure.Message, failure, _caller);
        return _source.IsCancellationRequested
            ? new KeyPassException("timeout", $"Nothing came for {_timeout.TotalSeconds} s.")
            : new KeyPassException("unreachable", "The connection to KeyPass failed.", failure);
    }

    public void Dispose() => _source.Dispose();
}
