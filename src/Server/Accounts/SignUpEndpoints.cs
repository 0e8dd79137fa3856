using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using Microsoft.AspNetCore.Http.HttpResults;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>
/// The way in. With a mail server, an address tells nothing here: taken or free, the answer, the work and the mail's being sent are the
/// same, and only who reads that mail learns more.
/// </summary>
internal static class SignUpEndpoints
{
    internal sealed record RegistrationAnswer(RegistrationMode Mode, bool Mail);

    internal sealed record PendingAnswer(bool Pending);

    internal sealed record VerifyEmailRequest(string Code);

    internal sealed record VerifyEmailAnswer(bool Verified);

    public static void MapSignUp(this IEndpointRouteBuilder auth)
    {
        auth.MapGet("/registration", Ask).OpenToAnyone()
            .WithName("getRegistration").WithSummary("Whether and how this server takes new accounts")
            .Produces<Envelope<RegistrationAnswer>>();
        auth.MapPost("/register", RegisterAsync).OpenToAnyone()
            .WithName("register").WithSummary("Open an account")
            .WithDescription("Sealed: the browser makes the vault and sends only what the server cannot open. Ids are made by the browser, at random. "
                + "Managed: address and password; the server makes the vault and can open it at any time. "
                + "On a server that sends mail the answer is 202, whether or not the address is taken, and the mail says how it goes on.")
            .Produces<Envelope<SignedIn>>(StatusCodes.Status201Created).Produces<Envelope<PendingAnswer>>(StatusCodes.Status202Accepted)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.RegistrationClosed, Refusals.InviteRequired, Refusals.EmailTaken,
                Refusals.RateLimited);
        auth.MapPost("/verify-email", VerifyAsync).OpenToAnyone()
            .WithName("verifyEmail").WithSummary("Prove an address with the code that was mailed to it")
            .WithDescription("Opens the account that waits for it, once, or marks an open account's address as proved. Sign in next.")
            .Produces<Envelope<VerifyEmailAnswer>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.CodeInvalid, Refusals.InviteRequired, Refusals.EmailTaken,
                Refusals.RateLimited);
    }

    private static Ok<Envelope<RegistrationAnswer>> Ask(AccountSettings settings) =>
        TypedResults.Ok(Envelope.Of(new RegistrationAnswer(settings.Registration, settings.ByMail)));

    private static async Task<IResult> RegisterAsync(
        RegisterRequest body, HttpContext http, AccountSettings settings, SignUpStore signUps, InviteStore invites, ThrottleStore throttle,
        Confirmation confirmation, SignIn signIn, ManagedPasswords passwords, Ring ring, TimeProvider clock, CancellationToken cancel)
    {
        if (settings.Registration == RegistrationMode.Closed)
            return Refusals.RegistrationClosed.Because("This server takes no new accounts: ask its operator.");
        // Without mail the answer tells that an address is taken; not to someone who asks a hundred times.
        if (await throttle.BeginAsync($"register/{ClientAddress.Of(http)}", ThrottleStore.FreeForAddress, cancel) is { } wait)
            return AccountsEndpoints.TooOften(wait);
        var registration = Registration.Read(body, ring, passwords, clock.GetUtcNow());
        if (registration.Refusal is { } refusal)
            return refusal;
        var (signUp, email) = (registration.SignUp, EmailAddress.FromStored(registration.SignUp.Account.Email));
        if (settings.Registration == RegistrationMode.Invite && body.Invite is null)
            return Refusals.InviteRequired.Because("This server takes new accounts by invite only: ask its operator for one.", "invite");
        var invite = OneUseCode.FindHash(body.Invite) is { } hash ? await invites.FindAsync(hash, email, cancel) : null;
        if (body.Invite is not null && invite is null)
            return InviteStore.NotThere();
        if (settings.ByMail)
        {
            // Nobody's mailbox is filled by us, and the same pause comes for an address that has no account.
            if (await throttle.BeginAsync($"register/{email.Normalized}", ThrottleStore.FreeForAccount, cancel) is { } pause)
                return AccountsEndpoints.TooOften(pause);
            await confirmation.AskAsync(signUp, email, invite?.Id, cancel);
            return TypedResults.Json(Envelope.Of(new PendingAnswer(true)), statusCode: StatusCodes.Status202Accepted);
        }
        // Nobody else's address: on this machine there is nobody else, and an invite was handed to its owner.
        if (settings.PublicUrl.IsLoopback || invite?.Email is not null)
            signUp.Account.EmailVerifiedAt = clock.GetUtcNow();
        if (await signUps.OpenAsync(signUp, invite?.Id, cancel) is { } conflict)
            return conflict;
        return TypedResults.Created("/v1/account", Envelope.Of(
            await AccountsEndpoints.StartSessionAsync(http, signIn, signUp.Account, signUp.Vault, body.Session, cancel)));
    }

    private static async Task<IResult> VerifyAsync(
        VerifyEmailRequest body, HttpContext http, SignUpStore signUps, AddressProofStore proofs, ThrottleStore throttle, CancellationToken cancel)
    {
        var subject = $"verify/{ClientAddress.Of(http)}";
        if (await throttle.BeginAsync(subject, ThrottleStore.FreeForAddress, cancel) is { } wait)
            return AccountsEndpoints.TooOften(wait);
        if (OneUseCode.FindHash(body.Code) is not { } hash)
            return SignUpStore.CodeInvalid();
        if (!await proofs.ProveAsync(hash, cancel) && await signUps.VerifyAsync(hash, cancel) is { } refusal)
            return refusal;
        await throttle.ForgiveAsync(subject, cancel);
        return TypedResults.Ok(Envelope.Of(new VerifyEmailAnswer(true)));
    }
}
