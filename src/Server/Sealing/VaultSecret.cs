using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>A vault's <c>VK</c>: opens everything in it. On a server only while it plays the browser's part for a managed vault.</summary>
internal readonly ref struct VaultSecret : IDisposable
{
    public const int Size = Derived.Size;

    /// <summary>Takes what the room holds for the secret.</summary>
    public VaultSecret(Span<byte> room) => Bytes = room[..Size];

    public Span<byte> Bytes { get; }

    public static VaultSecret Fresh(Span<byte> room)
    {
        var secret = new VaultSecret(room);
        RandomNumberGenerator.Fill(secret.Bytes);
        return secret;
    }

    /// <summary><c>pkV</c>, which deposits are sealed to.</summary>
    public byte[] PublicPoint()
    {
        using var seed = new Wiped(stackalloc byte[Derived.Size]);
        PairSeed(seed.Bytes);
        using var pair = P256.DeriveKeyPair(seed.Bytes);
        var point = new byte[P256.PointSize];
        P256.WritePoint(pair, point);
        return point;
    }

    public void PairSeed(scoped Span<byte> destination) => Derive("kem"u8, destination);

    public void Derive(scoped ReadOnlySpan<byte> purpose, scoped Span<byte> destination) =>
        Derived.Write("KeyPass/v1/vault"u8, Bytes, purpose, destination);

    public void Dispose() => CryptographicOperations.ZeroMemory(Bytes);

    public override string ToString() => "[vault secret]";
}
