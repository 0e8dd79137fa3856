using System.Buffers.Text;
using System.Security.Claims;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>A vault's envelopes, for the browser that can open them.</summary>
internal static class VaultEndpoints
{
    internal sealed record VaultAnswer(
        string VaultId, string Custody, int Epoch, string PublicKey, IReadOnlyList<UnlockItem> Unlocks, IReadOnlyList<VaultItemAnswer> Items);

    internal sealed record UnlockItem(string Id, string Method, string KdfParameters, string Commitment, string Envelope);

    internal sealed record VaultItemAnswer(string Id, string Kind, int Version, string? Provider, string? Origin, string Envelope);

    public static void AddVault(this IServiceCollection services, Ring ring)
    {
        services.AddSingleton(ring);
        services.AddSingleton<VaultStore>();
        services.AddSingleton<KeyStore>();
    }

    public static void MapVault(this WebApplication app) => app.MapGet("/v1/vault", GetAsync)
        .Requires(Credentials.Session)
        .WithTags("Vault").WithName("getVault").WithSummary("Your vault's envelopes")
        .WithDescription("What your browser needs to open the vault. The server cannot open any of it.")
        .Produces<Envelope<VaultAnswer>>();

    private static async Task<IResult> GetAsync(ClaimsPrincipal caller, VaultStore store, Ring ring, CancellationToken cancel)
    {
        var vault = await store.GetAsync(caller.AccountId(), cancel);
        var unlocks = await store.ListUnlocksAsync(vault.Id, cancel);
        var items = await store.ListItemsAsync(vault.Id, cancel);
        return TypedResults.Ok(Envelope.Of(new VaultAnswer(
            vault.Id.ToString("N"), "sealed", vault.Epoch, Base64Url.EncodeToString(vault.PublicKey),
            [.. unlocks.Select(row => Show(row, ring))],
            [.. items.Select(row => new VaultItemAnswer(
                row.Id.ToString("N"), row.Kind, row.Version, row.Provider, row.Origin,
                Base64Url.EncodeToString(ring.Unwrap(VaultStore.ItemTable, row.Id, row.Envelope))))])));
    }

    public static UnlockItem Show(VaultStore.UnlockRow row, Ring ring) => new(
        row.Id.ToString("N"), row.Method, Base64Url.EncodeToString(row.KdfParameters), Base64Url.EncodeToString(row.Commitment),
        Base64Url.EncodeToString(ring.Unwrap(VaultStore.UnlockTable, row.Id, row.Envelope)));
}
