using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>Turns the envelopes of one vault, as a browser sends them, into rows under the outer ring.</summary>
internal sealed class EnvelopeReader(FieldCheck check, Ring ring, DateTimeOffset now, Guid vaultId)
{
    private const int LongestEnvelope = 4096;

    /// <summary>WebAuthn Level 3, 5.1.3.</summary>
    private const int LongestCredentialId = 1023;

    public VaultStore.UnlockRow ReadUnlock(string field, UnlockWire unlock, byte[] kdf)
    {
        var id = check.Id($"{field}.id", unlock.Id);
        var isPassword = unlock.Method == VaultStore.PasswordMethod;
        var isPasskey = unlock.Method == VaultStore.PasskeyMethod;
        // The password's proof stands with the account, and a passkey proves itself.
        var authHash = isPassword || isPasskey ? [] : KdfParameters.ReadAuthHash(check, $"{field}.authHash", unlock.AuthHash);
        return new VaultStore.UnlockRow
        {
            Id = id,
            VaultId = vaultId,
            Method = unlock.Method,
            // A recovery code or a PRF's output is random: nothing slows its guessing but its length, and there are no parameters.
            KdfParameters = isPassword ? kdf : new byte[KdfParameters.Size],
            Commitment = check.Bytes($"{field}.commitment", unlock.Commitment, KdfParameters.CommitmentSize),
            Envelope = ReadEnvelope($"{field}.envelope", unlock.Envelope, EnvelopeType.Unlock, VaultStore.UnlockTable, id),
            Verifier = authHash.Length == 0 ? null : Verifier.Wrap(ring, VaultStore.VerifierTable, id, authHash),
            CredentialId = isPasskey ? check.BytesUpTo($"{field}.credentialId", unlock.CredentialId, LongestCredentialId) : null,
            CreatedAt = now,
        };
    }

    /// <summary>The one item that is no provider key: what the account itself needs kept.</summary>
    public VaultStore.ItemRow ReadAccountItem(string field, ItemWire item)
    {
        var id = check.Id($"{field}.id", item.Id);
        check.Require(item.Kind == VaultStore.AccountKind, $"{field}.kind", $"'{field}.kind' takes '{VaultStore.AccountKind}' here.");
        return new VaultStore.ItemRow
        {
            Id = id,
            VaultId = vaultId,
            Kind = VaultStore.AccountKind,
            Version = item.Version,
            Envelope = ReadEnvelope($"{field}.envelope", item.Envelope, EnvelopeType.VaultItem, VaultStore.ItemTable, id),
            CreatedAt = now,
        };
    }

    private byte[] ReadEnvelope(string field, string text, EnvelopeType type, string table, Guid row) =>
        EnvelopeField.Read(check, ring, field, text, LongestEnvelope, type, table, row);
}
