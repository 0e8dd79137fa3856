namespace KeyPass.Server.Sealing;

/// <summary>TOKEN_WRAP: a grant's secret under a credential. <c>row</c> is the id of the row in <c>token_wraps</c>.</summary>
internal static class TokenWrap
{
    public static byte[] Seal(Credential credential, Guid vault, Guid grant, Guid row, GrantSecret secret) =>
        Seal(credential, vault, grant, row, secret, Nonce.Fresh());

    public static byte[] Seal(Credential credential, Guid vault, Guid grant, Guid row, GrantSecret secret, Nonce nonce)
    {
        using var wrapping = new Wiped(stackalloc byte[Derived.Size]);
        credential.DeriveWrap(grant, row, wrapping.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, vault, grant, row);
        return Kp1.Seal(EnvelopeType.TokenWrap, wrapping.Bytes, [], context.Bytes, secret.Bytes, nonce);
    }

    public static GrantSecret Open(Credential credential, Guid vault, Guid grant, Guid row, scoped ReadOnlySpan<byte> envelope, Span<byte> room)
    {
        using var wrapping = new Wiped(stackalloc byte[Derived.Size]);
        credential.DeriveWrap(grant, row, wrapping.Bytes);
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, vault, grant, row);
        Kp1.Open(EnvelopeType.TokenWrap, wrapping.Bytes, 0, context.Bytes, envelope, room);
        return new GrantSecret(room);
    }

    private static void Bind(ref Joined context, Guid vault, Guid grant, Guid row)
    {
        context.Id(vault);
        context.Id(grant);
        context.Id(row);
    }
}
