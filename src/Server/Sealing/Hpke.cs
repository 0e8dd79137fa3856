using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>
/// HPKE (RFC 9180) in base mode, one message a key, suite 0x0010/0x0001/0x0002. Says nothing about who sealed: what is opened
/// with it waits for its owner's approval.
/// </summary>
internal static class Hpke
{
    public static void Seal(
        scoped ReadOnlySpan<byte> recipientPoint, scoped ReadOnlySpan<byte> purpose, scoped ReadOnlySpan<byte> bound,
        scoped ReadOnlySpan<byte> plain, scoped ReadOnlySpan<byte> ephemeralSeed, scoped Span<byte> enc, scoped Span<byte> sealedBytes)
    {
        using var ephemeral = P256.DeriveKeyPair(ephemeralSeed);
        P256.WritePoint(ephemeral, enc);
        using var content = new Wiped(stackalloc byte[Derived.Size]);
        Span<byte> nonce = stackalloc byte[Nonce.Size];
        Schedule(ephemeral, recipientPoint, enc, recipientPoint, purpose, content.Bytes, nonce);
        Aead.Seal(content.Bytes, nonce, bound, plain, sealedBytes);
    }

    public static int Open(
        scoped ReadOnlySpan<byte> pairSeed, scoped ReadOnlySpan<byte> enc, scoped ReadOnlySpan<byte> purpose, scoped ReadOnlySpan<byte> bound,
        scoped ReadOnlySpan<byte> sealedBytes, scoped Span<byte> room)
    {
        using var recipient = P256.DeriveKeyPair(pairSeed);
        Span<byte> recipientPoint = stackalloc byte[P256.PointSize];
        P256.WritePoint(recipient, recipientPoint);
        using var content = new Wiped(stackalloc byte[Derived.Size]);
        Span<byte> nonce = stackalloc byte[Nonce.Size];
        Schedule(recipient, enc, enc, recipientPoint, purpose, content.Bytes, nonce);
        return Aead.Open(content.Bytes, nonce, bound, sealedBytes, room);
    }

    /// <summary>Sections 4.1 (Encap and Decap) and 5.1 (KeySchedule, mode 0) in one: what both sides come to.</summary>
    public static void Schedule(
        ECDiffieHellman mine, scoped ReadOnlySpan<byte> theirPoint, scoped ReadOnlySpan<byte> enc, scoped ReadOnlySpan<byte> recipientPoint,
        scoped ReadOnlySpan<byte> purpose, scoped Span<byte> content, scoped Span<byte> nonce)
    {
        using var product = new Wiped(stackalloc byte[Derived.Size]);
        P256.Agree(mine, theirPoint, product.Bytes);
        using var prk = new Wiped(stackalloc byte[Derived.Size]);
        Labeled.Extract(Labeled.Kem, [], "eae_prk"u8, product.Bytes, prk.Bytes);
        var points = new Joined(stackalloc byte[2 * P256.PointSize]);
        points.Raw(enc);
        points.Raw(recipientPoint);
        using var shared = new Wiped(stackalloc byte[Derived.Size]);
        Labeled.Expand(Labeled.Kem, prk.Bytes, "shared_secret"u8, points.Bytes, shared.Bytes);

        Span<byte> context = stackalloc byte[1 + 2 * Derived.Size];
        context[0] = 0; // base mode
        Labeled.Extract(Labeled.Suite, [], "psk_id_hash"u8, [], context.Slice(1, Derived.Size));
        Labeled.Extract(Labeled.Suite, [], "info_hash"u8, purpose, context[(1 + Derived.Size)..]);
        using var secret = new Wiped(stackalloc byte[Derived.Size]);
        Labeled.Extract(Labeled.Suite, shared.Bytes, "secret"u8, [], secret.Bytes);
        Labeled.Expand(Labeled.Suite, secret.Bytes, "key"u8, context, content);
        Labeled.Expand(Labeled.Suite, secret.Bytes, "base_nonce"u8, context, nonce);
    }
}
