using System.Security.Claims;
using System.Text.Json;
using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// Provider keys. In a sealed vault they arrive as envelopes that the owner's browser made, or by a token's deposit that only that browser
/// can open; in a managed one in the clear, and the server seals them itself.
/// </summary>
internal static class KeysEndpoints
{
    /// <summary>The longest payload and its envelope.</summary>
    private const int LongestEnvelope = 12 * 1024;

    /// <summary>Either what a browser sealed (id, origin, envelope), or the provider's form as it was filled in.</summary>
    internal sealed record AddKeyRequest(
        string Provider, string? Id = null, string? Origin = null, string? Envelope = null, string? Label = null,
        IReadOnlyList<SealedKeyWire>? SealedKeys = null, JsonElement? ApiKey = null, JsonElement? Credentials = null, string? BaseUrl = null,
        string? Endpoint = null, string? Region = null, JsonElement? Deployments = null)
    {
        /// <summary>The sandbox's form has nothing that must be filled in.</summary>
        public bool IsPlain => ApiKey is not null || Credentials is not null || (Provider == SandboxHandler.Provider && Envelope is null);

        public FilledForm Form => new(Provider, ApiKey, Credentials, BaseUrl, Endpoint, Region, Deployments);
    }

    /// <summary>What is left out stays as it is; null takes it away.</summary>
    internal sealed record ChangeKeyRequest
    {
        public JsonElement Label { get; init; }

        public JsonElement Budget { get; init; }
    }

    /// <summary>What a browser sealed; or, for a managed vault, the new key itself.</summary>
    /// <param name="CutOff">Grants that the new version was not sealed for lose the key at once, instead of keeping the old one.</param>
    internal sealed record RotateKeyRequest(
        int Version = 0, string? Envelope = null, IReadOnlyList<SealedKeyWire>? SealedKeys = null, bool CutOff = false, JsonElement? ApiKey = null,
        JsonElement? Credentials = null, JsonElement? Deployments = null)
    {
        public bool IsPlain => ApiKey is not null || Credentials is not null;

        public FilledForm Form => new("", ApiKey, Credentials, BaseUrl: null, Endpoint: null, Region: null, Deployments);
    }

    internal sealed record RotatedKey(int Version, IReadOnlyList<string> StillOnOldKey);

    /// <param name="Envelope">For the browser that can open it; a token gets none, and nobody does when the row is broken.</param>
    /// <param name="Broken">The row does not match its seal: what remains is to delete or rotate it.</param>
    internal sealed record KeyItem(
        string Id, string Provider, string Origin, string? Label, int Version, string Custody, string Status, DateTimeOffset CreatedAt,
        DateTimeOffset? RotatedAt, KeyTestItem? LastTest, BudgetItem? Budget, string? Envelope, bool Broken);

    internal sealed record KeyTestItem(bool Ok, string Status, DateTimeOffset At);

    internal sealed record KeyList(IReadOnlyList<KeyItem> Items, string? NextCursor);

