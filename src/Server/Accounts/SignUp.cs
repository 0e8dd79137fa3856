using KeyPass.Server.Vault;

namespace KeyPass.Server.Accounts;

/// <summary>
/// All rows of an account to be, checked and under the ring: put in at once, or kept until the address is proved.
/// </summary>
internal sealed record SignUp(
    AccountStore.AccountRow Account, VaultStore.VaultRow Vault, IReadOnlyList<VaultStore.UnlockRow> Unlocks, IReadOnlyList<VaultStore.ItemRow> Items);
