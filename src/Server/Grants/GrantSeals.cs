using KeyPass.Server.Sealing;

namespace KeyPass.Server.Grants;

/// <summary>The rows that a server makes while it holds a grant's secret.</summary>
internal static class GrantSeals
{
    public static GrantStore.SealedKeyRow SealKey(
        Ring ring, Guid grantId, GrantSecret grantSecret, in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret, int priority,
        DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        return new GrantStore.SealedKeyRow
        {
            Id = id,
            GrantId = grantId,
            KeyId = version.KeyId,
            Version = (int)version.Version,
            Priority = priority,
            Envelope = ring.Wrap(GrantStore.SealedKeyTable, id, SealedKey.Seal(grantSecret, grantId, version, scheme, secret)),
        };
    }

    public static GrantStore.TokenWrapRow Wrap(
        Ring ring, Credential credential, Guid vault, Guid grant, GrantSecret grantSecret, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        var id = Guid.CreateVersion7(now);
        var hash = new byte[Credential.HashSize];
        credential.Hash(hash);
        return new GrantStore.TokenWrapRow
        {
            Id = id,
            GrantId = grant,
            Hash = hash,
            Envelope = ring.Wrap(GrantStore.WrapTable, id, TokenWrap.Seal(credential, vault, grant, id, grantSecret)),
            CreatedAt = now,
            ExpiresAt = expiresAt,
        };
    }
}
