using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>RFC 9180, section 4: LabeledExtract and LabeledExpand.</summary>
internal static class Labeled
{
    /// <summary>"KEM" and the KEM's number.</summary>
    public static ReadOnlySpan<byte> Kem => "KEM\0\u0010"u8;

    /// <summary>"HPKE" and the numbers of DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.</summary>
    public static ReadOnlySpan<byte> Suite => "HPKE\0\u0010\0\u0001\0\u0002"u8;

    private static ReadOnlySpan<byte> Version => "HPKE-v1"u8;

    public static void Extract(
        scoped ReadOnlySpan<byte> suite, scoped ReadOnlySpan<byte> salt, scoped ReadOnlySpan<byte> label, scoped ReadOnlySpan<byte> secret,
        scoped Span<byte> prk)
    {
        using var room = new Wiped(stackalloc byte[Joined.Room]);
        var input = new Joined(room.Bytes);
        input.Raw(Version);
        input.Raw(suite);
        input.Raw(label);
        input.Raw(secret);
        HKDF.Extract(HashAlgorithmName.SHA256, input.Bytes, salt, prk);
    }

    public static void Expand(
        scoped ReadOnlySpan<byte> suite, scoped ReadOnlySpan<byte> prk, scoped ReadOnlySpan<byte> label, scoped ReadOnlySpan<byte> context,
        scoped Span<byte> destination)
    {
        var info = new Joined(stackalloc byte[Joined.Room]);
        Span<byte> size = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)destination.Length);
        info.Raw(size);
        info.Raw(Version);
        info.Raw(suite);
        info.Raw(label);
        info.Raw(context);
        HKDF.Expand(HashAlgorithmName.SHA256, prk, destination, info.Bytes);
    }
}
