using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>docs/KP1.md "Conventions": every key of KP1 is <c>Exp(Ext(label, secret), info)</c>, which is HKDF-SHA-256 with the label as its salt.</summary>
internal static class Derived
{
    public const int Size = 32;

    public static void Write(ReadOnlySpan<byte> label, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> purpose, Span<byte> destination)
    {
        // Nothing of ours is ever all zeros: this is memory that was never filled or has been wiped.
        if (!secret.ContainsAnyExcept((byte)0)) // check: the secret is there
            throw new SealBroken();
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, destination[..Size], label, purpose);
    }
}
