using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>ESCROW_DEPOSIT: a grant's secret to the vault's public point, by someone who cannot open the vault. Waits for approval there.</summary>
internal static class EscrowDeposit
{
    public static byte[] Seal(scoped ReadOnlySpan<byte> vaultPoint, Guid vault, Guid grant, string label, GrantSecret secret)
    {
        using var seed = new Wiped(stackalloc byte[Derived.Size]);
        RandomNumberGenerator.Fill(seed.Bytes);
        return Seal(vaultPoint, vault, grant, label, secret, seed.Bytes);
    }

    public static byte[] Seal(
        scoped ReadOnlySpan<byte> vaultPoint, Guid vault, Guid grant, string label, GrantSecret secret, scoped ReadOnlySpan<byte> ephemeralSeed)
    {
        var context = new Joined(stackalloc byte[Joined.Room]);
        Escrow.Bind(ref context, vault, grant, label);
        return Kp1.SealTo(EnvelopeType.EscrowDeposit, vaultPoint, context.Bytes, secret.Bytes, ephemeralSeed);
    }

    public static GrantSecret Open(
        scoped VaultSecret vaultSecret, Guid vault, Guid grant, string label, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        using var seed = new Wiped(stackalloc byte[Derived.Size]);
        vaultSecret.PairSeed(seed.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Escrow.Bind(ref context, vault, grant, label);
        Kp1.OpenWith(EnvelopeType.EscrowDeposit, seed.Bytes, context.Bytes, envelope, room);
        return new GrantSecret(room);
    }
}
