using KeyPass.Server.Http;

namespace KeyPass.Server.Accounts;

/// <summary>
/// The password once more, for what a session alone must not do: whoever found an open browser could otherwise take the account. Slowed
/// like a sign-in, and counted with it.
/// </summary>
internal sealed class Reproof(AccountStore accounts, ThrottleStore throttle, SignIn signIn)
{
    /// <summary>The account, and whether it was the password that proved it (else the recovery code); or why not.</summary>
    internal sealed record Outcome(AccountStore.AccountRow Account, bool ByPassword, RefusalResult? Refusal);

    public async Task<Outcome> ProveAsync(Guid accountId, string? authHash, CancellationToken cancel)
    {
        var account = await accounts.GetAsync(accountId, cancel);
        var email = EmailAddress.FromStored(account.Email);
        var subject = $"login/{account.Email}";
        if (await throttle.BeginAsync(subject, ThrottleStore.FreeForAccount, cancel) is { } wait)
            return Refused(Refusals.RateLimited.Because($"Too many attempts: try again in {Math.Ceiling(wait.TotalSeconds):0} s.", retryAfter: wait));
        var byPassword = await signIn.FindAsync(email, authHash ?? "", cancel) is not null;
        if (!byPassword && await signIn.FindByRecoveryAsync(email, authHash ?? "", cancel) is null)
            return Refused(Refusals.SignInFailed.Because("That is not this account's password. Check it and try again.", "currentAuthHash"));
        await throttle.ForgiveAsync(subject, cancel);
        return new Outcome(account, byPassword, Refusal: null);

        Outcome Refused(RefusalResult why) => new(account, ByPassword: false, why);
    }
}
