using System.Security.Claims;
using System.Text;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using Microsoft.AspNetCore.Mvc;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>Sign up, sign in, sign out, and the account itself.</summary>
internal static class AccountsEndpoints
{
    public static void AddAccounts(this IServiceCollection services, AccountSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<AccountStore>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<ThrottleStore>();
        services.AddSingleton<DeviceStore>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<ManagedPasswords>();
        services.AddSingleton<Reproof>();
        services.AddSingleton<TokenStore>();
        services.AddSingleton<VaultRotationStore>();
        services.AddSingleton<CustodyStore>();
        services.AddBearerCredential(
            Credentials.ManagementToken, CredentialPrefix.Of(CredentialKind.ManagementToken), TokensEndpoints.FindCallerAsync);
        services.AddSingleton<OperatorStore>();
        services.AddSingleton<OperatorRole>();
        services.AddSingleton<AccountLetters>();
        services.AddSingleton<InviteStore>();
        services.AddSingleton<SignUpStore>();
        services.AddSingleton<AddressProofStore>();
        services.AddSingleton<Confirmation>();
        services.AddHostedService<SignUpSweep>();
        services.AddBearerCredential(Credentials.Session, CredentialPrefix.Of(CredentialKind.SessionToken), FindCallerAsync);
        services.AddBearerCredential(Credentials.Operator, CredentialPrefix.Of(CredentialKind.SessionToken), FindOperatorAsync);
    }

