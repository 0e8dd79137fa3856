using KeyPass.Server.Vault;

namespace KeyPass.Server.Accounts;

/// <summary>
/// What the sign-up and sign-in routes take and give. Binary values are base64url without padding, ids 32 hex digits.
/// A sealed account's password, provider keys and vault key are in none of them: the browser keeps those. A managed account, made by
/// plain API, sends its password.
/// </summary>
internal static class AuthWire
{
    /// <summary>The cost of guessing: how the browser turned the password into what it sends.</summary>
    internal sealed record KdfWire(string Algorithm, int MemoryKib, int Iterations, int Parallelism, string Salt);

    /// <param name="AuthHash">With a recovery code: it signs in as a password does. A password's own stands with the account.</param>
    /// <param name="CredentialId">Which passkey; with that method only.</param>
    internal sealed record UnlockWire(
        string Id, string Method, string Commitment, string Envelope, string? AuthHash = null, string? CredentialId = null);

    internal sealed record ItemWire(string Id, string Kind, int Version, string Envelope);

    /// <summary>Sealed: everything but the password. Managed: address and password, and nothing else.</summary>
    /// <param name="Invite">The code of one, where this server asks for it.</param>
    internal sealed record RegisterRequest(
        string Email, string? AccountId = null, string? VaultId = null, KdfWire? Kdf = null, string? AuthHash = null, string? PublicKey = null,
        string? VaultPublicKey = null, IReadOnlyList<UnlockWire>? Unlocks = null, IReadOnlyList<ItemWire>? Items = null,
        SessionForm Session = SessionForm.Bearer, string? Invite = null, string? Password = null, string? TimeZone = null);

    /// <summary>How the session comes back: to programs in the answer, to browsers in a cookie that no script can read.</summary>
    internal enum SessionForm
    {
        Bearer,
        Cookie,
    }

    internal sealed record PreloginRequest(string Email);

    internal sealed record PreloginAnswer(KdfWire Kdf);

    /// <summary>With what the browser derived, or, of a managed account, with the password itself.</summary>
    internal sealed record LoginRequest(string Email, string? AuthHash = null, SessionForm Session = SessionForm.Bearer, string? Password = null);

    /// <summary>Proven by the present password or by a recovery code; a code that was used is replaced with the password.</summary>
    internal sealed record ChangePasswordRequest(
        string? CurrentAuthHash = null, KdfWire? Kdf = null, string? AuthHash = null, UnlockWire? Unlock = null, ItemWire? Account = null,
        UnlockWire? Recovery = null, SessionForm Session = SessionForm.Bearer, string? CurrentPassword = null, string? Password = null);

    internal sealed record DeleteAccountRequest(string Email, string? AuthHash = null, string? Password = null);

    /// <summary>The one time the session's credential is shown (null when it is in the cookie), with what the browser needs to unlock.</summary>
    internal sealed record SignedIn(string? SessionToken, string AccountId, string VaultId, string Custody, int Epoch,
        IReadOnlyList<VaultEndpoints.UnlockItem> Unlocks);

    internal sealed record SessionItem(string Id, string Device, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt, bool Current);

    internal sealed record SessionList(IReadOnlyList<SessionItem> Items, string? NextCursor);
}
