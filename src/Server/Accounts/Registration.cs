using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>
/// Reads a sign-up: everything the server can check without being able to open anything. What it accepts is of the right
/// form, bound to the ids it names, and made with the one password cost that all accounts share.
/// </summary>
internal sealed class Registration
{
    /// <summary>The methods a browser makes; "ring" is the server's own, and would make the vault managed.</summary>
    private static readonly string[] Methods = ["password", "recovery"];

    private const int MostItems = 8;
    private const int LongestEnvelope = 4096;

    private readonly FieldCheck _check = new();

    public RefusalResult? Refusal => _check.Refusal;

    public AccountStore.AccountRow Account { get; private set; } = null!;
    public VaultStore.VaultRow Vault { get; private set; } = null!;
    public IReadOnlyList<VaultStore.UnlockRow> Unlocks { get; private set; } = [];
    public IReadOnlyList<VaultStore.ItemRow> Items { get; private set; } = [];

    public static Registration Read(RegisterRequest request, Ring ring, DateTimeOffset now)
    {
        var registration = new Registration();
        registration.ReadAll(request, ring, now);
        return registration;
    }

    private void ReadAll(RegisterRequest request, Ring ring, DateTimeOffset now)
    {
        _check.Require(EmailAddress.TryParse(request.Email, out var email), "email", "'email' is not an e-mail address.");
        var accountId = _check.Id("accountId", request.AccountId);
        var vaultId = _check.Id("vaultId", request.VaultId);
        var authHash = KdfParameters.ReadAuthHash(_check, request.AuthHash);
        var kdf = KdfParameters.Read(_check, request.Kdf);
        var publicKey = ReadPoint("publicKey", request.PublicKey);
        var vaultPublicKey = ReadPoint("vaultPublicKey", request.VaultPublicKey);
        _check.Require(request.Unlocks.Count == Methods.Length && Methods.All(m => request.Unlocks.Count(u => u.Method == m) == 1),
            "unlocks", "'unlocks' takes one with the password and one with the recovery code.");
        _check.Require(request.Items.Count <= MostItems, "items", $"'items' takes at most {MostItems} at sign-up.");
        if (Refusal is not null)
            return;

        Unlocks = [.. request.Unlocks.Select((unlock, index) => ReadUnlock($"unlocks[{index}]", unlock, vaultId, kdf, ring, now))];
        Items = [.. request.Items.Select((item, index) => ReadItem($"items[{index}]", item, vaultId, ring, now))];
        if (Refusal is not null)
            return;
        Vault = new VaultStore.VaultRow { Id = vaultId, AccountId = accountId, Epoch = 1, PublicKey = vaultPublicKey, CreatedAt = now };
        Account = new AccountStore.AccountRow
        {
            Id = accountId,
            Email = email!.Normalized,
            KdfParameters = kdf,
            Verifier = Sealing.Verifier.Wrap(ring, AccountStore.Table, accountId, authHash),
            PublicKey = publicKey,
            CreatedAt = now,
        };
    }

    private byte[] ReadPoint(string field, string text)
    {
        var point = _check.Bytes(field, text, P256.PointSize);
        _check.Require(point.Length == 0 || P256.IsPoint(point), field, $"'{field}' is not a point of P-256, uncompressed.");
        return point;
    }

    private VaultStore.UnlockRow ReadUnlock(string field, UnlockWire unlock, Guid vaultId, byte[] kdf, Ring ring, DateTimeOffset now)
    {
        var id = _check.Id($"{field}.id", unlock.Id);
        return new VaultStore.UnlockRow
        {
            Id = id,
            VaultId = vaultId,
            Method = unlock.Method,
            // A recovery code is random: nothing slows its guessing but its length, and there are no parameters.
            KdfParameters = unlock.Method == "password" ? kdf : new byte[KdfParameters.Size],
            Commitment = _check.Bytes($"{field}.commitment", unlock.Commitment, KdfParameters.CommitmentSize),
            Envelope = ReadEnvelope($"{field}.envelope", unlock.Envelope, EnvelopeType.Unlock, ring, VaultStore.UnlockTable, id),
            CreatedAt = now,
        };
    }

    private VaultStore.ItemRow ReadItem(string field, ItemWire item, Guid vaultId, Ring ring, DateTimeOffset now)
    {
        var id = _check.Id($"{field}.id", item.Id);
        _check.Require(item.Kind == "account", $"{field}.kind", $"'{field}.kind' takes 'account' at sign-up.");
        _check.Require(item.Version == 1, $"{field}.version", $"'{field}.version' begins with 1.");
        return new VaultStore.ItemRow
        {
            Id = id,
            VaultId = vaultId,
            Kind = item.Kind,
            Version = item.Version,
            Envelope = ReadEnvelope($"{field}.envelope", item.Envelope, EnvelopeType.VaultItem, ring, VaultStore.ItemTable, id),
            CreatedAt = now,
        };
    }

    private byte[] ReadEnvelope(string field, string text, EnvelopeType type, Ring ring, string table, Guid row)
    {
        var envelope = _check.BytesUpTo(field, text, LongestEnvelope);
        if (envelope.Length == 0)
            return envelope;
        if (Kp1.IsWellFormed(type, envelope))
            return ring.Wrap(table, row, envelope);
        _check.Require(false, field, $"'{field}' is not an envelope of its kind.");
        return [];
    }
}
