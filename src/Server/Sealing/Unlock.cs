namespace KeyPass.Server.Sealing;

/// <summary>
/// UNLOCK: the vault's secret under something its owner has. Browsers make them from passwords, passkeys and recovery codes; the
/// server makes one kind, <c>ring</c>, which turns a vault into a managed one.
/// </summary>
internal static class Unlock
{
    public const int KdfSize = 26;

    private const string RingMethod = "ring";

    /// <summary>
    /// Its key comes from the ring's standing part, so that changing epochs needs to know nothing of it; the epochs lock it from
    /// outside, as OUTER does every row.
    /// </summary>
    public static byte[] SealForRing(Ring ring, Guid user, Guid vault, VaultSecret vaultSecret)
    {
        using var wrapping = new Wiped(stackalloc byte[Derived.Size]);
        Span<byte> commitment = stackalloc byte[Derived.Size];
        Derive(ring, vault, wrapping.Bytes, commitment);
        return Seal(wrapping.Bytes, user, vault, RingMethod, stackalloc byte[KdfSize], commitment, vaultSecret, Nonce.Fresh());
    }

    public static VaultSecret OpenForRing(Ring ring, Guid user, Guid vault, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        using var wrapping = new Wiped(stackalloc byte[Derived.Size]);
        Span<byte> commitment = stackalloc byte[Derived.Size];
        Derive(ring, vault, wrapping.Bytes, commitment);
        return Open(wrapping.Bytes, user, vault, RingMethod, stackalloc byte[KdfSize], commitment, envelope, room);
    }

    public static byte[] Seal(
        scoped ReadOnlySpan<byte> wrapping, Guid user, Guid vault, string method, scoped ReadOnlySpan<byte> kdf,
        scoped ReadOnlySpan<byte> commitment, scoped VaultSecret vaultSecret, Nonce nonce)
    {
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, user, vault, method, kdf, commitment);
        return Kp1.Seal(EnvelopeType.Unlock, wrapping, [], context.Bytes, vaultSecret.Bytes, nonce);
    }

    public static VaultSecret Open(
        scoped ReadOnlySpan<byte> wrapping, Guid user, Guid vault, string method, scoped ReadOnlySpan<byte> kdf,
        scoped ReadOnlySpan<byte> commitment, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, user, vault, method, kdf, commitment);
        Kp1.Open(EnvelopeType.Unlock, wrapping, 0, context.Bytes, envelope, room);
        return new VaultSecret(room);
    }

    private static void Derive(Ring ring, Guid vault, scoped Span<byte> wrapping, scoped Span<byte> commitment)
    {
        var purpose = new Joined(stackalloc byte[Joined.Room]);
        purpose.Raw("kek\0"u8);
        purpose.Id(vault);
        ring.DeriveStanding(purpose.Bytes, wrapping);
        purpose = new Joined(stackalloc byte[Joined.Room]);
        purpose.Raw("commit\0"u8);
        purpose.Id(vault);
        ring.DeriveStanding(purpose.Bytes, commitment);
    }

    private static void Bind(
        ref Joined context, Guid user, Guid vault, string method, scoped ReadOnlySpan<byte> kdf, scoped ReadOnlySpan<byte> commitment)
    {
        context.Id(user);
        context.Id(vault);
        context.Text(method);
        context.Raw(kdf);
        context.Raw(commitment);
    }
}
