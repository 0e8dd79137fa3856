using System.Buffers;

namespace KeyPass.Server.Gateway;

/// <summary>
/// The memory that request bodies may take together. Each is held whole while its call runs, because a bound and a scope are read from
/// it before a byte goes on: without a limit for all, a few large ones at once would be the end of the process.
/// </summary>
internal sealed class BodyRoom
{
    private const long Most = 256L * 1024 * 1024;

    private long _held;

    /// <summary>At least that much; null where there is no room now.</summary>
    public Held? TryTake(int size)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(size);
        if (Interlocked.Add(ref _held, bytes.Length) <= Most)
            return new Held(this, bytes);
        Return(bytes);
        return null;
    }

    private void Return(byte[] bytes)
    {
        Interlocked.Add(ref _held, -bytes.Length);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>One body, in memory that goes back when the call ends.</summary>
    internal sealed class Held(BodyRoom room, byte[] bytes) : IDisposable
    {
        private byte[]? _bytes = bytes;

        public int Length { get; set; }

        public Memory<byte> Free => _bytes.AsMemory(Length);

        public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, Length);

        /// <summary>The same bytes with at least twice the room; null where there is none. This one is given back.</summary>
        public Held? TryGrow(int most)
        {
            var larger = room.TryTake((int)Math.Min(2L * _bytes!.Length, most + 1L));
            if (larger is not null)
            {
                Content.CopyTo(larger.Free);
                larger.Length = Length;
            }
            Dispose();
            return larger;
        }

        /// <summary>Takes a piece out of what is held.</summary>
        public void Cut(int from, int to)
        {
            _bytes.AsSpan(to, Length - to).CopyTo(_bytes.AsSpan(from));
            Length -= to - from;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } held)
                room.Return(held);
        }
    }
}
