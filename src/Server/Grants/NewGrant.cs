namespace KeyPass.Server.Grants;

/// <summary>A grant about to be stored: its secret under a first credential, under the vault, and over its keys.</summary>
internal sealed record NewGrant(GrantStore.GrantRow Grant, GrantStore.TokenWrapRow Wrap, IReadOnlyList<GrantStore.SealedKeyRow> SealedKeys);
