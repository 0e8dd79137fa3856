using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>
/// What stands in the ring's file, a line each: <c>keypass-ring 1</c>, <c>standing HEX</c>, then <c>KID STATE CREATED HEX</c> an
/// epoch (no HEX once destroyed), last <c>check HEX</c>, the SHA-256 of the lines above it: a slip of the pen or a bad disk must
/// not become another secret.
/// </summary>
internal static class RingText
{
    private const int HexSize = 2 * Derived.Size;
    private const int CheckSize = 6 + HexSize + 1;

    private static ReadOnlySpan<byte> Title => "keypass-ring 1\nstanding "u8;

    /// <summary>Writes to the room and says how long it is.</summary>
    public static int Write(Ring ring, Span<byte> room)
    {
        Title.CopyTo(room);
        var end = Title.Length;
        end += WriteHex(ring.Standing, room[end..]);
        foreach (var epoch in ring.Epochs)
        {
            var known = string.Create(CultureInfo.InvariantCulture, $"\n{epoch.Kid} {epoch.State} {epoch.Created:O} ");
            end += Encoding.ASCII.GetBytes(known, room[end..]);
            if (epoch.State != RingState.Destroyed)
                end += WriteHex(epoch.Secret, room[end..]);
        }
        room[end++] = (byte)'\n';
        WriteCheck(room[..end], room.Slice(end, CheckSize));
        return end + CheckSize;
    }

    /// <summary>Null when a byte is not as it was written.</summary>
    public static Ring? Read(ReadOnlySpan<byte> text)
    {
        var first = Title.Length + HexSize + 1;
        if (text.Length <= first + CheckSize) // check: long enough
            return null;
        if (!text.StartsWith(Title)) // check: a ring's file
            return null;
        var body = text[..^CheckSize];
        Span<byte> check = stackalloc byte[CheckSize];
        WriteCheck(body, check);
        if (!text.EndsWith(check)) // check: checksum
            return null;
        using var standing = new Wiped(stackalloc byte[Derived.Size]);
        if (!TryReadHex(body[Title.Length..(first - 1)], standing.Bytes)) // check: standing part
            return null;
        if (body[first - 1] != '\n') // check: line of the standing part ends
            return null;
        if (body[^1] != '\n') // check: last line ends
            return null;
        var epochs = new List<RingEpoch>();
        var lines = body[first..^1];
        foreach (var line in lines.Split((byte)'\n'))
        {
            var epoch = ReadEpoch(lines[line]);
            if (epoch is null) // check: every line is an epoch
                return null;
            if (epochs.Any(other => other.Kid == epoch.Kid)) // check: every kid once
                return null;
            epochs.Add(epoch);
        }
        if (epochs.Count(epoch => epoch.State == RingState.Active) != 1) // check: one active
            return null;
        return new Ring(standing.Bytes, epochs);
    }

    private static RingEpoch? ReadEpoch(ReadOnlySpan<byte> line)
    {
        if (line.Count((byte)' ') != 3) // check: four fields
            return null;
        Span<Range> fields = stackalloc Range[4];
        var next = 0;
        foreach (var field in line.Split((byte)' '))
            fields[next++] = field;
        if (!uint.TryParse(line[fields[0]], NumberStyles.None, CultureInfo.InvariantCulture, out var kid)) // check: kid
            return null;
        var name = Encoding.ASCII.GetString(line[fields[1]]);
        var state = Enum.GetValues<RingState>().FirstOrDefault(state => Enum.GetName(state) == name, (RingState)(-1));
        if (!Enum.IsDefined(state)) // check: state
            return null;
        var time = Encoding.ASCII.GetString(line[fields[2]]);
        if (!DateTimeOffset.TryParseExact(time, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var created)) // check: time
            return null;
        using var secret = new Wiped(stackalloc byte[Derived.Size]);
        if (state != RingState.Destroyed && !TryReadHex(line[fields[3]], secret.Bytes)) // check: secret
            return null;
        return new RingEpoch(kid, state, created, secret.Bytes);
    }

    private static void WriteCheck(ReadOnlySpan<byte> body, Span<byte> check)
    {
        "check "u8.CopyTo(check);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        check[6 + WriteHex(hash, check[6..])] = (byte)'\n';
    }

    private static int WriteHex(ReadOnlySpan<byte> bytes, Span<byte> room)
    {
        Convert.TryToHexStringLower(bytes, room, out var written);
        return written;
    }

    private static bool TryReadHex(ReadOnlySpan<byte> hex, Span<byte> bytes) =>
        hex.Length == HexSize && Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
}
