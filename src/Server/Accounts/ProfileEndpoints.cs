using System.Security.Claims;
using System.Text.Json;
using KeyPass.Server.Budgets;
using KeyPass.Server.Http;
using KeyPass.Server.Vault;

namespace KeyPass.Server.Accounts;

/// <summary>The account as its owner sees it, and what he says about himself.</summary>
internal static class ProfileEndpoints
{
    /// <param name="SignsInWith">Which of the sign-in's members: an account that was sealed once never sends its password again, managed or not.</param>
    internal sealed record AccountAnswer(
        string AccountId, string Email, bool EmailVerified, string Custody, SignInForm SignsInWith, string? Name, string TimeZone, bool Operator,
        BudgetItem? Budget, DateTimeOffset CreatedAt);

    internal enum SignInForm
    {
        AuthHash,
        Password,
    }

    /// <param name="Sent">False where the address is proved already: there is nothing to ask.</param>
    internal sealed record LetterAnswer(bool Sent);

    internal sealed record ChangeAccountRequest(string? Name = null, string? TimeZone = null)
    {
        /// <summary>Undefined where it is absent; null takes it away.</summary>
        public JsonElement Budget { get; init; }
    }

    public static void MapProfile(this IEndpointRouteBuilder account)
    {
        account.MapGet("/account", GetAsync).Requires(Credentials.Session)
            .WithName("getAccount").WithSummary("Your account").Produces<Envelope<AccountAnswer>>();
        account.MapPatch("/account", ChangeAsync).Requires(Credentials.Session)
            .WithName("changeAccount").WithSummary("Say how you are called, where your day begins, and what all keys together may spend")
            .WithDescription("What is left out stays as it is; an empty name takes the name away. The time zone is one of IANA's, like Europe/Berlin. "
                + "A budget limits everything that the account spends; null takes it away.")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson);
        account.MapPost("/account/verify-email", AskForProofAsync).Requires(Credentials.Session)
            .WithName("askForAddressProof").WithSummary("Send a letter that proves your address")
            .WithDescription("On a server that sends mail. Of the letters that were sent, the last one's link works, for a day.")
            .Produces<Envelope<LetterAnswer>>().RefusesWith(Refusals.InvalidRequest, Refusals.RateLimited);
    }

    private static async Task<IResult> AskForProofAsync(
        ClaimsPrincipal caller, AccountStore accounts, AddressProofStore proofs, ThrottleStore throttle, AccountSettings settings, CancellationToken cancel)
    {
        if (!settings.ByMail)
            return Refusals.InvalidRequest.Because("This server sends no mail, and so cannot ask whether an address is yours: its operator can change that.");
        var account = await accounts.GetAsync(caller.AccountId(), cancel);
        if (account.EmailVerifiedAt is not null)
            return TypedResults.Ok(Envelope.Of(new LetterAnswer(false)));
        // The same count as sign-up's: nobody's mailbox is filled by us, by whichever way.
        if (await throttle.BeginAsync($"register/{account.Email}", ThrottleStore.FreeForAccount, cancel) is { } pause)
            return AccountsEndpoints.TooOften(pause);
        await proofs.AskAsync(account, cancel);
        return TypedResults.Ok(Envelope.Of(new LetterAnswer(true)));
    }

    private static async Task<IResult> GetAsync(
        ClaimsPrincipal caller, AccountStore accounts, VaultStore vaults, BudgetStore budgets, OperatorRole role, CancellationToken cancel)
    {
        var account = await accounts.GetAsync(caller.AccountId(), cancel);
        var vault = await vaults.GetAsync(account.Id, cancel);
        return TypedResults.Ok(Envelope.Of(new AccountAnswer(
            account.Id.ToString("N"), account.Email, account.EmailVerifiedAt is not null, vault.Custody,
            account.PasswordHash is null ? SignInForm.AuthHash : SignInForm.Password, account.Name, account.TimeZone,
            await role.IsHeldByAsync(account, cancel),
            (await budgets.ListAsync(account.Id, [account.Id], cancel))[account.Id].FirstOrDefault() is { } state ? BudgetForm.Show(state) : null,
            account.CreatedAt)));
    }

    private static async Task<IResult> ChangeAsync(ChangeAccountRequest body, ClaimsPrincipal caller, AccountStore accounts, CancellationToken cancel)
    {
        var check = new FieldCheck();
        var budget = BudgetForm.Read(check, "budget", body.Budget);
        check.Require(
            body.Name is not null || body.TimeZone is not null || budget.IsGiven, "name", "Nothing to change: give 'name', 'timeZone', 'budget' or several.");
        check.Require(body.Name is null || (body.Name.Length <= AccountStore.NameMaxLength && !body.Name.Any(char.IsControl)),
            "name", $"'name' takes up to {AccountStore.NameMaxLength} characters, without control characters.");
        check.Require(body.TimeZone is null || IanaZone.Exists(body.TimeZone), "timeZone", "'timeZone' takes a name of IANA's, like Europe/Berlin.");
        if (check.Refusal is { } refusal)
            return refusal;
        await accounts.ChangeProfileAsync(caller.AccountId(), body.Name, body.TimeZone, budget, cancel);
        return TypedResults.NoContent();
    }
}
