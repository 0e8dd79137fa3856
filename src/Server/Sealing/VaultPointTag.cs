using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>
/// <c>pkv_tag</c>: vouches, with a grant's secret, for the public point of the grant's vault. Verified before every seal to that
/// point, or a row changed in the database would send deposits to someone else.
/// </summary>
internal static class VaultPointTag
{
    public const int Size = HMACSHA256.HashSizeInBytes;

    public static byte[] Make(GrantSecret secret, Guid vault, uint epoch, ReadOnlySpan<byte> vaultPoint)
    {
        using var signing = new Wiped(stackalloc byte[Derived.Size]);
        secret.Derive("pkv"u8, signing.Bytes);
        var message = new Joined(stackalloc byte[Joined.Room]);
        message.Id(vault);
        message.Number(epoch);
        message.Raw(vaultPoint);
        return HMACSHA256.HashData(signing.Bytes, message.Bytes);
    }

    public static bool Verify(GrantSecret secret, Guid vault, uint epoch, ReadOnlySpan<byte> vaultPoint, ReadOnlySpan<byte> tag)
    {
        return CryptographicOperations.FixedTimeEquals(Make(secret, vault, epoch, vaultPoint), tag); // check: tag
    }
}
