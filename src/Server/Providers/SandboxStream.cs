namespace KeyPass.Server.Providers;

/// <summary>An answer piece by piece, as a provider's connection brings it: one piece a read, with a pause between, and to its end or not.</summary>
internal sealed class SandboxStream(IEnumerable<byte[]> pieces, TimeSpan pause, bool isCut, TimeProvider clock) : Stream
{
    private readonly IEnumerator<byte[]> _pieces = pieces.GetEnumerator();
    private ReadOnlyMemory<byte> _left;
    private bool _begun;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_left.IsEmpty)
        {
            if (!_pieces.MoveNext())
                return isCut ? throw new HttpIOException(HttpRequestError.ResponseEnded, "the sandbox's answer broke off, as asked for") : 0;
            if (_begun && pause > TimeSpan.Zero)
                await Task.Delay(pause, clock, cancellationToken);
            (_begun, _left) = (true, _pieces.Current);
        }
        var size = Math.Min(buffer.Length, _left.Length);
        _left[..size].CopyTo(buffer);
        _left = _left[size..];
        return size;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read it asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _pieces.Dispose();
        base.Dispose(disposing);
    }
}
