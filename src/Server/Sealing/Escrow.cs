namespace KeyPass.Server.Sealing;

/// <summary>ESCROW: a grant's secret under the vault's, so that its owner can re-seal for every grant. The label names the app.</summary>
internal static class Escrow
{
    public static byte[] Seal(VaultSecret vaultSecret, Guid vault, Guid grant, string label, GrantSecret secret) =>
        Seal(vaultSecret, vault, grant, label, secret, Nonce.Fresh());

    public static byte[] Seal(VaultSecret vaultSecret, Guid vault, Guid grant, string label, GrantSecret secret, Nonce nonce)
    {
        using var wrapping = new Wiped(stackalloc byte[Derived.Size]);
        Derive(vaultSecret, grant, wrapping.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, vault, grant, label);
        return Kp1.Seal(EnvelopeType.Escrow, wrapping.Bytes, [], context.Bytes, secret.Bytes, nonce);
    }

    public static GrantSecret Open(
        scoped VaultSecret vaultSecret, Guid vault, Guid grant, string label, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        using var wrapping = new Wiped(stackalloc byte[Derived.Size]);
        Derive(vaultSecret, grant, wrapping.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, vault, grant, label);
        Kp1.Open(EnvelopeType.Escrow, wrapping.Bytes, 0, context.Bytes, envelope, room);
        return new GrantSecret(room);
    }

    /// <summary>Also what an ESCROW_DEPOSIT is bound to.</summary>
    public static void Bind(ref Joined context, Guid vault, Guid grant, string label)
    {
        context.Id(vault);
        context.Id(grant);
        context.Text(label);
    }

    private static void Derive(scoped VaultSecret vaultSecret, Guid grant, scoped Span<byte> destination)
    {
        var purpose = new Joined(stackalloc byte[Joined.Room]);
        purpose.Raw("escrow\0"u8);
        purpose.Id(grant);
        vaultSecret.Derive(purpose.Bytes, destination);
    }
}
