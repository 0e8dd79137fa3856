using System.Text;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Accounts;

/// <summary>
/// What a mailed link or an invite carries: the random part of a credential, without the prefix. It signs nobody in, and the server keeps
/// its hash alone; one that is mistyped is refused without asking the database.
/// </summary>
internal static class OneUseCode
{
    /// <summary>Any of the kinds would do: the tables these hashes stand in hold no others.</summary>
    private const CredentialKind Kind = CredentialKind.LinkToken;

    public static (string Code, byte[] Hash) Make()
    {
        using var credential = Credential.Mint(Kind);
        return (Encoding.ASCII.GetString(credential.Reveal()[CredentialPrefix.Of(Kind).Length..]), HashOf(credential));
    }

    /// <summary>Null when it cannot be one.</summary>
    public static byte[]? FindHash(string? presented)
    {
        if (presented is null || !Credential.TryRead(CredentialPrefix.Of(Kind) + presented, out var credential))
            return null;
        using (credential)
            return HashOf(credential);
    }

    private static byte[] HashOf(Credential credential)
    {
        var hash = new byte[Credential.HashSize];
        credential.Hash(hash);
        return hash;
    }
}
