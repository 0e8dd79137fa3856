using System.Buffers.Binary;
using System.Text;

namespace KeyPass.Server.Ledger;

/// <summary>
/// How a segment begins: magic (8), format (4), check (4), incarnation (16), number (8), oldest (8), first sequence (8), size (8), boot id (48).
/// </summary>
/// <param name="Oldest">In the newest segment: the first that is still needed. Older ones were deleted, or would have been a moment later.</param>
/// <param name="Size">Of the file, from its first day on: one that is shorter was cut.</param>
internal readonly record struct SegmentHeader(Guid Incarnation, string BootId, ulong Number, ulong Oldest, ulong FirstSequence, long Size)
{
    public const int Bytes = 112;

    private const ulong Magic = 0x4c4e524a5353504b; // KPSSJRNL
    private const int Format = 1;
    private const int FormatAt = 8;
    private const int CheckAt = 12;
    private const int IncarnationAt = 16;
    private const int NumberAt = 32;
    private const int OldestAt = 40;
    private const int FirstSequenceAt = 48;
    private const int SizeAt = 56;
    private const int BootIdAt = 64;

    public void Write(Span<byte> target, uint seed)
    {
        var whole = target[..Bytes];
        whole.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(whole, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(whole[FormatAt..], Format);
        Incarnation.TryWriteBytes(whole[IncarnationAt..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(whole[NumberAt..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(whole[OldestAt..], Oldest);
        BinaryPrimitives.WriteUInt64LittleEndian(whole[FirstSequenceAt..], FirstSequence);
        BinaryPrimitives.WriteInt64LittleEndian(whole[SizeAt..], Size);
        Encoding.UTF8.GetBytes(BootId, whole[BootIdAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(whole[CheckAt..], Check(seed, whole));
    }

    public static SegmentHeader? Read(ReadOnlySpan<byte> source, uint seed)
    {
        if (source.Length < Bytes)
            return null;
        var whole = source[..Bytes];
        if (BinaryPrimitives.ReadUInt64LittleEndian(whole) != Magic
            || BinaryPrimitives.ReadInt32LittleEndian(whole[FormatAt..]) != Format
            || BinaryPrimitives.ReadUInt32LittleEndian(whole[CheckAt..]) != Check(seed, whole))
            return null;
        return new SegmentHeader(
            new Guid(whole[IncarnationAt..NumberAt], bigEndian: true),
            Encoding.UTF8.GetString(whole[BootIdAt..].TrimEnd((byte)0)),
            BinaryPrimitives.ReadUInt64LittleEndian(whole[NumberAt..]),
            BinaryPrimitives.ReadUInt64LittleEndian(whole[OldestAt..]),
            BinaryPrimitives.ReadUInt64LittleEndian(whole[FirstSequenceAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(whole[SizeAt..]));
    }

    private static uint Check(uint seed, ReadOnlySpan<byte> whole) => JournalRecord.Crc(JournalRecord.Crc(seed, whole[..CheckAt]), whole[IncarnationAt..]);
}
