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
        if (authHash.Length != Derived.Size) // check: size, storing
            throw new SealBroken();
        using var verifier = new Wiped(stackalloc byte[Derived.Size]);
        Derive(authHash, verifier.Bytes);
        return ring.Wrap(table, row, verifier.Bytes);
    }

    public static bool Matches(Ring ring, string table, Guid row, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> authHash)
    {
        if (authHash.Length != Derived.Size) // check: size, presented
            return false;
        using var verifier = new Wiped(stackalloc byte[Derived.Size]);
        Derive(authHash, verifier.Bytes);
        using var room = new Wiped(stackalloc byte[Derived.Size]);
        var stored = ring.Unwrap(table, row, wrapped, room.Bytes);
        return CryptographicOperations.FixedTimeEquals(stored, verifier.Bytes); // check: verifier
    }

    /// <summary>Not <see cref="Derived"/>: what a stranger presents may be all zeros, and is then wrong like any other.</summary>
    private static void Derive(ReadOnlySpan<byte> authHash, Span<byte> destination) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, authHash, destination, "KeyPass/v1/verifier"u8, "verifier"u8);
}
