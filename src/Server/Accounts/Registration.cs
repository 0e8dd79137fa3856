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
    private static readonly string[] Methods = [VaultStore.PasswordMethod, VaultStore.RecoveryMethod];

    private const int MostItems = 8;

    private readonly FieldCheck _check = new();

    public RefusalResult? Refusal => _check.Refusal;

    /// <summary>What was read, when there is no refusal.</summary>
    public SignUp SignUp { get; private set; } = null!;

    public static Registration Read(RegisterRequest request, Ring ring, ManagedPasswords passwords, DateTimeOffset now)
    {
        var registration = new Registration();
        if (request.Password is { } password)
            registration.ReadManaged(request, password, ring, passwords, now);
        else
            registration.ReadAll(request, ring, now);
        // Browsers know names that this server's list has no more: nobody is turned away for that, and can choose another later.
        if (registration.Refusal is null && request.TimeZone is { } zone && IanaZone.Exists(zone))
            registration.SignUp.Account.TimeZone = zone;
        return registration;
    }

    /// <summary>Plain API: the server makes the vault, and can open it. Whoever asks for both kinds at once has misunderstood one of them.</summary>
    private void ReadManaged(RegisterRequest request, string password, Ring ring, ManagedPasswords passwords, DateTimeOffset now)
    {
        _check.Require(EmailAddress.TryParse(request.Email, out var email), "email", "'email' is not an e-mail address.");
        _check.Require(request is { AccountId: null, VaultId: null, AuthHash: null, Unlocks: null, Items: null }, "password",
            "'password' is for a managed account, which sends nothing of a sealed one: a sealed account never sends its password.");
        ManagedPasswords.Check(_check, "password", password, email);
        if (Refusal is not null)
            return;
        var id = Guid.CreateVersion7(now);
        var account = new AccountStore.AccountRow
        {
            Id = id, Email = email!.Normalized, PasswordHash = passwords.Hash(id, password), CreatedAt = now,
        };
        var (vault, unlock) = ManagedVault.Create(id, ring, now);
        SignUp = new SignUp(account, vault, [unlock], []);
    }

    private void ReadAll(RegisterRequest request, Ring ring, DateTimeOffset now)
    {
        _check.Require(EmailAddress.TryParse(request.Email, out var email), "email", "'email' is not an e-mail address.");
        var accountId = _check.Id("accountId", request.AccountId);
        var vaultId = _check.Id("vaultId", request.VaultId);
        var authHash = KdfParameters.ReadAuthHash(_check, "authHash", request.AuthHash);
        var kdf = KdfParameters.Read(_check, request.Kdf);
        var publicKey = ReadPoint("publicKey", request.PublicKey);
        var vaultPublicKey = ReadPoint("vaultPublicKey", request.VaultPublicKey);
        var (unlockWires, itemWires) = (request.Unlocks ?? [], request.Items ?? []);
        _check.Require(unlockWires.Count == Methods.Length && Methods.All(m => unlockWires.Count(u => u.Method == m) == 1),
            "unlocks", "'unlocks' takes one with the password and one with the recovery code.");
        _check.Require(itemWires.Count <= MostItems, "items", $"'items' takes at most {MostItems} at sign-up.");
        if (Refusal is not null)
            return;

        var envelopes = new EnvelopeReader(_check, ring, now, vaultId);
        List<VaultStore.UnlockRow> unlocks = [.. unlockWires.Select((unlock, index) => envelopes.ReadUnlock($"unlocks[{index}]", unlock, kdf))];
        List<VaultStore.ItemRow> items = [.. itemWires.Select((item, index) => ReadItem(envelopes, $"items[{index}]", item))];
        if (Refusal is not null)
            return;
        var vault = new VaultStore.VaultRow
        {
            Id = vaultId, AccountId = accountId, Custody = VaultStore.Sealed, Epoch = 1, PublicKey = vaultPublicKey, CreatedAt = now,
        };
        var account = new AccountStore.AccountRow
        {
            Id = accountId,
            Email = email!.Normalized,
            KdfParameters = kdf,
            Verifier = Sealing.Verifier.Wrap(ring, AccountStore.Table, accountId, authHash),
            PublicKey = publicKey,
            CreatedAt = now,
        };
        SignUp = new SignUp(account, vault, unlocks, items);
    }

    private byte[] ReadPoint(string field, string? text)
    {
        var point = _check.Bytes(field, text, P256.PointSize);
        _check.Require(point.Length == 0 || P256.IsPoint(point), field, $"'{field}' is not a point of P-256, uncompressed.");
        return point;
    }

    private VaultStore.ItemRow ReadItem(EnvelopeReader envelopes, string field, ItemWire item)
    {
        _check.Require(item.Version == 1, $"{field}.version", $"'{field}.version' begins with 1.");
        return envelopes.ReadAccountItem(field, item);
    }
}
