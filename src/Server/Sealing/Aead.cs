using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>
/// AES-256-GCM, and the only place that touches it. One cipher object a use, disposed, never kept: shared between threads it
/// gives wrong plaintexts without a word.
/// </summary>
internal static class Aead
{
    public const int TagSize = 16;

    /// <summary>Writes ciphertext and tag.</summary>
    public static void Seal(
        ReadOnlySpan<byte> contentKey, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> bound, ReadOnlySpan<byte> plain, Span<byte> sealedBytes)
    {
        using var cipher = new AesGcm(contentKey, TagSize);
        cipher.Encrypt(nonce, plain, sealedBytes[..plain.Length], sealedBytes[plain.Length..], bound);
    }

    /// <summary>Writes the plaintext to the room and says how long it is. A room that saw a wrong tag is left zeroed.</summary>
    public static int Open(
        ReadOnlySpan<byte> contentKey, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> bound, ReadOnlySpan<byte> sealedBytes, Span<byte> room)
    {
        var size = sealedBytes.Length - TagSize;
        if (size > room.Length) // check: the plaintext has room
            throw new SealBroken();
        using var cipher = new AesGcm(contentKey, TagSize);
        try
        {
            cipher.Decrypt(nonce, sealedBytes[..size], sealedBytes[size..], room[..size], bound);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new SealBroken();
        }
        return size;
    }
}
