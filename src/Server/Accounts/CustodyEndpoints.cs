using System.Buffers.Text;
using System.Security.Claims;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using static KeyPass.Server.Accounts.AuthWire;
using static KeyPass.Server.Accounts.VaultKeyEndpoints;

namespace KeyPass.Server.Accounts;

/// <summary>
/// F19: who can open a vault. Each way asks for the password again and for a sentence typed out, so that nobody does it by a click that was
/// meant for something else.
/// </summary>
internal static class CustodyEndpoints
{
    private const string ManagedSentence = "the server may read my keys";
    private const string SealedSentence = "only my browser may read my keys";

    /// <summary>What a managed account becomes: from then on its password stays in the browser.</summary>
    internal sealed record SealedAccountWire(KdfWire Kdf, string AuthHash, string PublicKey);

    /// <param name="VaultKey">To managed: the vault's own secret, which the server keeps under its ring from then on.</param>
    /// <param name="Rotation">To sealed: everything in the vault under a key that the server never sees.</param>
    /// <param name="Account">To sealed, of an account that signed in with its password until now.</param>
    internal sealed record CustodyRequest(
        string Custody, string Confirmation, string? CurrentAuthHash = null, string? CurrentPassword = null, string? VaultKey = null,
        RotateVaultRequest? Rotation = null, SealedAccountWire? Account = null, SessionForm Session = SessionForm.Bearer);

    internal sealed record OpenVaultRequest(string Confirmation, string? CurrentAuthHash = null, string? CurrentPassword = null);

    internal sealed record OpenedVault(string VaultKey, string AccountId, string VaultId, int Epoch, long PendingCounter);

