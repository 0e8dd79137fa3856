namespace KeyPass.Server.Providers;

/// <summary>One JSON text that arrives in pieces: whole while it is small, of a larger one only what is wanted.</summary>
internal sealed class JsonGather(Wanted wanted) : IDisposable
{
    /// <summary>The events and answers of text are far smaller; pictures and sound are not worth keeping.</summary>
    private const int WholeBytes = 64 * 1024;

    private readonly BoundedBytes _whole = new(WholeBytes);
    private JsonSieve? _sieve;
    private bool _isSieved;
    private bool _isComplete;

    public ReadOnlySpan<byte> Text => !_isSieved ? _whole.Span : _isComplete ? _sieve!.Kept : [];

    public void Append(ReadOnlySpan<byte> part)
    {
        if (!_isSieved)
        {
            if (_whole.Append(part))
                return;
            _isSieved = true;
            _sieve ??= new JsonSieve(wanted);
            Sieve(_whole.Span);
            _whole.Clear();
        }
        Sieve(part);
    }

    public void Restart()
    {
        _whole.Clear();
        if (_isSieved)
            _sieve!.Restart();
        _isSieved = _isComplete = false;
    }

    public void Dispose()
    {
        _whole.Dispose();
        _sieve?.Dispose();
    }

    private void Sieve(ReadOnlySpan<byte> part) => _isComplete |= _sieve!.Next(part, out _);
}
