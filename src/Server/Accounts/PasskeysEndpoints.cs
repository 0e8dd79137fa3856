using System.Buffers.Text;
using System.Security.Claims;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using Microsoft.AspNetCore.Identity;
using static KeyPass.Server.Accounts.AuthWire;
using static KeyPass.Server.Accounts.PasskeyWire;

namespace KeyPass.Server.Accounts;

/// <summary>Sign in, and unlock, with a passkey. What unlocks never comes here: the browser keeps the PRF's output.</summary>
internal static class PasskeysEndpoints
{
    /// <param name="publicUrl">Its host is what passkeys are bound to, for ever: another host, and none of them works.</param>
    public static void AddPasskeys(this IServiceCollection services, Uri publicUrl)
    {
        services.AddSingleton<PasskeyStore>();
        services.AddIdentityCore<PasskeyOwner>();
        services.AddScoped<IUserStore<PasskeyOwner>, PasskeyUsers>();
        services.AddScoped<IPasskeyHandler<PasskeyOwner>, PasskeyHandler<PasskeyOwner>>();
        services.AddScoped<Passkeys>();
        var origin = publicUrl.IsDefaultPort ? $"{publicUrl.Scheme}://{publicUrl.IdnHost}" : $"{publicUrl.Scheme}://{publicUrl.IdnHost}:{publicUrl.Port}";
        services.Configure<IdentityPasskeyOptions>(options =>
        {
            options.ServerDomain = publicUrl.IdnHost;
            options.AuthenticatorTimeout = PasskeyStore.ChallengeLifetime;
            options.ResidentKeyRequirement = "required";
            options.UserVerificationRequirement = "required";
            options.AttestationConveyancePreference = "none";
            options.ValidateOrigin = answer => ValueTask.FromResult(answer is { CrossOrigin: false, TopOrigin: null } && answer.Origin == origin);
        });
    }

