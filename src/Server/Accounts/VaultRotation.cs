using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using static KeyPass.Server.Accounts.VaultKeyEndpoints;

namespace KeyPass.Server.Accounts;

/// <summary>F16, read: a vault's whole content under its new key.</summary>
/// <param name="Items">Also an account's own item that a managed vault did not have yet.</param>
internal sealed record VaultRotation(
    int Epoch, long PendingCounter, byte[] PublicKey, IReadOnlyDictionary<Guid, VaultRotation.Envelope> Items,
    IReadOnlyDictionary<Guid, VaultRotation.Escrow> Grants, IReadOnlySet<Guid> Discarded, IReadOnlyList<VaultStore.UnlockRow> Unlocks)
{
    private const int LongestEnvelope = 12 * 1024;

    internal sealed record Envelope(string Kind, int Version, byte[] Bytes);

    /// <param name="PointTag">Of a grant the vault vouches for; one that still waits gets its own when it is approved.</param>
    internal sealed record Escrow(byte[] Bytes, byte[]? PointTag);

    public static VaultRotation Read(
        FieldCheck check, RotateVaultRequest body, byte[] kdf, VaultStore.VaultRow vault, Ring ring, DateTimeOffset now)
    {
        var point = check.Bytes("vaultPublicKey", body.VaultPublicKey, P256.PointSize);
        check.Require(point.Length == 0 || P256.IsPoint(point), "vaultPublicKey", "'vaultPublicKey' is not a point of P-256, uncompressed.");
        check.Require(body.Epoch == vault.Epoch + 1, "epoch", "'epoch' takes the present epoch plus one.");
        check.Require(body.Unlocks.Any(one => one.Method == VaultStore.PasswordMethod) && body.Unlocks.Any(one => one.Method == VaultStore.RecoveryMethod)
            && body.Unlocks.All(one => one.Method is VaultStore.PasswordMethod or VaultStore.RecoveryMethod),
            "unlocks", "'unlocks' takes one with the password and one with the recovery code; passkeys are added again afterwards.");

        var envelopes = new EnvelopeReader(check, ring, now, vault.Id);
        var unlocks = body.Unlocks.Select((one, index) => envelopes.ReadUnlock($"unlocks[{index}]", one, kdf)).ToList();
        var items = new Dictionary<Guid, Envelope>();
        foreach (var (list, type, name) in new[] { (body.Items, EnvelopeType.VaultItem, "items"), (body.Deposits, EnvelopeType.Deposit, "deposits") })
        {
            for (var index = 0; index < list.Count; index++)
            {
                var id = check.Id($"{name}[{index}].id", list[index].Id);
                var bytes = Wrap(check, ring, $"{name}[{index}].envelope", list[index].Envelope, type, VaultStore.ItemTable, id);
                check.Require(items.TryAdd(id, new Envelope(list[index].Kind, list[index].Version, bytes)),
                    $"{name}[{index}].id", $"'{name}[{index}].id' is named twice.");
            }
        }
        var grants = new Dictionary<Guid, Escrow>();
        for (var index = 0; index < body.Escrows.Count; index++)
        {
            var id = check.Id($"escrows[{index}].grantId", body.Escrows[index].GrantId);
            var bytes = Wrap(check, ring, $"escrows[{index}].escrow", body.Escrows[index].Escrow, EnvelopeType.Escrow, GrantStore.EscrowColumn, id);
            grants[id] = new Escrow(bytes, check.Bytes($"escrows[{index}].vaultPointTag", body.Escrows[index].VaultPointTag, VaultPointTag.Size));
        }
        for (var index = 0; index < body.EscrowDeposits.Count; index++)
        {
            var id = check.Id($"escrowDeposits[{index}].grantId", body.EscrowDeposits[index].GrantId);
            var bytes = Wrap(
                check, ring, $"escrowDeposits[{index}].envelope", body.EscrowDeposits[index].Envelope, EnvelopeType.EscrowDeposit, GrantStore.EscrowColumn, id);
            grants[id] = new Escrow(bytes, PointTag: null);
        }
        var discarded = body.Discarded.Select((id, index) => check.Id($"discarded[{index}]", id)).ToHashSet();
        return new VaultRotation(body.Epoch, body.PendingCounter, point, items, grants, discarded, unlocks);
    }

    private static byte[] Wrap(FieldCheck check, Ring ring, string field, string text, EnvelopeType type, string table, Guid row) =>
        EnvelopeField.Read(check, ring, field, text, LongestEnvelope, type, table, row);
}
