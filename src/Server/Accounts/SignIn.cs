using System.Text;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>
/// Whether a password's hash is an account's, told in the same way and the same time when there is no such account; and the
/// session that follows.
/// </summary>
internal sealed class SignIn(AccountStore accounts, SessionStore sessions, VaultStore vaults, Ring ring)
{
    private static readonly Guid Nobody = new("00000000000000000000000000000001");

    /// <summary>Checked in the place of an account that does not exist, so that the answer takes as long.</summary>
    private readonly byte[] _nobodysVerifier = Verifier.Wrap(ring, AccountStore.Table, Nobody, KdfParameters.NoAuthHash());

    public async Task<byte[]> ParametersAsync(EmailAddress email, CancellationToken cancel)
    {
        var account = await accounts.FindByEmailAsync(email, cancel);
        var invented = KdfParameters.With(DecoySalt.For(ring, email.Normalized));
        return account?.KdfParameters ?? invented;
    }

    public async Task<AccountStore.AccountRow?> FindAsync(EmailAddress email, string authHash, CancellationToken cancel)
    {
        var check = new FieldCheck();
        var hash = KdfParameters.ReadAuthHash(check, authHash);
        var presented = check.Refusal is null ? hash : KdfParameters.NoAuthHash();
        var account = await accounts.FindByEmailAsync(email, cancel);
        var matches = Verifier.Matches(ring, AccountStore.Table, account?.Id ?? Nobody, account?.Verifier ?? _nobodysVerifier, presented);
        return matches && check.Refusal is null ? account : null;
    }

    public async Task<(SignedIn SignedIn, DateTimeOffset ExpiresAt)> StartSessionAsync(
        AccountStore.AccountRow account, Guid vaultId, string device, CancellationToken cancel)
    {
        using var credential = Credential.Mint(CredentialKind.SessionToken);
        var hash = new byte[Credential.HashSize];
        credential.Hash(hash);
        var expiresAt = await sessions.AddAsync(account.Id, hash, device, cancel);
        var unlocks = await vaults.ListUnlocksAsync(vaultId, cancel);
        var signedIn = new SignedIn(
            Encoding.ASCII.GetString(credential.Reveal()), account.Id.ToString("N"), vaultId.ToString("N"), "sealed",
            [.. unlocks.Select(row => VaultEndpoints.Show(row, ring))]);
        return (signedIn, expiresAt);
    }
}
