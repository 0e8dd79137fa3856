using Microsoft.AspNetCore.Identity;

namespace KeyPass.Server.Accounts;

/// <summary>An account, as Identity's passkey handler sees one.</summary>
internal sealed record PasskeyOwner(Guid AccountId);

/// <summary>
/// Lets Identity's handler look passkeys up. It only reads: a passkey is added, used and removed in <see cref="PasskeyStore"/>,
/// together with its unlock and its audit entry, so what would write is refused.
/// </summary>
internal sealed class PasskeyUsers(PasskeyStore store) : IUserPasskeyStore<PasskeyOwner>
{
    public Task<string> GetUserIdAsync(PasskeyOwner user, CancellationToken cancellationToken) => Task.FromResult(user.AccountId.ToString("N"));

    /// <summary>An id that nobody has is found out by its passkey, which is not there: one look-up, whatever the id.</summary>
    public Task<PasskeyOwner?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        Task.FromResult(Guid.TryParseExact(userId, "N", out var id) ? new PasskeyOwner(id) : null);

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(PasskeyOwner user, CancellationToken cancellationToken) =>
        [.. (await store.ListAsync(user.AccountId, cancellationToken)).Select(Show)];

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(PasskeyOwner user, byte[] credentialId, CancellationToken cancellationToken) =>
        await store.FindAsync(credentialId, cancellationToken) is { } row && row.AccountId == user.AccountId ? Show(row) : null;

    public async Task<PasskeyOwner?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        await store.FindAsync(credentialId, cancellationToken) is { } row ? new PasskeyOwner(row.AccountId) : null;

    public Task AddOrUpdatePasskeyAsync(PasskeyOwner user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw OnlyReads();

    public Task RemovePasskeyAsync(PasskeyOwner user, byte[] credentialId, CancellationToken cancellationToken) => throw OnlyReads();

    public Task<string?> GetUserNameAsync(PasskeyOwner user, CancellationToken cancellationToken) => throw OnlyReads();

    public Task SetUserNameAsync(PasskeyOwner user, string? userName, CancellationToken cancellationToken) => throw OnlyReads();

    public Task<string?> GetNormalizedUserNameAsync(PasskeyOwner user, CancellationToken cancellationToken) => throw OnlyReads();

    public Task SetNormalizedUserNameAsync(PasskeyOwner user, string? normalizedName, CancellationToken cancellationToken) => throw OnlyReads();

    public Task<IdentityResult> CreateAsync(PasskeyOwner user, CancellationToken cancellationToken) => throw OnlyReads();

    public Task<IdentityResult> UpdateAsync(PasskeyOwner user, CancellationToken cancellationToken) => throw OnlyReads();

    public Task<IdentityResult> DeleteAsync(PasskeyOwner user, CancellationToken cancellationToken) => throw OnlyReads();

    public Task<PasskeyOwner?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw OnlyReads();

    public void Dispose()
    {
        // Identity's manager disposes what it reads from; nothing here is held open.
    }

    /// <summary>Attestation and client data have been checked when a passkey was added, and are not kept.</summary>
    private static UserPasskeyInfo Show(PasskeyStore.PasskeyRow row) => new(
        row.CredentialId, row.PublicKey, row.CreatedAt, (uint)row.SignCounter, row.Transports, isUserVerified: true,
        row.BackupEligible, row.BackedUp, attestationObject: [], clientDataJson: []);

    private static NotSupportedException OnlyReads() => new("Identity reads passkeys here and nothing else.");
}
