using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>VAULT_ITEM: a provider key in its vault, under a key of its own that a fresh salt gives.</summary>
internal static class VaultItem
{
    public const int SaltSize = 32;

    public static byte[] Seal(VaultSecret vaultSecret, in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret)
    {
        Span<byte> salt = stackalloc byte[SaltSize];
        RandomNumberGenerator.Fill(salt);
        return Seal(vaultSecret, version, scheme, secret, salt, Nonce.Fresh());
    }

    public static byte[] Seal(
        VaultSecret vaultSecret, in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret, scoped ReadOnlySpan<byte> salt, Nonce nonce)
    {
        using var payload = new Wiped(stackalloc byte[KeyPayload.MaxSize]);
        var size = KeyPayload.Write(version, scheme, secret, payload.Bytes);
        using var sealing = new Wiped(stackalloc byte[Derived.Size]);
        Derive(vaultSecret, salt, sealing.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, version);
        return Kp1.Seal(EnvelopeType.VaultItem, sealing.Bytes, salt, context.Bytes, payload.Bytes[..size], nonce);
    }

    public static KeyPayload Open(
        scoped VaultSecret vaultSecret, in KeyVersion version, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        if (envelope.Length < Kp1.HeaderSize + SaltSize) // check: there is a salt
            throw new SealBroken();
        using var sealing = new Wiped(stackalloc byte[Derived.Size]);
        Derive(vaultSecret, envelope.Slice(Kp1.HeaderSize, SaltSize), sealing.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, version);
        var size = Kp1.Open(EnvelopeType.VaultItem, sealing.Bytes, SaltSize, context.Bytes, envelope, room);
        return KeyPayload.Read(version, room[..size]);
    }

    private static void Derive(scoped VaultSecret vaultSecret, scoped ReadOnlySpan<byte> salt, scoped Span<byte> destination)
    {
        var purpose = new Joined(stackalloc byte[Joined.Room]);
        purpose.Raw("item\0"u8);
        purpose.Raw(salt);
        vaultSecret.Derive(purpose.Bytes, destination);
    }

    private static void Bind(ref Joined context, in KeyVersion version)
    {
        context.Id(version.Vault);
        context.Id(version.KeyId);
        context.Number(version.Version);
    }
}
