using System.Buffers.Binary;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>The format's <c>||</c>: parts written one after the other into the caller's room. For what is bound, not for secrets.</summary>
internal ref struct Joined(Span<byte> room)
{
    /// <summary>The longest is SEALED_KEY's: three ids, a version, a provider and an origin. Labels have the rest.</summary>
    public const int Room = 1024;

    private readonly Span<byte> _room = room;
    private int _length;

    public readonly ReadOnlySpan<byte> Bytes => _room[.._length];

    public void Raw(scoped ReadOnlySpan<byte> part) => part.CopyTo(Next(part.Length));

    public void Id(Guid id) => id.TryWriteBytes(Next(16), bigEndian: true, out _);

    public void Number(uint number) => BinaryPrimitives.WriteUInt32BigEndian(Next(sizeof(uint)), number);

    /// <summary><c>LP(text)</c>: length, then UTF-8. The length is what keeps two neighbours from trading letters.</summary>
    public void Text(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        var all = Next(sizeof(ushort) + size);
        BinaryPrimitives.WriteUInt16BigEndian(all, (ushort)size);
        Encoding.UTF8.GetBytes(text, all[sizeof(ushort)..]);
    }

    private Span<byte> Next(int size)
    {
        if (size > _room.Length - _length) // check: the bound text has an end
            throw new SealBroken();
        var next = _room.Slice(_length, size);
        _length += size;
        return next;
    }
}
