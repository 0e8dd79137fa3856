using KeyPass.Server.Accounts;
using KeyPass.Server.Grants;
using KeyPass.Server.Mail;
using KeyPass.Server.Vault;

namespace KeyPass.Server;

/// <summary>
/// Every column under the outer ring. Turning the ring re-wraps these and no others, so a column that is missing here would be lost
/// with its epoch: a test holds the list against the database. Each such table has its row's id in a column <c>id</c>.
/// </summary>
internal static class WrappedColumns
{
    public static IReadOnlyList<WrappedColumn> All { get; } =
    [
        new(AccountStore.Table, "verifier", AccountStore.Table),
        new(AccountStore.Table, "password_hash", ManagedPasswords.BoundAs),
        new(VaultStore.UnlockTable, "envelope", VaultStore.UnlockTable),
        new(VaultStore.UnlockTable, "verifier", VaultStore.VerifierTable),
        new(VaultStore.ItemTable, "envelope", VaultStore.ItemTable),
        new("grants", "escrow", GrantStore.EscrowColumn),
        new("grants", "child", GrantStore.ChildColumn),
        new(GrantStore.WrapTable, "envelope", GrantStore.WrapTable),
        new(GrantStore.SealedKeyTable, "envelope", GrantStore.SealedKeyTable),
        new(MailStore.Table, "text", MailStore.Table),
    ];

    /// <summary>Columns of JSON that hold such values inside, in rows that pass away by themselves within a day: an epoch waits for them.</summary>
    public static IReadOnlyList<WrappedColumn> Passing { get; } = [new(SignUpStore.Table, "sign_up", "")];
}