    public static void MapKeys(this WebApplication app)
    {
        var keys = app.MapGroup("/v1").WithTags("Keys");
        keys.MapGet("/keys", ListAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithName("listKeys").WithSummary("Your provider keys, sealed").Produces<Envelope<KeyList>>();
        keys.MapPost("/keys", AddAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Deposit)
            .WithName("addKey").WithSummary("Add a provider key")
            .WithDescription("A browser sends what it has sealed. A token with the scope 'deposit' sends the key itself: it is sealed at once to the vault's "
                + "public point, which this server cannot open, and waits there for its owner's click. The key is never shown again.")
            .Produces<Envelope<KeyItem>>(StatusCodes.Status201Created)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.SealedVaultNeedsClient, Refusals.NotFound, Refusals.VersionConflict);
        keys.MapPatch("/keys/{id}", ChangeAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithName("changeKey").WithSummary("Name a key in your own words, or limit what is spent with it")
            .WithDescription("What is left out stays as it is; null takes it away. What was spent in the present period stays spent under a new limit.")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound);
        keys.MapPut("/keys/{id}", RotateAsync).Requires(Credentials.Session)
            .WithName("rotateKey").WithSummary("Put a new secret in a key's place")
            .WithDescription("The version is the present one plus one; another rotation in between is refused, not overwritten. Grants that 'sealedKeys' names "
                + "get the new version and lose the old one; the answer lists those that still use the old.")
            .Produces<Envelope<RotatedKey>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.VersionConflict);
        keys.MapKeyTest();
        keys.MapDelete("/keys/{id}", DeleteAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithName("deleteKey").WithSummary("Delete a key, by its id or by its provider")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound, Refusals.Ambiguous);
    }

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal caller, KeyStore store, VaultStore vaults, BudgetStore budgets, OuterEnvelopes outer, CancellationToken cancel)
    {
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var rows = await store.ListAsync(caller.AccountId(), cancel);
        var limits = await budgets.ListAsync(caller.AccountId(), [.. rows.Select(row => row.Id)], cancel);
        var items = rows.Select(row => Show(vault, row, outer, withEnvelope: !caller.IsManagementToken()) with
        {
            Budget = limits[row.Id].FirstOrDefault() is { } state ? BudgetForm.Show(state) : null,
        });
        return TypedResults.Ok(Envelope.Of(new KeyList([.. items], NextCursor: null)));
    }

    private static async Task<IResult> AddAsync(
        AddKeyRequest body, HttpContext http, ClaimsPrincipal caller, KeyStore store, VaultStore vaults, GrantStore grants, Ring ring,
        OuterEnvelopes outer, TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        CheckLabel(check, body.Label);
        if (check.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        if (body.IsPlain && await vaults.FindManagedAsync(vault, ring, cancel) is { } managed)
        {
            var (outcome, added) = await ManagedKeysEndpoints.AddAsync(
                check, body.Form, body.Label, caller, store, grants, managed, vault, clock.GetUtcNow(), cancel);
            return check.Refusal ?? Answer(outcome, vault, added!, outer, withEnvelope: false);
        }
        if (caller.IsManagementToken())
            return await DepositAsync(check, body, http, caller, store, grants, ring, outer, vault, clock.GetUtcNow(), cancel);
        if (body.IsPlain)
        {
            return Refusals.SealedVaultNeedsClient.Because(
                "This vault is sealed: only your browser, or a management token's deposit, can put a key into it. The key you sent was not kept.");
        }
        return await AddSealedAsync(check, body, store, ring, outer, vault, clock.GetUtcNow(), cancel);
    }

    private static async Task<IResult> AddSealedAsync(
        FieldCheck check, AddKeyRequest body, KeyStore store, Ring ring, OuterEnvelopes outer, VaultStore.VaultRow vault, DateTimeOffset now,
        CancellationToken cancel)
    {
        var id = check.Id("id", body.Id);
        var origin = body.Origin ?? "";
        check.Require(KeyRules.IsProvider(body.Provider) && KeyRules.IsOrigin(origin) && ProviderCatalog.Allows(body.Provider, origin),
            "provider", $"'provider' and 'origin' do not belong together: GET /v1/providers lists which key may go where.");
        var envelope = ReadEnvelope(check, body.Envelope);
        var sealedKeys = new GrantReader(check, ring, now).ReadKeys(body.SealedKeys, ofGrant: null);
        check.Require(sealedKeys.All(row => row.KeyId == id && row.Version == 1), "sealedKeys", "'sealedKeys' takes the key that is added, in version 1.");
        if (check.Refusal is { } refusal)
            return refusal;
        var item = new VaultStore.ItemRow
        {
            Id = id,
            VaultId = vault.Id,
            Kind = VaultStore.ProviderKeyKind,
            Version = 1,
            Envelope = ring.Wrap(VaultStore.ItemTable, id, envelope),
            Provider = body.Provider,
            Origin = origin,
            Label = body.Label,
            CreatedAt = now,
        };
        return Answer(await store.AddAsync(vault, item, sealedKeys, Actor.Account, cancel), vault, item, outer, withEnvelope: true);
    }

    /// <summary>F8. Sealed to a point that the presented credential vouches for; nothing of the key stays here.</summary>
    private static async Task<IResult> DepositAsync(
        FieldCheck check, AddKeyRequest body, HttpContext http, ClaimsPrincipal caller, KeyStore store, GrantStore grants, Ring ring,
        OuterEnvelopes outer, VaultStore.VaultRow vault, DateTimeOffset now, CancellationToken cancel)
    {
        using var form = KeyForm.Read(check, body.Form);
        if (check.Refusal is { } refusal)
            return refusal;
        var (presented, found) = await PresentedCredential.FindAsync(grants, BearerCredential.Presented(http.Request), cancel);
        using (presented)
        {
            var id = Guid.CreateVersion7(now);
            var version = new KeyVersion(vault.Id, id, Version: 1, form.Provider, form.Origin);
            // Whoever may hand keys on has the use of this one at once; any other waits for the owner.
            int? priority = caller.May(Scope.Delegate) ? 0 : null;
            var (envelope, sealedKey) = new PresentedGrant(presented, found, ring)
                .Deposit(version, form.Scheme, form.Secret, new VaultPoint(vault.Id, vault.Epoch, vault.PublicKey), priority, now);
            var item = new VaultStore.ItemRow
            {
                Id = id,
                VaultId = vault.Id,
                Kind = VaultStore.DepositKind,
                Version = 1,
                Envelope = ring.Wrap(VaultStore.ItemTable, id, envelope),
                Provider = form.Provider,
                Origin = form.Origin,
                Label = body.Label,
                CreatedAt = now,
                DepositedBy = found.Grant.Id,
            };
            var outcome = await store.AddAsync(vault, item, sealedKey is null ? [] : [sealedKey], Actor.Of(caller), cancel);
            return Answer(outcome, vault, item, outer, withEnvelope: false);
        }
    }

    private static async Task<IResult> ChangeAsync(
        string id, ChangeKeyRequest body, ClaimsPrincipal caller, KeyStore store, VaultStore vaults, CancellationToken cancel)
    {
        var check = new FieldCheck();
        var (namesLabel, label) = ReadLabel(check, body.Label);
        var (namesBudget, budget) = BudgetForm.Read(check, "budget", body.Budget);
        check.Require(namesLabel || namesBudget, "label", "Nothing to change: give 'label', 'budget' or both.");
        if (check.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        if (!Guid.TryParseExact(id, "N", out var keyId))
            return NotThere();
        var outcome = namesLabel ? await store.RelabelAsync(vault, keyId, label, Actor.Of(caller), cancel) : VaultChange.Done;
        return Answer(outcome == VaultChange.Done && namesBudget ? await store.LimitAsync(vault, keyId, budget, Actor.Of(caller), cancel) : outcome);
    }

    private static (bool IsGiven, string? Label) ReadLabel(FieldCheck check, JsonElement given)
    {
        if (given.ValueKind == JsonValueKind.Undefined)
            return (false, null);
        check.Require(given.ValueKind is JsonValueKind.Null or JsonValueKind.String, "label", "'label' takes text, or null for none.");
        var label = given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        CheckLabel(check, label);
        return (true, label);
    }

    private static async Task<IResult> RotateAsync(
        string id, RotateKeyRequest body, ClaimsPrincipal caller, KeyStore store, VaultStore vaults, GrantStore grants, Ring ring, TimeProvider clock,
        CancellationToken cancel)
    {
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        return body.IsPlain
            ? await RotatePlainAsync(id, body, caller, store, vaults, grants, ring, vault, clock.GetUtcNow(), cancel)
            : await RotateSealedAsync(id, body, store, ring, vault, clock.GetUtcNow(), cancel);
    }

    private static async Task<IResult> RotatePlainAsync(
        string id, RotateKeyRequest body, ClaimsPrincipal caller, KeyStore store, VaultStore vaults, GrantStore grants, Ring ring,
        VaultStore.VaultRow vault, DateTimeOffset now, CancellationToken cancel)
    {
        if (await vaults.FindManagedAsync(vault, ring, cancel) is not { } managed)
        {
            return Refusals.SealedVaultNeedsClient.Because(
                "This vault is sealed: only your browser can put a new secret in a key's place. The key you sent was not kept.");
        }
        if (!Guid.TryParseExact(id, "N", out var keyId) || await store.FindAsync(caller.AccountId(), keyId, cancel) is not { } item)
            return NotThere();
        var check = new FieldCheck();
        var (outcome, version) = await ManagedKeysEndpoints.RotateAsync(check, body.Form, item, store, grants, managed, vault, now, cancel);
        if (check.Refusal is { } refusal)
            return refusal;
        return outcome == VaultChange.Done ? TypedResults.Ok(Envelope.Of(new RotatedKey(version, []))) : Answer(outcome);
    }

    private static async Task<IResult> RotateSealedAsync(
        string id, RotateKeyRequest body, KeyStore store, Ring ring, VaultStore.VaultRow vault, DateTimeOffset now, CancellationToken cancel)
    {
        var check = new FieldCheck();
        check.Require(body.Version > 1, "version", "'version' takes the present version plus one.");
        var envelope = ReadEnvelope(check, body.Envelope);
        var sealedKeys = new GrantReader(check, ring, now).ReadKeys(body.SealedKeys, ofGrant: null);
        check.Require(sealedKeys.All(row => row.KeyId.ToString("N") == id && row.Version == body.Version),
            "sealedKeys", "'sealedKeys' takes the key that is rotated, in its new version.");
        if (check.Refusal is { } refusal)
            return refusal;
        if (!Guid.TryParseExact(id, "N", out var keyId))
            return NotThere();
        var rotation = new KeyStore.Rotation(keyId, body.Version, ring.Wrap(VaultStore.ItemTable, keyId, envelope), sealedKeys, body.CutOff);
        if (await store.RotateAsync(vault, rotation, Actor.Account, cancel) is var outcome && outcome != VaultChange.Done)
            return Answer(outcome);
        var behind = await store.ListStillOnOldAsync(keyId, body.Version, cancel);
        return TypedResults.Ok(Envelope.Of(new RotatedKey(body.Version, [.. behind.Select(grant => grant.ToString("N"))])));
    }

    private static async Task<IResult> DeleteAsync(string id, ClaimsPrincipal caller, KeyStore store, VaultStore vaults, CancellationToken cancel)
    {
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        if (Guid.TryParseExact(id, "N", out var keyId))
            return Answer(await store.DeleteAsync(vault, keyId, Actor.Of(caller), cancel));
        var theirs = (await store.ListAsync(caller.AccountId(), cancel)).Where(row => row.Provider == id).ToList();
        return theirs.Count switch
        {
            0 => NotThere(),
            1 => Answer(await store.DeleteAsync(vault, theirs[0].Id, Actor.Of(caller), cancel)),
            _ => Refusals.Ambiguous.Because($"{theirs.Count} of your keys are {theirs[0].Provider}'s: name the one to delete by its id."),
        };
    }

    private static KeyItem Show(VaultStore.VaultRow vault, VaultStore.ItemRow row, OuterEnvelopes outer, bool withEnvelope)
    {
        var envelope = outer.Show(VaultStore.ItemTable, row.Id, row.Envelope);
        return new KeyItem(
            row.Id.ToString("N"), row.Provider ?? "", row.Origin ?? "", row.Label, row.Version, vault.Custody,
            row.Kind == VaultStore.DepositKind ? "deposited" : "active", row.CreatedAt, row.RotatedAt,
            row.TestStatus is { } status ? new KeyTestItem(status == KeyTest.Ok, status, row.TestedAt!.Value) : null,
            Budget: null, withEnvelope ? envelope : null, Broken: envelope is null);
    }

    public static byte[] ReadEnvelope(FieldCheck check, string? text)
    {
        var envelope = check.BytesUpTo("envelope", text, LongestEnvelope);
        check.Require(envelope.Length == 0 || Kp1.IsWellFormed(EnvelopeType.VaultItem, envelope), "envelope", "'envelope' is not a sealed vault item.");
        return envelope;
    }

    private static void CheckLabel(FieldCheck check, string? label) =>
        check.Require(label is null || (label.Length is > 0 and <= VaultStore.ItemRow.LabelMaxLength && !label.Any(char.IsControl)),
            "label", $"'label' takes 1 to {VaultStore.ItemRow.LabelMaxLength} characters, without control characters.");

    private static IResult Answer(VaultChange outcome, VaultStore.VaultRow vault, VaultStore.ItemRow added, OuterEnvelopes outer, bool withEnvelope) =>
        outcome == VaultChange.Done
            ? TypedResults.Created($"/v1/keys/{added.Id:N}", Envelope.Of(Show(vault, added, outer, withEnvelope)))
            : Answer(outcome);

    private static IResult Answer(VaultChange outcome) => outcome switch
    {
        VaultChange.Done => TypedResults.NoContent(),
        VaultChange.NotThere => NotThere(),
        VaultChange.Conflict => Refusals.VersionConflict.Because("The key, or its vault, was changed meanwhile: read it again, and go on from there."),
        VaultChange.IdInUse => Refusals.InvalidRequest.Because("'id' is in use: make the id anew, at random.", "id"),
        VaultChange.TooMany => Refusals.InvalidRequest.Because($"The vault holds {KeyStore.MostKeys} keys already: delete one first."),
        _ => throw new InvalidOperationException($"no answer for {outcome}"),
    };

    private static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such key, or it is not yours.");
}
