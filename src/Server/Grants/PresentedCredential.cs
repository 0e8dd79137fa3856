using KeyPass.Server.Sealing;

namespace KeyPass.Server.Grants;

/// <summary>The credential that a request came with, and the grant it belongs to.</summary>
internal static class PresentedCredential
{
    /// <summary>Null for what is none of ours, or unknown; that costs no question to the database where the checksum is wrong.</summary>
    public static async Task<GrantStore.Found?> FindGrantAsync(GrantStore grants, string? presented, CancellationToken cancel)
    {
        if (!Credential.TryRead(presented, out var credential))
            return null;
        using (credential)
            return await FindAsync(grants, credential, cancel);
    }

    /// <summary>Of a caller who got in with it. The caller disposes of the credential.</summary>
    public static async Task<(Credential Presented, GrantStore.Found Found)> FindAsync(GrantStore grants, string? presented, CancellationToken cancel)
    {
        if (!Credential.TryRead(presented, out var credential))
            throw new InvalidOperationException("the caller came without a credential");
        if (await FindAsync(grants, credential, cancel) is { } found)
            return (credential, found);
        // Gone in the moment between: as broken as any other that opens nothing.
        credential.Dispose();
        throw new SealBroken();
    }

    private static async Task<GrantStore.Found?> FindAsync(GrantStore grants, Credential credential, CancellationToken cancel)
    {
        var hash = new byte[Credential.HashSize];
        credential.Hash(hash);
        return await grants.FindAsync(hash, cancel);
    }
}
