namespace KeyPass.Server.Sealing;

/// <summary>SEALED_KEY: one version of a provider key for one grant. Each key of this kind encrypts one message.</summary>
internal static class SealedKey
{
    public static byte[] Seal(GrantSecret grantSecret, Guid grant, in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret) =>
        Seal(grantSecret, grant, version, scheme, secret, Nonce.Fresh());

    public static byte[] Seal(
        GrantSecret grantSecret, Guid grant, in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret, Nonce nonce)
    {
        using var payload = new Wiped(stackalloc byte[KeyPayload.MaxSize]);
        var size = KeyPayload.Write(version, scheme, secret, payload.Bytes);
        using var sealing = new Wiped(stackalloc byte[Derived.Size]);
        Derive(grantSecret, grant, version, sealing.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, grant, version);
        return Kp1.Seal(EnvelopeType.SealedKey, sealing.Bytes, [], context.Bytes, payload.Bytes[..size], nonce);
    }

    /// <summary>The version says which provider and origin the caller is about to send it to; the payload must say the same.</summary>
    public static KeyPayload Open(
        scoped GrantSecret grantSecret, Guid grant, in KeyVersion version, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        using var sealing = new Wiped(stackalloc byte[Derived.Size]);
        Derive(grantSecret, grant, version, sealing.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, grant, version);
        var size = Kp1.Open(EnvelopeType.SealedKey, sealing.Bytes, 0, context.Bytes, envelope, room);
        return KeyPayload.Read(version, room[..size]);
    }

    private static void Derive(scoped GrantSecret grantSecret, Guid grant, in KeyVersion version, scoped Span<byte> destination)
    {
        var purpose = new Joined(stackalloc byte[Joined.Room]);
        purpose.Raw("key\0"u8);
        purpose.Id(grant);
        purpose.Id(version.KeyId);
        purpose.Number(version.Version);
        grantSecret.Derive(purpose.Bytes, destination);
    }

    private static void Bind(ref Joined context, Guid grant, in KeyVersion version)
    {
        context.Id(version.Vault);
        context.Id(grant);
        context.Id(version.KeyId);
        context.Number(version.Version);
        context.Text(version.Provider);
        context.Text(version.Origin);
    }
}