    public static void MapCustody(this WebApplication app)
    {
        var vault = app.MapGroup("/v1").WithTags("Vault");
        vault.MapPost("/vault/custody", ChangeAsync).Requires(Credentials.Session).AnswersWithSecret()
            .WithName("changeCustody").WithSummary("Let the server open your vault, or let it no more")
            .WithDescription($"'confirmation' is a sentence typed out: \"{ManagedSentence}\" or \"{SealedSentence}\". To seal a vault is to rotate its key. "
                + "What the server has read before it has read, so rotate the provider keys at their providers too.")
            .Produces<Envelope<SignedIn>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.VersionConflict, Refusals.RateLimited);
        vault.MapPost("/vault/custody/open", OpenAsync).Requires(Credentials.Session).AnswersWithSecret()
            .WithName("openManagedVault").WithSummary("A managed vault's key, for the browser that is about to seal it")
            .Produces<Envelope<OpenedVault>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.RateLimited);
    }

    private static async Task<IResult> ChangeAsync(
        CustodyRequest body, ClaimsPrincipal caller, HttpContext http, Reproof reproof, VaultStore vaults, VaultRotationStore rotations, CustodyStore custody,
        SignIn signIn, Ring ring, TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        check.Require(body.Custody is VaultStore.Sealed or VaultStore.Managed, "custody", "'custody' takes sealed or managed.");
        var sentence = body.Custody == VaultStore.Managed ? ManagedSentence : SealedSentence;
        check.Require(body.Confirmation == sentence, "confirmation", $"'confirmation' takes this sentence, typed out: {sentence}");
        if (check.Refusal is { } unsaid)
            return unsaid;
        var proven = await AccountsEndpoints.ProveAgainAsync(
            http, reproof, caller.AccountId(), new Reproof.Proof(body.CurrentAuthHash, body.CurrentPassword), cancel);
        if (proven.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(proven.Account.Id, cancel);
        if (vault.Custody == body.Custody)
            return Refusals.InvalidRequest.Because($"This vault is {vault.Custody} already.", "custody");
        var conflict = body.Custody == VaultStore.Managed
            ? await BecomeManagedAsync(body, vault, custody, ring, clock.GetUtcNow(), cancel)
            : await BecomeSealedAsync(check, body, proven.Account, vault, rotations, ring, clock.GetUtcNow(), cancel);
        if (conflict is not null)
            return conflict;
        return TypedResults.Ok(Envelope.Of(await AccountsEndpoints.StartSessionAsync(
            http, signIn, proven.Account, await vaults.GetAsync(proven.Account.Id, cancel), body.Session, cancel)));
    }

    private static Task<RefusalResult?> BecomeManagedAsync(
        CustodyRequest body, VaultStore.VaultRow vault, CustodyStore custody, Ring ring, DateTimeOffset now, CancellationToken cancel)
    {
        using var secret = new Wiped(stackalloc byte[VaultSecret.Size]);
        var decoded = Base64Url.IsValid(body.VaultKey) && Base64Url.TryDecodeFromChars(body.VaultKey, secret.Bytes, out var size) && size == VaultSecret.Size;
        return decoded && ManagedVault.TakeOver(vault, secret.Bytes, ring, now) is { } unlock
            ? custody.BecomeManagedAsync(vault, unlock, cancel)
            : Task.FromResult<RefusalResult?>(Refusals.InvalidRequest.Because("'vaultKey' is not this vault's key.", "vaultKey"));
    }

    private static async Task<RefusalResult?> BecomeSealedAsync(
        FieldCheck check, CustodyRequest body, AccountStore.AccountRow account, VaultStore.VaultRow vault, VaultRotationStore rotations, Ring ring,
        DateTimeOffset now, CancellationToken cancel)
    {
        if (body.Rotation is not { } carried)
            return Refusals.InvalidRequest.Because("'rotation' is missing: everything in the vault, sealed under a new key.", "rotation");
        Action<AccountStore.AccountRow> become = _ => { };
        var kdf = account.KdfParameters;
        if (account.PasswordHash is not null)
        {
            kdf = KdfParameters.Read(check, body.Account?.Kdf);
            var authHash = KdfParameters.ReadAuthHash(check, "account.authHash", body.Account?.AuthHash);
            var point = check.Bytes("account.publicKey", body.Account?.PublicKey, P256.PointSize);
            check.Require(point.Length == 0 || P256.IsPoint(point), "account.publicKey", "'account.publicKey' is not a point of P-256, uncompressed.");
            if (check.Refusal is { } malformed)
                return malformed;
            var verifier = Verifier.Wrap(ring, AccountStore.Table, account.Id, authHash);
            become = row => (row.KdfParameters, row.Verifier, row.PublicKey, row.PasswordHash) = (kdf, verifier, point, null);
        }
        var rotation = VaultRotation.Read(check, carried, kdf ?? [], vault, ring, now);
        return check.Refusal ?? await rotations.ApplyAsync(vault, rotation, cancel, become);
    }

    private static async Task<IResult> OpenAsync(
        OpenVaultRequest body, ClaimsPrincipal caller, HttpContext http, Reproof reproof, VaultStore vaults, CustodyStore custody, Ring ring,
        CancellationToken cancel)
    {
        if (body.Confirmation != SealedSentence)
            return Refusals.InvalidRequest.Because($"'confirmation' takes this sentence, typed out: {SealedSentence}", "confirmation");
        var proven = await AccountsEndpoints.ProveAgainAsync(
            http, reproof, caller.AccountId(), new Reproof.Proof(body.CurrentAuthHash, body.CurrentPassword), cancel);
        if (proven.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(proven.Account.Id, cancel);
        if (await vaults.FindManagedAsync(vault, ring, cancel) is not { } managed)
            return Refusals.InvalidRequest.Because("This vault is sealed: the server cannot open it.");
        await custody.NoteOpenedAsync(vault, cancel);
        var read = await vaults.GetAsync(proven.Account.Id, cancel);
        var secret = managed.HandOver();
        try
        {
            return TypedResults.Ok(Envelope.Of(new OpenedVault(
                Base64Url.EncodeToString(secret), vault.AccountId.ToString("N"), vault.Id.ToString("N"), read.Epoch, read.Changes)));
        }
        finally
        {
            secret.AsSpan().Clear();
        }
    }
}
