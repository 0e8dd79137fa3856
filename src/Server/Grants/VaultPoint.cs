namespace KeyPass.Server.Grants;

/// <summary>Where deposits of one vault go, in one epoch of its key.</summary>
internal sealed record VaultPoint(Guid VaultId, int Epoch, byte[] PublicKey);
