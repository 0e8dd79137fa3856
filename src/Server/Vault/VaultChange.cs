namespace KeyPass.Server.Vault;

/// <summary>What came of a change under a vault's key.</summary>
internal enum VaultChange
{
    Done,
    NotThere,

    /// <summary>Somebody else changed it meanwhile.</summary>
    Conflict,
    IdInUse,
    TooMany,
}
