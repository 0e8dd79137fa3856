using System.Security.Claims;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// What came by API and waits for its owner: deposits, and grants that a token made. Anyone who has the vault's public point can seal to
/// it, so nothing of this counts as the owner's until the owner has looked at it.
/// </summary>
internal static class ApprovalsEndpoints
{
    internal enum Decision
    {
        Approve,
        Reject,
    }

    /// <param name="Envelope">A deposit's: the key as the browser sealed it for the vault.</param>
    internal sealed record DecisionRequest(
        Decision Decision, string? Envelope = null, string? Escrow = null, string? VaultPointTag = null, IReadOnlyList<SealedKeyWire>? SealedKeys = null);

    internal sealed record Source(string TokenId, string Name);

    internal sealed record HeldKey(string KeyId, int Version, int Priority);

    /// <param name="Envelope">Null when the row does not match its seal: what remains is to reject it.</param>
    internal sealed record ApprovalItem(
        string Id, string Kind, Source? Source, string? Provider, string? Origin, string? Label, int? Version, string? Envelope, IReadOnlyList<HeldKey> Keys,
        DateTimeOffset CreatedAt);

    internal sealed record ApprovalList(IReadOnlyList<ApprovalItem> Items, string? NextCursor);

    public static void MapApprovals(this WebApplication app)
    {
        var approvals = app.MapGroup("/v1").WithTags("Vault");
        approvals.MapGet("/vault/approvals", ListAsync).Requires(Credentials.Session)
            .WithName("listApprovals").WithSummary("What waits for your click").Produces<Envelope<ApprovalList>>();
        approvals.MapPost("/vault/approvals/{id}", DecideAsync).Requires(Credentials.Session)
            .WithName("decideApproval").WithSummary("Take it into the vault, or throw it away")
            .WithDescription("To approve is to send what the browser sealed from it. A grant that is rejected is revoked at once.")
            .Produces(StatusCodes.Status204NoContent)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.VersionConflict);
    }

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal caller, KeyStore keys, VaultStore vaults, GrantStore grants, OuterEnvelopes outer, CancellationToken cancel)
    {
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var names = (await grants.ListNamesAsync(vault.Id, cancel)).ToDictionary(one => one.Id, one => one.Label);
        Source? SourceOf(Guid? grant) => grant is { } id && names.TryGetValue(id, out var name) ? new Source(id.ToString("N"), name) : null;

        var deposits = (await keys.ListAsync(caller.AccountId(), cancel)).Where(row => row.Kind == VaultStore.DepositKind)
            .Select(row => new ApprovalItem(
                row.Id.ToString("N"), "deposit", SourceOf(row.DepositedBy), row.Provider, row.Origin, row.Label, row.Version,
                outer.Show(VaultStore.ItemTable, row.Id, row.Envelope), [], row.CreatedAt));
        var held = await grants.SealedKeysOfAsync(vault.Id, cancel);
        var made = (await grants.ListAsync(vault.Id, approved: false, cancel))
            .Select(row => new ApprovalItem(
                row.Id.ToString("N"), "grant", SourceOf(row.ParentId), Provider: null, Origin: null, row.Label, Version: null,
                outer.Show(GrantStore.EscrowColumn, row.Id, row.Escrow!), Show(held[row.Id]), row.CreatedAt));
        return TypedResults.Ok(Envelope.Of(new ApprovalList([.. deposits.Concat(made).OrderBy(item => item.CreatedAt)], NextCursor: null)));
    }

    public static IReadOnlyList<HeldKey> Show(IEnumerable<GrantStore.SealedKeyRow> rows) =>
        [.. rows.Select(row => new HeldKey(row.KeyId.ToString("N"), row.Version, row.Priority))];

    private static async Task<IResult> DecideAsync(
        string id, DecisionRequest body, ClaimsPrincipal caller, KeyStore keys, ApprovalStore store, VaultStore vaults, Ring ring, TimeProvider clock,
        CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "N", out var subject))
            return NotThere();
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        return body.Decision switch
        {
            Decision.Reject => Answer(await RejectAsync(vault, subject, keys, store, cancel)),
            Decision.Approve => await vaults.FindManagedAsync(vault, ring, cancel) is { } managed
                ? Answer(await store.TakeAsync(vault, managed, subject, cancel))
                : await ApproveAsync(vault, subject, body, keys, store, ring, clock, cancel),
            _ => throw new InvalidOperationException($"no answer for {body.Decision}"),
        };
    }

    private static async Task<VaultChange> RejectAsync(VaultStore.VaultRow vault, Guid subject, KeyStore keys, ApprovalStore store, CancellationToken cancel) =>
        await keys.RejectAsync(vault, subject, cancel) is var outcome && outcome != VaultChange.NotThere
            ? outcome
            : await store.RejectGrantAsync(vault, subject, cancel);

    private static async Task<IResult> ApproveAsync(
        VaultStore.VaultRow vault, Guid subject, DecisionRequest body, KeyStore keys, ApprovalStore store, Ring ring, TimeProvider clock,
        CancellationToken cancel)
    {
        var check = new FieldCheck();
        var reader = new GrantReader(check, ring, clock.GetUtcNow());
        if (await keys.FindAsync(vault.AccountId, subject, cancel) is { Kind: VaultStore.DepositKind })
        {
            var envelope = KeysEndpoints.ReadEnvelope(check, body.Envelope);
            var sealedKeys = reader.ReadKeys(body.SealedKeys, ofGrant: null);
            check.Require(sealedKeys.All(row => row.KeyId == subject), "sealedKeys", "'sealedKeys' takes the key that is approved.");
            return check.Refusal ?? Answer(await keys.ApproveAsync(vault, subject, ring.Wrap(VaultStore.ItemTable, subject, envelope), sealedKeys, cancel));
        }
        if (!await store.WaitsAsync(vault, subject, cancel))
            return NotThere();
        var escrow = reader.ReadEscrow(subject, body.Escrow);
        var tag = reader.ReadPointTag(body.VaultPointTag);
        var ofGrant = reader.ReadKeys(body.SealedKeys, subject);
        return check.Refusal ?? Answer(await store.ApproveGrantAsync(vault, subject, escrow, tag, ofGrant, cancel));
    }

    private static IResult Answer(VaultChange outcome) => outcome switch
    {
        VaultChange.Done => TypedResults.NoContent(),
        VaultChange.NotThere => NotThere(),
        _ => Refusals.VersionConflict.Because("The vault was changed meanwhile: read the list again, and decide from there."),
    };

    private static RefusalResult NotThere() => Refusals.NotFound.Because("Nothing of that id waits here, or it is not yours.");
}
