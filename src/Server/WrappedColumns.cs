using KeyPass.Server.Accounts;
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
        new(VaultStore.UnlockTable, "envelope", VaultStore.UnlockTable),
        new(VaultStore.UnlockTable, "verifier", VaultStore.VerifierTable),
        new(VaultStore.ItemTable, "envelope", VaultStore.ItemTable),
    ];
}