    public static void MapPasskeys(this WebApplication app)
    {
        var passkeys = app.MapGroup("/v1/auth").WithTags("Passkeys");
        passkeys.MapPost("/passkeys/options", BeginAddingAsync).Requires(Credentials.Session).ChangesNothing()
            .WithName("beginPasskey").WithSummary("What to ask an authenticator for a new passkey")
            .WithDescription("Holds for one try and five minutes. The browser adds the PRF extension itself.")
            .Produces<Envelope<Ceremony>>().RefusesWith(Refusals.RateLimited);
        passkeys.MapPost("/passkeys", AddAsync).Requires(Credentials.Session)
            .WithName("addPasskey").WithSummary("Add a passkey that signs in and unlocks the vault")
            .WithDescription("Asks for the present password's hash once more. A response that holds PRF output is refused.")
            .Produces<Envelope<AddedPasskey>>(StatusCodes.Status201Created)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.RateLimited);
        passkeys.MapGet("/passkeys", ListAsync).Requires(Credentials.Session)
            .WithName("listPasskeys").WithSummary("Your passkeys").Produces<Envelope<PasskeyList>>();
        passkeys.MapPatch("/passkeys/{id}", RenameAsync).Requires(Credentials.Session)
            .WithName("renamePasskey").WithSummary("Rename a passkey")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound);
        passkeys.MapDelete("/passkeys/{id}", DeleteAsync).Requires(Credentials.Session)
            .WithName("deletePasskey").WithSummary("Remove a passkey, and its unlock")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
        passkeys.MapPost("/passkeys/login/options", BeginSignInAsync).OpenToAnyone().ChangesNothing()
            .WithName("beginPasskeyLogin").WithSummary("What to ask an authenticator to sign in")
            .WithDescription("The same for everybody. Holds for one try and five minutes.")
            .Produces<Envelope<Ceremony>>().RefusesWith(Refusals.RateLimited);
        passkeys.MapPost("/passkeys/login", SignInAsync).OpenToAnyone()
            .WithName("passkeyLogin").WithSummary("Sign in with a passkey")
            .WithDescription("Gives what signing in with a password gives. A response that holds PRF output is refused.")
            .Produces<Envelope<SignedIn>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.RateLimited);
    }

    private static async Task<IResult> BeginAddingAsync(
        ClaimsPrincipal caller, HttpContext http, AccountStore accounts, Passkeys passkeys, CancellationToken cancel)
    {
        var account = await accounts.GetAsync(caller.AccountId(), cancel);
        return Show(await passkeys.BeginAddingAsync(account, http, ClientAddress.Of(http), cancel));
    }

    private static async Task<IResult> BeginSignInAsync(HttpContext http, Passkeys passkeys, CancellationToken cancel) =>
        Show(await passkeys.BeginSignInAsync(http, ClientAddress.Of(http), cancel));

    private static IResult Show(Ceremony? ceremony) =>
        ceremony is null ? AccountsEndpoints.TooOften(PasskeyStore.ChallengeLifetime) : TypedResults.Ok(Envelope.Of(ceremony));

    private static async Task<IResult> AddAsync(
        AddPasskeyRequest body, ClaimsPrincipal caller, HttpContext http, Reproof reproof, Passkeys passkeys, PasskeyStore store,
        VaultStore vaults, Ring ring, TimeProvider clock, ILogger<Passkeys> log, CancellationToken cancel)
    {
        if (Passkeys.LeaksPrf(body.Response))
            return Leaked(log);
        var (account, _, refused) = await AccountsEndpoints.ProveAgainAsync(
            http, reproof, caller.AccountId(), new Reproof.Proof(body.CurrentAuthHash), cancel);
        if (refused is not null)
            return refused;

        var (check, now) = (new FieldCheck(), clock.GetUtcNow());
        var name = ReadName(check, body.Name);
        check.Require(body.Unlock.Method == VaultStore.PasskeyMethod, "unlock.method", "'unlock.method' takes 'prf'.");
        var vault = await vaults.GetAsync(account.Id, cancel);
        var unlock = new EnvelopeReader(check, ring, now, vault.Id).ReadUnlock("unlock", body.Unlock, kdf: []);
        if (check.Refusal is { } malformed)
            return malformed;
        if (await passkeys.ReadNewAsync(account.Id, body.ChallengeId, body.Response, name, now, http, cancel) is not { } passkey)
            return Refusals.InvalidRequest.Because("This passkey does not answer the challenge, or its time is over: begin again.", "response");
        if (!unlock.CredentialId.AsSpan().SequenceEqual(passkey.CredentialId))
            return Refusals.InvalidRequest.Because("'unlock.credentialId' names another passkey than 'response'.", "unlock.credentialId");
        return await store.AddAsync(vault, passkey, unlock, cancel) switch
        {
            PasskeyStore.Change.Done => TypedResults.Created($"/v1/auth/passkeys/{passkey.Id:N}", Envelope.Of(
                new AddedPasskey(passkey.Id.ToString("N"), passkey.Name, passkey.CreatedAt, passkey.LastUsedAt))),
            PasskeyStore.Change.TooMany => Refusals.InvalidRequest.Because(
                $"An account has at most {PasskeyStore.MostPasskeys} passkeys: remove one that is no longer used."),
            _ => Refusals.InvalidRequest.Because("This passkey, or the id of its unlock, is in use: begin again."),
        };
    }

    private static async Task<IResult> ListAsync(ClaimsPrincipal caller, PasskeyStore store, CancellationToken cancel)
    {
        var rows = await store.ListAsync(caller.AccountId(), cancel);
        return TypedResults.Ok(Envelope.Of(new PasskeyList([.. rows.Select(row => new PasskeyItem(
            row.Id.ToString("N"), Base64Url.EncodeToString(row.CredentialId), row.Name, row.CreatedAt, row.LastUsedAt))], NextCursor: null)));
    }

    private static async Task<IResult> RenameAsync(
        string id, RenamePasskeyRequest body, ClaimsPrincipal caller, PasskeyStore store, CancellationToken cancel)
    {
        var check = new FieldCheck();
        var name = ReadName(check, body.Name);
        if (check.Refusal is { } refusal)
            return refusal;
        return Guid.TryParseExact(id, "N", out var passkeyId)
            && await store.RenameAsync(caller.AccountId(), passkeyId, name, cancel) == PasskeyStore.Change.Done ? TypedResults.NoContent() : NotThere();
    }

    private static async Task<IResult> DeleteAsync(string id, ClaimsPrincipal caller, PasskeyStore store, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var passkeyId)
            && await store.DeleteAsync(caller.AccountId(), passkeyId, cancel) == PasskeyStore.Change.Done ? TypedResults.NoContent() : NotThere();

    private static async Task<IResult> SignInAsync(
        PasskeyLoginRequest body, HttpContext http, AccountStore accounts, ThrottleStore throttle, SignIn signIn, Passkeys passkeys, VaultStore vaults,
        ILogger<Passkeys> log, CancellationToken cancel)
    {
        if (Passkeys.LeaksPrf(body.Response))
            return Leaked(log);
        // By address alone: nobody guesses a signature, and a pause for the account would be a weapon against its owner.
        var subject = $"login/{ClientAddress.Of(http)}";
        if (await throttle.BeginAsync(subject, ThrottleStore.FreeForAddress, cancel) is { } wait)
            return AccountsEndpoints.TooOften(wait);
        if (await passkeys.FindSignerAsync(body.ChallengeId, body.Response, http, cancel) is not { } accountId)
            return Refusals.SignInFailed.Because("This passkey did not sign in: begin again, or use the password.");
        await throttle.ForgiveAsync(subject, cancel);
        var account = await accounts.GetAsync(accountId, cancel);
        var vault = await vaults.GetAsync(accountId, cancel);
        return TypedResults.Ok(Envelope.Of(await AccountsEndpoints.StartSessionAsync(http, signIn, account, vault, body.Session, cancel)));
    }

    private static string ReadName(FieldCheck check, string name)
    {
        var trimmed = name.Trim();
        check.Require(trimmed.Length is > 0 and <= PasskeyStore.NameMaxLength && !trimmed.Any(char.IsControl), "name",
            $"'name' takes 1 to {PasskeyStore.NameMaxLength} characters.");
        return trimmed;
    }

    private static RefusalResult Leaked(ILogger log)
    {
        log.LogWarning("A client sent a member 'prf' in a passkey's answer. What it holds opens a vault: the request was refused and none of it kept");
        return Refusals.InvalidRequest.Because("'response' holds 'prf', whose output opens the vault and stays in the browser: leave it out.", "response");
    }

    private static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such passkey, or it is not yours.");
}
