using System.Buffers;

namespace KeyPass.Server.Providers;

/// <summary>Bytes in pooled memory that grow as needed, up to a limit. What they held is wiped before others get the memory.</summary>
internal sealed class BoundedBytes(int limit) : IDisposable
{
    private const int First = 1024;

    private byte[] _bytes = [];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Count);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Count);

    /// <summary>False where that would pass the limit; nothing is added then.</summary>
    public bool Append(ReadOnlySpan<byte> more)
    {
        if (more.Length > limit - Count)
            return false;
        if (more.Length > _bytes.Length - Count)
            Grow(Count + more.Length);
        more.CopyTo(_bytes.AsSpan(Count));
        Count += more.Length;
        return true;
    }

    public void CutTo(int count) => Count = count;

    public void Clear() => Count = 0;

    public void Dispose()
    {
        Count = 0;
        GiveBack();
        _bytes = [];
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(First, _bytes.Length * 2)));
        Span.CopyTo(larger);
        GiveBack();
        _bytes = larger;
    }

    private void GiveBack()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
    }
}
