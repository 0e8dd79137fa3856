using System.Buffers.Text;
using System.Security.Claims;
using System.Text.Json;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// Provider keys in a sealed vault. They arrive as envelopes that the owner's browser made; the server checks their form and
/// what stands beside them, keeps them, and gives them back. It has never seen what is inside.
/// </summary>
internal static class KeysEndpoints
{
    /// <summary>The longest payload and its envelope.</summary>
    private const int LongestEnvelope = 12 * 1024;

    /// <param name="ApiKey">Only so that a key sent in the clear by mistake is told apart from a missing envelope. Never read.</param>
    internal sealed record AddKeyRequest(
        string Provider, string? Id = null, string? Origin = null, string? Envelope = null, string? Label = null,
        JsonElement? ApiKey = null, JsonElement? Credentials = null);

    internal sealed record RelabelKeyRequest(string? Label);

    internal sealed record RotateKeyRequest(int Version, string Envelope);

    internal sealed record KeyItem(
        string Id, string Provider, string Origin, string? Label, int Version, string Custody, DateTimeOffset CreatedAt, DateTimeOffset? RotatedAt,
        string Envelope);

    internal sealed record KeyList(IReadOnlyList<KeyItem> Items, string? NextCursor);

    public static void MapKeys(this WebApplication app)
    {
        var keys = app.MapGroup("/v1").WithTags("Keys");
        keys.MapGet("/keys", ListAsync).Requires(Credentials.Session)
            .WithName("listKeys").WithSummary("Your provider keys, sealed").Produces<Envelope<KeyList>>();
        keys.MapPost("/keys", AddAsync).Requires(Credentials.Session)
            .WithName("addKey").WithSummary("Add a provider key that your browser has sealed")
            .Produces<Envelope<KeyItem>>(StatusCodes.Status201Created)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SealedVaultNeedsClient);
        keys.MapPatch("/keys/{id}", RelabelAsync).Requires(Credentials.Session)
            .WithName("relabelKey").WithSummary("Name a key in your own words")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound);
        keys.MapPut("/keys/{id}", RotateAsync).Requires(Credentials.Session)
            .WithName("rotateKey").WithSummary("Put a new secret in a key's place")
            .WithDescription("The version is the present one plus one; another rotation in between is refused, not overwritten.")
            .Produces(StatusCodes.Status204NoContent)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.VersionConflict);
        keys.MapDelete("/keys/{id}", DeleteAsync).Requires(Credentials.Session)
            .WithName("deleteKey").WithSummary("Delete a key, by its id or by its provider")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound, Refusals.Ambiguous);
    }

    private static async Task<IResult> ListAsync(ClaimsPrincipal caller, KeyStore store, Ring ring, CancellationToken cancel)
    {
        var rows = await store.ListAsync(caller.AccountId(), cancel);
        return TypedResults.Ok(Envelope.Of(new KeyList([.. rows.Select(row => Show(row, ring))], NextCursor: null)));
    }

    private static async Task<IResult> AddAsync(
        AddKeyRequest body, ClaimsPrincipal caller, KeyStore store, VaultStore vaults, Ring ring, TimeProvider clock, CancellationToken cancel)
    {
        if (body.ApiKey is not null || body.Credentials is not null)
        {
            return Refusals.SealedVaultNeedsClient.Because(
                "This vault is sealed: only your browser can put a key into it. Add it on the Keys page. The key you sent was not kept.");
        }
        var check = new FieldCheck();
        var id = check.Id("id", body.Id);
        var origin = body.Origin ?? "";
        check.Require(KeyRules.IsProvider(body.Provider) && KeyRules.IsOrigin(origin) && ProviderCatalog.Allows(body.Provider, origin),
            "provider", $"'provider' and 'origin' do not belong together: GET /v1/providers lists which key may go where.");
        CheckLabel(check, body.Label);
        var envelope = ReadEnvelope(check, body.Envelope);
        if (check.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var item = new VaultStore.ItemRow
        {
            Id = id,
            VaultId = vault.Id,
            Kind = KeyStore.Kind,
            Version = 1,
            Envelope = ring.Wrap(VaultStore.ItemTable, id, envelope),
            Provider = body.Provider,
            Origin = origin,
            Label = body.Label,
            CreatedAt = clock.GetUtcNow(),
        };
        return await store.AddAsync(caller.AccountId(), item, cancel) == KeyStore.Change.Done
            ? TypedResults.Created($"/v1/keys/{body.Id}", Envelope.Of(Show(item, ring)))
            : Refusals.InvalidRequest.Because($"'id' is in use, or the vault holds {KeyStore.MostKeys} keys already: make the id anew, or delete a key.", "id");
    }

    private static async Task<IResult> RelabelAsync(
        string id, RelabelKeyRequest body, ClaimsPrincipal caller, KeyStore store, CancellationToken cancel)
    {
        var check = new FieldCheck();
        CheckLabel(check, body.Label);
        if (check.Refusal is { } refusal)
            return refusal;
        return Guid.TryParseExact(id, "N", out var keyId) ? Answer(await store.RelabelAsync(caller.AccountId(), keyId, body.Label, cancel)) : NotThere();
    }

    private static async Task<IResult> RotateAsync(
        string id, RotateKeyRequest body, ClaimsPrincipal caller, KeyStore store, Ring ring, CancellationToken cancel)
    {
        var check = new FieldCheck();
        check.Require(body.Version > 1, "version", "'version' takes the present version plus one.");
        var envelope = ReadEnvelope(check, body.Envelope);
        if (check.Refusal is { } refusal)
            return refusal;
        return Guid.TryParseExact(id, "N", out var keyId)
            ? Answer(await store.RotateAsync(caller.AccountId(), keyId, body.Version, ring.Wrap(VaultStore.ItemTable, keyId, envelope), cancel))
            : NotThere();
    }

    private static async Task<IResult> DeleteAsync(string id, ClaimsPrincipal caller, KeyStore store, CancellationToken cancel)
    {
        if (Guid.TryParseExact(id, "N", out var keyId))
            return Answer(await store.DeleteAsync(caller.AccountId(), keyId, cancel));
        var theirs = (await store.ListAsync(caller.AccountId(), cancel)).Where(row => row.Provider == id).ToList();
        return theirs.Count switch
        {
            0 => NotThere(),
            1 => Answer(await store.DeleteAsync(caller.AccountId(), theirs[0].Id, cancel)),
            _ => Refusals.Ambiguous.Because($"{theirs.Count} of your keys are {theirs[0].Provider}'s: name the one to delete by its id."),
        };
    }

    private static KeyItem Show(VaultStore.ItemRow row, Ring ring) => new(
        row.Id.ToString("N"), row.Provider!, row.Origin!, row.Label, row.Version, "sealed", row.CreatedAt, row.RotatedAt,
        Base64Url.EncodeToString(ring.Unwrap(VaultStore.ItemTable, row.Id, row.Envelope)));

    private static byte[] ReadEnvelope(FieldCheck check, string? text)
    {
        var envelope = check.BytesUpTo("envelope", text, LongestEnvelope);
        check.Require(envelope.Length == 0 || Kp1.IsWellFormed(EnvelopeType.VaultItem, envelope), "envelope", "'envelope' is not a sealed vault item.");
        return envelope;
    }

    private static void CheckLabel(FieldCheck check, string? label) =>
        check.Require(label is null || (label.Length is > 0 and <= VaultStore.ItemRow.LabelMaxLength && !label.Any(char.IsControl)),
            "label", $"'label' takes 1 to {VaultStore.ItemRow.LabelMaxLength} characters, without control characters.");

    private static IResult Answer(KeyStore.Change change) => change switch
    {
        KeyStore.Change.Done => TypedResults.NoContent(),
        KeyStore.Change.NotThere => NotThere(),
        KeyStore.Change.Conflict => Refusals.VersionConflict.Because("The key was rotated meanwhile: read it again, and rotate from there."),
        _ => throw new InvalidOperationException($"no answer for {change}"),
    };

    private static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such key, or it is not yours.");
}
