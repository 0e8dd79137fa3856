namespace KeyPass.Server.Sealing;

/// <summary>CHILD: a delegated grant's secret under its parent's, so that the management token that made it can rotate it.</summary>
internal static class Child
{
    public static byte[] Seal(GrantSecret parentSecret, Guid vault, Guid parent, Guid child, GrantSecret secret) =>
        Seal(parentSecret, vault, parent, child, secret, Nonce.Fresh());

    public static byte[] Seal(GrantSecret parentSecret, Guid vault, Guid parent, Guid child, GrantSecret secret, Nonce nonce)
    {
        using var wrapping = new Wiped(stackalloc byte[Derived.Size]);
        Derive(parentSecret, child, wrapping.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, vault, parent, child);
        return Kp1.Seal(EnvelopeType.Child, wrapping.Bytes, [], context.Bytes, secret.Bytes, nonce);
    }

    public static GrantSecret Open(
        scoped GrantSecret parentSecret, Guid vault, Guid parent, Guid child, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        using var wrapping = new Wiped(stackalloc byte[Derived.Size]);
        Derive(parentSecret, child, wrapping.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, vault, parent, child);
        Kp1.Open(EnvelopeType.Child, wrapping.Bytes, 0, context.Bytes, envelope, room);
        return new GrantSecret(room);
    }

    private static void Derive(scoped GrantSecret parentSecret, Guid child, scoped Span<byte> destination)
    {
        var purpose = new Joined(stackalloc byte[Joined.Room]);
        purpose.Raw("child\0"u8);
        purpose.Id(child);
        parentSecret.Derive(purpose.Bytes, destination);
    }

    private static void Bind(ref Joined context, Guid vault, Guid parent, Guid child)
    {
        context.Id(vault);
        context.Id(parent);
        context.Id(child);
    }
}
