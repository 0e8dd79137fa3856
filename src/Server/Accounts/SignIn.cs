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
internal sealed class SignIn(AccountStore accounts, SessionStore sessions, DeviceStore devices, VaultStore vaults, ManagedPasswords passwords,
    Ring ring, OuterEnvelopes outer)
{
    private static readonly Guid Nobody = new("00000000000000000000000000000001");

    /// <summary>
    /// Checked in the place of an account that does not exist, so that the answer takes as long. Made anew for every sign-in, real or
    /// not: one that was kept would stop opening when the ring's epoch is destroyed.
    /// </summary>
    private byte[] NobodysVerifier() => Verifier.Wrap(ring, AccountStore.Table, Nobody, KdfParameters.NoAuthHash());

    public async Task<byte[]> ParametersAsync(EmailAddress email, CancellationToken cancel)
    {
        var account = await accounts.FindByEmailAsync(email, cancel);
        var invented = KdfParameters.With(DecoySalt.For(ring, email.Normalized));
        return account?.KdfParameters ?? invented;
    }

    /// <summary>Of a managed account. One that is sealed, or unknown, is told as a wrong password is.</summary>
    public async Task<AccountStore.AccountRow?> FindByPasswordAsync(EmailAddress email, string password, CancellationToken cancel)
    {
        var account = await accounts.FindByEmailAsync(email, cancel);
        return passwords.Matches(account, password) ? account : null;
    }

    public async Task<AccountStore.AccountRow?> FindAsync(EmailAddress email, string? authHash, CancellationToken cancel)
    {
        var (presented, isHash) = ReadHash(authHash);
        var nobodys = NobodysVerifier();
        var account = await accounts.FindByEmailAsync(email, cancel);
        // A managed account has none: it is told as one that does not exist is.
        var (id, stored) = account?.Verifier is { } verifier ? (account.Id, verifier) : (Nobody, nobodys);
        var matches = Verifier.Matches(ring, AccountStore.Table, id, stored, presented);
        return matches && isHash && id != Nobody ? account : null;
    }

    /// <summary>The same for a recovery code: the account whose vault has it.</summary>
    public async Task<AccountStore.AccountRow?> FindByRecoveryAsync(EmailAddress email, string? authHash, CancellationToken cancel)
    {
        var (presented, isHash) = ReadHash(authHash);
        var nobodys = NobodysVerifier();
        var account = await accounts.FindByEmailAsync(email, cancel);
        var recovery = await vaults.FindRecoveryAsync(account?.Id ?? Nobody, cancel);
        var matches = recovery?.Verifier is { } stored
            ? Verifier.Matches(ring, VaultStore.VerifierTable, recovery.Id, stored, presented)
            : Verifier.Matches(ring, AccountStore.Table, Nobody, nobodys, presented);
        return matches && isHash && recovery is not null ? account : null;
    }

    private static (byte[] Hash, bool IsHash) ReadHash(string? authHash)
    {
        var check = new FieldCheck();
        var hash = KdfParameters.ReadAuthHash(check, "authHash", authHash);
        return check.Refusal is null ? (hash, true) : (KdfParameters.NoAuthHash(), false);
    }

    public async Task<(SignedIn SignedIn, DateTimeOffset ExpiresAt)> StartSessionAsync(
        AccountStore.AccountRow account, VaultStore.VaultRow vault, string device, CancellationToken cancel, bool byRecovery = false)
    {
        using var credential = Credential.Mint(CredentialKind.SessionToken);
        var hash = new byte[Credential.HashSize];
        credential.Hash(hash);
        var expiresAt = await sessions.AddAsync(account, hash, device, cancel, byRecovery);
        var unlocks = await vaults.ListUnlocksAsync(vault.Id, cancel);
        var signedIn = new SignedIn(
            Encoding.ASCII.GetString(credential.Reveal()), account.Id.ToString("N"), vault.Id.ToString("N"), vault.Custody, vault.Epoch,
            [.. unlocks.Where(row => row.Method != VaultStore.RingMethod).Select(row => VaultEndpoints.Show(row, outer))]);
        return (signedIn, expiresAt);
    }

    /// <summary>
    /// The mark for a browser that has just signed in. The session it had before ends: a new one takes its place, and nobody is left with
    /// the old one.
    /// </summary>
    public async Task<string> WelcomeAsync(SignedIn signedIn, string? replacedSession, string? mark, CancellationToken cancel)
    {
        if (replacedSession is not null && await sessions.FindAsync(replacedSession, cancel) is { } session)
            await sessions.EndAsync(session.AccountId, session.Id, cancel);
        return await devices.RememberAsync(Guid.ParseExact(signedIn.AccountId, "N"), mark, cancel);
    }
}
