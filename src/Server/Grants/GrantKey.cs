using KeyPass.Server.Sealing;

namespace KeyPass.Server.Grants;

/// <summary>A provider key as a grant holds it, with the names it is bound to: from the vault's row, and checked against the inside.</summary>
internal sealed record GrantKey(GrantStore.SealedKeyRow Row, string Provider, string Origin)
{
    public KeyVersion Of(Guid vault) => new(vault, Row.KeyId, (uint)Row.Version, Provider, Origin);
}
