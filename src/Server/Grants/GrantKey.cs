using KeyPass.Server.Sealing;

namespace KeyPass.Server.Grants;

/// <summary>A provider key as a grant holds it, with the names it is bound to: from the vault's row, and checked against the inside.</summary>
internal sealed record GrantKey(GrantStore.SealedKeyRow Row, string Provider, string Origin)
{
    /// <summary>In no vault, and no secret: what the server itself answers to. Nothing is sealed, and no receipt names it.</summary>
    public bool IsOfServer => Row.KeyId == Guid.Empty;

    public static GrantKey OfServer(Guid grantId, string provider, string origin) => new(
        new GrantStore.SealedKeyRow { Id = Guid.Empty, GrantId = grantId, KeyId = Guid.Empty, Version = 0, Priority = int.MaxValue, Envelope = [] },
        provider, origin);

    public KeyVersion Of(Guid vault) => new(vault, Row.KeyId, (uint)Row.Version, Provider, Origin);
}
