using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>The salt that prelogin answers for an address without an account: always the same one, and told from a real one by nobody.</summary>
internal static class DecoySalt
{
    public const int Size = 16;

    public static byte[] For(Ring ring, string normalizedEmail)
    {
        using var secret = new Wiped(stackalloc byte[Derived.Size]);
        ring.DeriveStanding("enum"u8, secret.Bytes);
        return HMACSHA256.HashData(secret.Bytes, Encoding.UTF8.GetBytes(normalizedEmail))[..Size];
    }
}
