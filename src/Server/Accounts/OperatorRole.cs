namespace KeyPass.Server.Accounts;

/// <summary>
/// Who runs this server: an account whose proven address has the role, by the settings or by <c>./run operator</c>. An address that was only
/// typed in gives no role to anybody.
/// </summary>
internal sealed class OperatorRole(AccountSettings settings, OperatorStore operators)
{
    public async Task<bool> IsHeldByAsync(AccountStore.AccountRow account, CancellationToken cancel) =>
        account.EmailVerifiedAt is not null
        && (settings.Operators.Any(email => email.Normalized == account.Email) || await operators.HasAsync(account.Email, cancel));
}
