using System.Buffers.Text;
using System.Security.Claims;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>A vault's envelopes, for the browser that can open them.</summary>
internal static class VaultEndpoints
{
    internal sealed record VaultAnswer(
        string VaultId, string Custody, int Epoch, string PublicKey, long PendingCounter, IReadOnlyList<UnlockItem> Unlocks,
        IReadOnlyList<VaultItemAnswer> Items);

    /// <param name="Envelope">Null when the row does not match its seal.</param>
    internal sealed record EscrowItem(
        string GrantId, string Label, string? Envelope, IReadOnlyList<ApprovalsEndpoints.HeldKey> Keys, DateTimeOffset CreatedAt);

    internal sealed record EscrowList(IReadOnlyList<EscrowItem> Items, string? NextCursor);

    /// <param name="Envelope">Null when the row is <paramref name="Broken"/>: it does not match its seal, and nothing opens it.</param>
    internal sealed record UnlockItem(
        string Id, string Method, string KdfParameters, string Commitment, string? Envelope, string? CredentialId, bool Broken);

    /// <param name="Envelope">Null when the row is <paramref name="Broken"/>.</param>
    internal sealed record VaultItemAnswer(string Id, string Kind, int Version, string? Provider, string? Origin, string? Envelope, bool Broken);

    public static void AddVault(this IServiceCollection services, Ring ring, string ringFile)
    {
        services.AddSingleton(ring);
        services.AddSingleton<RingStore>();
        services.AddSingleton<RingPresenceStore>();
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<RingWatch>(provider, ringFile));
        services.AddSingleton<OuterEnvelopes>();
        services.AddSingleton<VaultStore>();
        services.AddSingleton<GrantStore>();
        services.AddSingleton<KeyStore>();
        services.AddSingleton<ApprovalStore>();
        services.AddSingleton<GrantMaker>();
    }

    public static void MapVault(this WebApplication app)
    {
        var vault = app.MapGroup("/v1").WithTags("Vault");
        vault.MapGet("/vault", GetAsync).Requires(Credentials.Session)
            .WithName("getVault").WithSummary("Your vault's envelopes")
            .WithDescription("What your browser needs to open the vault. The server cannot open any of it.")
            .Produces<Envelope<VaultAnswer>>();
        vault.MapGet("/vault/escrows", ListEscrowsAsync).Requires(Credentials.Session)
            .WithName("listEscrows").WithSummary("The grants your vault vouches for")
            .WithDescription("With each grant's secret under the vault's key: so that your browser can seal a rotated key for all of them.")
            .Produces<Envelope<EscrowList>>();
    }

    private static async Task<IResult> ListEscrowsAsync(
        ClaimsPrincipal caller, VaultStore store, GrantStore grants, OuterEnvelopes outer, CancellationToken cancel)
    {
        var vault = await store.GetAsync(caller.AccountId(), cancel);
        var held = await grants.SealedKeysOfAsync(vault.Id, cancel);
        var rows = await grants.ListAsync(vault.Id, approved: true, cancel);
        var items = rows.Select(row => new EscrowItem(
            row.Id.ToString("N"), row.Label, outer.Show(GrantStore.EscrowColumn, row.Id, row.Escrow!), ApprovalsEndpoints.Show(held[row.Id]),
            row.CreatedAt));
        return TypedResults.Ok(Envelope.Of(new EscrowList([.. items], NextCursor: null)));
    }

    private static async Task<IResult> GetAsync(ClaimsPrincipal caller, VaultStore store, OuterEnvelopes outer, CancellationToken cancel)
    {
        var vault = await store.GetAsync(caller.AccountId(), cancel);
        var unlocks = await store.ListUnlocksAsync(vault.Id, cancel);
        var items = await store.ListItemsAsync(vault.Id, cancel);
        return TypedResults.Ok(Envelope.Of(new VaultAnswer(
            vault.Id.ToString("N"), vault.Custody, vault.Epoch, Base64Url.EncodeToString(vault.PublicKey), vault.Changes,
            [.. unlocks.Where(row => row.Method != VaultStore.RingMethod).Select(row => Show(row, outer))], [.. items.Select(row => Show(row, outer))])));
    }

    public static UnlockItem Show(VaultStore.UnlockRow row, OuterEnvelopes outer)
    {
        var envelope = outer.Show(VaultStore.UnlockTable, row.Id, row.Envelope);
        return new UnlockItem(
            row.Id.ToString("N"), row.Method, Base64Url.EncodeToString(row.KdfParameters), Base64Url.EncodeToString(row.Commitment),
            envelope, row.CredentialId is null ? null : Base64Url.EncodeToString(row.CredentialId), Broken: envelope is null);
    }

    private static VaultItemAnswer Show(VaultStore.ItemRow row, OuterEnvelopes outer)
    {
        var envelope = outer.Show(VaultStore.ItemTable, row.Id, row.Envelope);
        return new VaultItemAnswer(row.Id.ToString("N"), row.Kind, row.Version, row.Provider, row.Origin, envelope, Broken: envelope is null);
    }
}
