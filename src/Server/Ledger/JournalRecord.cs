using System.Buffers.Binary;
using System.Numerics;

namespace KeyPass.Server.Ledger;

/// <summary>
/// A record as it lies in a segment: length (4), check (4), sequence (8), kind (4), id (16), then its bytes. Numbers are little-endian. The
/// check is CRC-32C over all else and begins with the incarnation, so that nothing of another journal and nothing that a caller sent looks like
/// a record of this one.
/// </summary>
internal readonly ref struct JournalRecord
{
    public const int HeadBytes = 36;

    private const int CheckAt = 4;
    private const int SequenceAt = 8;
    private const int KindAt = 16;
    private const int IdAt = 20;

    private JournalRecord(ReadOnlySpan<byte> whole)
    {
        Sequence = BinaryPrimitives.ReadUInt64LittleEndian(whole[SequenceAt..]);
        Kind = (RecordKind)BinaryPrimitives.ReadInt32LittleEndian(whole[KindAt..]);
        Id = new Guid(whole[IdAt..HeadBytes], bigEndian: true);
        Bytes = whole[HeadBytes..];
    }

    public ulong Sequence { get; }
    public RecordKind Kind { get; }
    public Guid Id { get; }
    public ReadOnlySpan<byte> Bytes { get; }

    public bool IsMark => Kind is RecordKind.End or RecordKind.Continued;

    public static int SizeOf(int bytes) => HeadBytes + bytes;

    /// <summary>All of a record but its bytes, which stand behind it.</summary>
    public static void WriteHead(Span<byte> head, uint seed, RecordKind kind, ulong sequence, Guid id, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(head, bytes.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(head[SequenceAt..], sequence);
        BinaryPrimitives.WriteInt32LittleEndian(head[KindAt..], (int)kind);
        id.TryWriteBytes(head[IdAt..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32LittleEndian(head[CheckAt..], Crc(Check(seed, head[..HeadBytes]), bytes));
    }

    public static bool TryRead(ReadOnlySpan<byte> source, uint seed, out JournalRecord record)
    {
        record = default;
        // The cheap questions first: a damaged segment is asked at every byte.
        if (source.Length < HeadBytes || BinaryPrimitives.ReadUInt32LittleEndian(source[KindAt..]) is 0 or > (uint)RecordKind.Continued)
            return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (length > source.Length - HeadBytes)
            return false;
        var whole = source[..SizeOf((int)length)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(whole[CheckAt..]) != Check(seed, whole))
            return false;
        record = new JournalRecord(whole);
        return true;
    }

    public static uint SeedOf(Guid incarnation)
    {
        Span<byte> bytes = stackalloc byte[16];
        incarnation.TryWriteBytes(bytes, bigEndian: true, out _);
        return Crc(uint.MaxValue, bytes);
    }

    public static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        return crc;
    }

    private static uint Check(uint seed, ReadOnlySpan<byte> whole) => Crc(Crc(seed, whole[..CheckAt]), whole[SequenceAt..]);
}
