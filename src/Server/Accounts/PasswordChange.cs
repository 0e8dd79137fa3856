using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>A new password for an account whose present one, or recovery code, was just proven.</summary>
internal sealed record PasswordChange(
    Guid AccountId, Guid VaultId, byte[] Kdf, byte[] Verifier, IReadOnlyList<VaultStore.UnlockRow> Unlocks, VaultStore.ItemRow Account)
{
    public static PasswordChange? Read(FieldCheck check, ChangePasswordRequest request, Guid accountId, Guid vaultId, Ring ring, DateTimeOffset now)
    {
        var kdf = KdfParameters.Read(check, request.Kdf);
        var authHash = KdfParameters.ReadAuthHash(check, "authHash", request.AuthHash);
        check.Require(request.Unlock?.Method == VaultStore.PasswordMethod, "unlock.method", "'unlock.method' takes 'pw'.");
        check.Require(request.Account is not null, "account", "'account' is missing: the account's own item, in its next version.");
        check.Require(request.Recovery is null or { Method: VaultStore.RecoveryMethod }, "recovery.method", "'recovery.method' takes 'recovery'.");
        if (check.Refusal is not null)
            return null;
        var envelopes = new EnvelopeReader(check, ring, now, vaultId);
        List<VaultStore.UnlockRow> unlocks = [envelopes.ReadUnlock("unlock", request.Unlock!, kdf)];
        if (request.Recovery is { } recovery)
            unlocks.Add(envelopes.ReadUnlock("recovery", recovery, kdf));
        var account = envelopes.ReadAccountItem("account", request.Account!);
        return check.Refusal is not null
            ? null
            : new PasswordChange(accountId, vaultId, kdf, Sealing.Verifier.Wrap(ring, AccountStore.Table, accountId, authHash), unlocks, account);
    }
}
