namespace KeyPass.Server.Accounts;

/// <summary>Asks by mail whether an address is who it says it is; or tells its owner, who has an account, that he has one.</summary>
internal sealed class Confirmation(SignUpStore signUps, AccountStore accounts, AccountLetters letters)
{
    /// <summary>The same steps whether or not the address is taken. Which letter it is, only its reader learns.</summary>
    public async Task AskAsync(SignUp signUp, EmailAddress email, Guid? inviteId, CancellationToken cancel)
    {
        var (code, hash) = OneUseCode.Make();
        var isTaken = await accounts.FindByEmailAsync(email, cancel) is not null;
        await signUps.KeepAsync(signUp, inviteId, hash, context =>
        {
            if (isTaken)
                letters.AccountExists(context, email.Normalized);
            else
                letters.ProveAddress(context, email.Normalized, code);
        }, cancel);
    }
}