    public static void MapAccounts(this WebApplication app)
    {
        var auth = app.MapGroup("/v1/auth").WithTags("Sign in");
        auth.MapSignUp();
        auth.MapPost("/prelogin", PreloginAsync).OpenToAnyone().ChangesNothing()
            .WithName("prelogin").WithSummary("How to turn a password into what signs in")
            .WithDescription("Answers the same way whether or not an account has the address.")
            .Produces<Envelope<PreloginAnswer>>().RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson);
        auth.MapPost("/login", LoginAsync).OpenToAnyone()
            .WithName("login").WithSummary("Sign in")
            .WithDescription("Gives a session credential, shown once, and the envelopes the browser needs to unlock the vault.")
            .Produces<Envelope<SignedIn>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.RateLimited);
        auth.MapPost("/recover", RecoverAsync).OpenToAnyone()
            .WithName("recover").WithSummary("Sign in with the recovery code")
            .WithDescription("Gives the envelope that the code opens. Change the password next; that replaces the code too.")
            .Produces<Envelope<SignedIn>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.RateLimited);
        auth.MapPost("/password", ChangePasswordAsync).Requires(Credentials.Session).AnswersWithSecret()
            .WithName("changePassword").WithSummary("Change the password")
            .WithDescription("Asks for the present password's hash, or the recovery code's, once more. Every session ends; the answer is a new one.")
            .Produces<Envelope<SignedIn>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.VersionConflict, Refusals.RateLimited);
        auth.MapPost("/logout", LogoutAsync).Requires(Credentials.Session)
            .WithName("logout").WithSummary("End this session").Produces(StatusCodes.Status204NoContent);

        var account = app.MapGroup("/v1").WithTags("Account");
        account.MapProfile();
        account.MapDelete("/account", DeleteAsync).Requires(Credentials.Session)
            .WithName("deleteAccount").WithSummary("Delete your account and everything in it")
            .WithDescription("Asks for the address and the password's hash once more. There is no way back.")
            .Produces(StatusCodes.Status204NoContent)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.RateLimited);
        account.MapGet("/account/sessions", ListSessionsAsync).Requires(Credentials.Session)
            .WithName("listSessions").WithSummary("Where you are signed in").Produces<Envelope<SessionList>>();
        account.MapDelete("/account/sessions/{id}", EndSessionAsync).Requires(Credentials.Session)
            .WithName("endSession").WithSummary("Sign one of them out")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
    }

    private static async Task<ClaimsPrincipal?> FindCallerAsync(IServiceProvider services, string presented, CancellationToken cancel)
    {
        var session = await services.GetRequiredService<SessionStore>().FindAsync(presented, cancel);
        return session is null ? null : Caller.Principal(RouteAuth.SchemeName(Credentials.Session), session.AccountId, session.Id);
    }

    /// <summary>A session too, of an account that has the role; of another, it is told apart from nobody's.</summary>
    private static async Task<ClaimsPrincipal?> FindOperatorAsync(IServiceProvider services, string presented, CancellationToken cancel)
    {
        if (await FindCallerAsync(services, presented, cancel) is not { } caller)
            return null;
        var account = await services.GetRequiredService<AccountStore>().GetAsync(caller.AccountId(), cancel);
        return await services.GetRequiredService<OperatorRole>().IsHeldByAsync(account, cancel) ? caller.AsOperator() : caller;
    }

    private static async Task<IResult> PreloginAsync(PreloginRequest body, SignIn signIn, CancellationToken cancel) =>
        EmailAddress.TryParse(body.Email, out var email)
            ? TypedResults.Ok(Envelope.Of(new PreloginAnswer(KdfParameters.Show(await signIn.ParametersAsync(email, cancel)))))
            : NoAddress();

    private static Task<IResult> LoginAsync(
        LoginRequest body, HttpContext http, SignInThrottle throttle, SignIn signIn, VaultStore vaults, CancellationToken cancel) =>
        SignInAsync(body, (email, _, cancel) => body.Password is { } password
            ? signIn.FindByPasswordAsync(email, password, cancel)
            : signIn.FindAsync(email, body.AuthHash, cancel), http, throttle, signIn, vaults, cancel);

    /// <summary>Signs in, and gives the envelope that the code opens. A new password, and a new code, are the next step.</summary>
    private static Task<IResult> RecoverAsync(
        LoginRequest body, HttpContext http, SignInThrottle throttle, SignIn signIn, VaultStore vaults, CancellationToken cancel) =>
        SignInAsync(body, signIn.FindByRecoveryAsync, http, throttle, signIn, vaults, cancel, byRecovery: true);

    private static async Task<IResult> SignInAsync(
        LoginRequest body, Func<EmailAddress, string?, CancellationToken, Task<AccountStore.AccountRow?>> find,
        HttpContext http, SignInThrottle throttle, SignIn signIn, VaultStore vaults, CancellationToken cancel, bool byRecovery = false)
    {
        if (!EmailAddress.TryParse(body.Email, out var email))
            return NoAddress();
        var attempt = await throttle.BeginAsync(email, ClientAddress.Of(http), DeviceCookie.Read(http.Request), cancel);
        if (attempt.Wait is { } wait)
            return TooOften(wait);
        if (await find(email, body.AuthHash, cancel) is not { } account)
            return WrongPassword();
        await throttle.ForgiveAsync(attempt, cancel);
        var vault = await vaults.GetAsync(account.Id, cancel);
        return TypedResults.Ok(Envelope.Of(await StartSessionAsync(http, signIn, account, vault, body.Session, cancel, byRecovery)));
    }

    private static async Task<IResult> ChangePasswordAsync(
        ChangePasswordRequest body, ClaimsPrincipal caller, HttpContext http, AccountStore accounts, Reproof reproof, SignIn signIn, VaultStore vaults,
        ManagedPasswords passwords, Ring ring, TimeProvider clock, CancellationToken cancel)
    {
        var (account, byPassword, refused) = await ProveAgainAsync(
            http, reproof, caller.AccountId(), new Reproof.Proof(body.CurrentAuthHash, body.CurrentPassword), cancel);
        if (refused is not null)
            return refused;

        var check = new FieldCheck();
        // A code that was typed may have been seen: it opens the vault no more once the new password does.
        check.Require(byPassword || body.Recovery is not null, "recovery", "'recovery' is missing: after a recovery the code is replaced too.");
        var vault = await vaults.GetAsync(account.Id, cancel);
        if (account.PasswordHash is not null)
        {
            ManagedPasswords.Check(check, "password", body.Password ?? "", EmailAddress.FromStored(account.Email));
            if (check.Refusal is { } unfit)
                return unfit;
            await accounts.ChangeManagedPasswordAsync(account.Id, passwords.Hash(account.Id, body.Password!), cancel);
            return TypedResults.Ok(Envelope.Of(await StartSessionAsync(http, signIn, account, vault, body.Session, cancel)));
        }
        if (PasswordChange.Read(check, body, account.Id, vault.Id, ring, clock.GetUtcNow()) is not { } change)
            return check.Refusal!;
        if (await accounts.ChangePasswordAsync(change, cancel) is { } refusal)
            return refusal;
        return TypedResults.Ok(Envelope.Of(await StartSessionAsync(http, signIn, account, vault, body.Session, cancel)));
    }

    /// <summary>Somebody has just proved who he is. To a browser in cookies: its session, and the mark by which it is known the next time.</summary>
    public static async Task<SignedIn> StartSessionAsync(
        HttpContext http, SignIn signIn, AccountStore.AccountRow account, VaultStore.VaultRow vault, SessionForm form, CancellationToken cancel,
        bool byRecovery = false)
    {
        var (signedIn, expires) = await signIn.StartSessionAsync(account, vault, Device(http), cancel, byRecovery);
        if (form != SessionForm.Cookie)
            return signedIn;
        var mark = await signIn.WelcomeAsync(signedIn, SessionCookie.Read(http.Request), DeviceCookie.Read(http.Request), cancel);
        SessionCookie.Give(http, signedIn.SessionToken!, expires);
        DeviceCookie.Give(http, mark);
        return signedIn with { SessionToken = null };
    }

    /// <summary>The password once more, from where the request comes.</summary>
    public static Task<Reproof.Outcome> ProveAgainAsync(
        HttpContext http, Reproof reproof, Guid accountId, Reproof.Proof proof, CancellationToken cancel) =>
        reproof.ProveAsync(accountId, proof, ClientAddress.Of(http), DeviceCookie.Read(http.Request), cancel);

    private static async Task<IResult> LogoutAsync(ClaimsPrincipal caller, HttpContext http, SessionStore sessions, CancellationToken cancel)
    {
        SessionCookie.Take(http);
        await sessions.EndAsync(caller.AccountId(), caller.CredentialId(), cancel);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteAsync(
        [FromBody] DeleteAccountRequest body, ClaimsPrincipal caller, HttpContext http, AccountStore accounts, Reproof reproof, CancellationToken cancel)
    {
        if (!EmailAddress.TryParse(body.Email, out var email))
            return NoAddress();
        var account = await accounts.GetAsync(caller.AccountId(), cancel);
        if (account.Email != email.Normalized)
            return Refusals.InvalidRequest.Because("'email' is not the address of this account: type that, so that no other is deleted by mistake.", "email");
        var proven = await ProveAgainAsync(
            http, reproof, account.Id, new Reproof.Proof(body.AuthHash, body.Password), cancel);
        if (proven.Refusal is { } refused)
            return refused;
        await accounts.DeleteAsync(account.Id, cancel);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> ListSessionsAsync(ClaimsPrincipal caller, SessionStore sessions, CancellationToken cancel)
    {
        var rows = await sessions.ListAsync(caller.AccountId(), cancel);
        return TypedResults.Ok(Envelope.Of(new SessionList([.. rows.Select(row => new SessionItem(
            row.Id.ToString("N"), row.Device, row.CreatedAt, row.LastUsedAt, row.ExpiresAt, row.Id == caller.CredentialId()))], NextCursor: null)));
    }

    private static async Task<IResult> EndSessionAsync(string id, ClaimsPrincipal caller, SessionStore sessions, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var sessionId) && await sessions.EndAsync(caller.AccountId(), sessionId, cancel)
            ? TypedResults.NoContent()
            : Refusals.NotFound.Because("There is no such session, or it is not yours.");

    /// <summary>What the person will recognise in the list of sessions; free text from outside, so only what can be shown.</summary>
    private static string Device(HttpContext http)
    {
        var text = new StringBuilder();
        foreach (var character in http.Request.Headers.UserAgent.ToString().Take(SessionStore.DeviceMaxLength))
            text.Append(char.IsBetween(character, ' ', '~') ? character : '?');
        return text.ToString();
    }

    private static RefusalResult NoAddress() => Refusals.InvalidRequest.Because("'email' is not an e-mail address.", "email");

    public static RefusalResult WrongPassword() => Refusals.SignInFailed.Because("No account has that address and password. Check both and try again.");

    public static RefusalResult TooOften(TimeSpan wait) =>
        Refusals.RateLimited.Because($"Too many attempts: try again in {Math.Ceiling(wait.TotalSeconds):0} s.", retryAfter: wait);
}
