using System.Security.Claims;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>What changes how a vault is opened. Each asks for the password once more.</summary>
internal static class VaultKeyEndpoints
{
    internal sealed record CarriedItem(string Id, string Kind, int Version, string Envelope);

    internal sealed record CarriedGrant(string GrantId, string Escrow, string VaultPointTag);

    internal sealed record CarriedRequest(string GrantId, string Envelope);

    /// <summary>Everything that lay under the old key, under the new one: nothing may be missing, or it would be lost.</summary>
    /// <param name="PendingCounter">As GET /v1/vault gave it before the lists were read.</param>
    /// <param name="Discarded">What did not open under the old key: it was not put there by this vault, and is deleted.</param>
    internal sealed record RotateVaultRequest(
        int Epoch, long PendingCounter, string VaultPublicKey, IReadOnlyList<CarriedItem> Items,
        IReadOnlyList<CarriedGrant> Escrows, IReadOnlyList<CarriedItem> Deposits, IReadOnlyList<CarriedRequest> EscrowDeposits,
        IReadOnlyList<string> Discarded, IReadOnlyList<UnlockWire> Unlocks, SessionForm Session = SessionForm.Bearer,
        string? CurrentAuthHash = null);

    internal sealed record ReplaceUnlockRequest(string CurrentAuthHash, UnlockWire Unlock);

    public static void MapVaultKey(this WebApplication app)
    {
        var vault = app.MapGroup("/v1").WithTags("Vault");
        vault.MapPost("/vault/rotate", RotateAsync).Requires(Credentials.Session).AnswersWithSecret()
            .WithName("rotateVault").WithSummary("Put a new vault key in the old one's place")
            .WithDescription("The browser seals everything anew and sends it in one piece. Refused where anything was added since it was read. Every other "
                + "session ends; credentials go on working.")
            .Produces<Envelope<SignedIn>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.VersionConflict, Refusals.RateLimited);
        vault.MapPut("/vault/unlocks", ReplaceUnlockAsync).Requires(Credentials.Session)
            .WithName("replaceRecovery").WithSummary("Put a new recovery code in the old one's place")
            .Produces(StatusCodes.Status204NoContent)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SignInFailed, Refusals.VersionConflict, Refusals.RateLimited);
    }

    private static async Task<IResult> RotateAsync(
        RotateVaultRequest body, ClaimsPrincipal caller, HttpContext http, Reproof reproof, VaultStore vaults, VaultRotationStore rotations, SignIn signIn,
        Ring ring, TimeProvider clock, CancellationToken cancel)
    {
        var proven = await AccountsEndpoints.ProveAgainAsync(
            http, reproof, caller.AccountId(), new Reproof.Proof(body.CurrentAuthHash), cancel);
        if (proven.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(proven.Account.Id, cancel);
        var check = new FieldCheck();
        check.Require(vault.Custody == VaultStore.Sealed, "epoch", "This vault is managed: its key is changed by sealing it, with /v1/vault/custody.");
        var rotation = VaultRotation.Read(check, body, proven.Account.KdfParameters ?? [], vault, ring, clock.GetUtcNow());
        if (check.Refusal is { } wrong)
            return wrong;
        if (await rotations.ApplyAsync(vault, rotation, cancel) is { } conflict)
            return conflict;
        return TypedResults.Ok(Envelope.Of(await AccountsEndpoints.StartSessionAsync(
            http, signIn, proven.Account, await vaults.GetAsync(proven.Account.Id, cancel), body.Session, cancel)));
    }

    private static async Task<IResult> ReplaceUnlockAsync(
        ReplaceUnlockRequest body, ClaimsPrincipal caller, HttpContext http, Reproof reproof, VaultStore vaults, VaultRotationStore rotations, Ring ring,
        TimeProvider clock, CancellationToken cancel)
    {
        var proven = await AccountsEndpoints.ProveAgainAsync(
            http, reproof, caller.AccountId(), new Reproof.Proof(body.CurrentAuthHash), cancel);
        if (proven.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(proven.Account.Id, cancel);
        var check = new FieldCheck();
        check.Require(body.Unlock.Method == VaultStore.RecoveryMethod,
            "unlock.method", "'unlock.method' takes 'recovery': a password is changed by /v1/auth/password.");
        var unlock = new EnvelopeReader(check, ring, clock.GetUtcNow(), vault.Id).ReadUnlock("unlock", body.Unlock, kdf: []);
        return check.Refusal ?? await rotations.ReplaceRecoveryAsync(vault, unlock, cancel) ?? (IResult)TypedResults.NoContent();
    }
}
