using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>
/// What the server keeps of a sealed account's password or recovery code: <c>OUTER(HKDF(AH))</c>. No slow hash: the browser's
/// Argon2id was one, and who has the database attacks the wrapped vault instead. The table's name keeps the two kinds apart.
/// </summary>
internal static class Verifier
{
    public static byte[] Wrap(Ring ring, string table, Guid row, ReadOnlySpan<byte> authHash)
    {
        using var verifier = new Wiped(stackalloc byte[Derived.Size]);
        Derive(authHash, verifier.Bytes);
        return ring.Wrap(table, row, verifier.Bytes);
    }

    public static bool Matches(Ring ring, string table, Guid row, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> authHash)
    {
        using var verifier = new Wiped(stackalloc byte[Derived.Size]);
        Derive(authHash, verifier.Bytes);
        using var room = new Wiped(stackalloc byte[Derived.Size]);
        var stored = ring.Unwrap(table, row, wrapped, room.Bytes);
        return CryptographicOperations.FixedTimeEquals(stored, verifier.Bytes); // check: verifier
    }

    private static void Derive(ReadOnlySpan<byte> authHash, Span<byte> destination) =>
        Derived.Write("KeyPass/v1/verifier"u8, authHash, "verifier"u8, destination);
}
