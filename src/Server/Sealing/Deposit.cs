using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>DEPOSIT: a provider key to the vault's public point, by a server that cannot read it again. Waits for approval there.</summary>
internal static class Deposit
{
    public static byte[] Seal(scoped ReadOnlySpan<byte> vaultPoint, in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret)
    {
        using var seed = new Wiped(stackalloc byte[Derived.Size]);
        RandomNumberGenerator.Fill(seed.Bytes);
        return Seal(vaultPoint, version, scheme, secret, seed.Bytes);
    }

    public static byte[] Seal(
        scoped ReadOnlySpan<byte> vaultPoint, in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret,
        scoped ReadOnlySpan<byte> ephemeralSeed)
    {
        using var payload = new Wiped(stackalloc byte[KeyPayload.MaxSize]);
        var size = KeyPayload.Write(version, scheme, secret, payload.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, version);
        return Kp1.SealTo(EnvelopeType.Deposit, vaultPoint, context.Bytes, payload.Bytes[..size], ephemeralSeed);
    }

    public static KeyPayload Open(
        scoped VaultSecret vaultSecret, in KeyVersion version, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        using var seed = new Wiped(stackalloc byte[Derived.Size]);
        vaultSecret.PairSeed(seed.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, version);
        var size = Kp1.OpenWith(EnvelopeType.Deposit, seed.Bytes, context.Bytes, envelope, room);
        return KeyPayload.Read(version, room[..size]);
    }

    private static void Bind(ref Joined context, in KeyVersion version)
    {
        context.Id(version.Vault);
        context.Id(version.KeyId);
        context.Number(version.Version);
        context.Text(version.Provider);
        context.Text(version.Origin);
    }
}
