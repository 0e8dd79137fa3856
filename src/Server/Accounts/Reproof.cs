using KeyPass.Server.Http;

namespace KeyPass.Server.Accounts;

/// <summary>
/// The password once more, for what a session alone must not do: whoever found an open browser could otherwise take the account. Slowed
/// like a sign-in, and counted with it.
/// </summary>
internal sealed class Reproof(AccountStore accounts, SignInThrottle throttle, SignIn signIn)
{
    /// <summary>What the browser derived from the password or the recovery code; or, of a managed account, the password itself.</summary>
    internal sealed record Proof(string? AuthHash, string? Password = null);

    /// <summary>The account, and whether it was the password that proved it (else the recovery code); or why not.</summary>
    internal sealed record Outcome(AccountStore.AccountRow Account, bool ByPassword, RefusalResult? Refusal);

    public async Task<Outcome> ProveAsync(Guid accountId, Proof proof, string address, string? deviceMark, CancellationToken cancel)
    {
        var account = await accounts.GetAsync(accountId, cancel);
        var email = EmailAddress.FromStored(account.Email);
        var attempt = await throttle.BeginAsync(email, address, deviceMark, cancel);
        if (attempt.Wait is { } wait)
            return new Outcome(account, ByPassword: false, AccountsEndpoints.TooOften(wait));
        var byPassword = proof.Password is { } password
            ? await signIn.FindByPasswordAsync(email, password, cancel) is not null
            : await signIn.FindAsync(email, proof.AuthHash, cancel) is not null;
        if (!byPassword && await signIn.FindByRecoveryAsync(email, proof.AuthHash, cancel) is null)
            return new Outcome(account, ByPassword: false, AccountsEndpoints.WrongPassword());
        await throttle.ForgiveAsync(attempt, cancel);
        return new Outcome(account, byPassword, Refusal: null);
    }
}
