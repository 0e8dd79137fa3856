using System.Security.Claims;
using System.Text.Json;
using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;

namespace KeyPass.Server.VirtualKeys;

/// <summary>Virtual keys: what a team's programs call with, in a provider key's place. The credential is shown once, by whoever made it.</summary>
internal static class VirtualKeysEndpoints
{
    private const int LargestPage = 200;

    /// <summary>No name is longer.</summary>
    private const int LongestQuery = GrantStore.GrantRow.LabelMaxLength;

    private const string Newest = "newest";
    private const string Nearest = "nearest";
    private const string Live = "live";
    private const string Test = "test";

    /// <summary>As a browser makes it, with every envelope; or, for a managed vault or by a token, with the ids of keys.</summary>
    internal sealed record CreateVirtualKeyRequest(
        string Name, IReadOnlyList<string>? Tags = null, string Mode = Live, IReadOnlyList<string>? Providers = null, IReadOnlyList<string>? Models = null,
        IReadOnlyList<string>? Routes = null, bool CancelsOnHangUp = false, DateTimeOffset? ExpiresAt = null, string? Hint = null,
        BudgetWire? Budget = null, RateLimitsWire? RateLimits = null, IReadOnlyList<string>? ProviderKeyIds = null, string? GrantId = null,
        string? TokenRowId = null, string? TokenHash = null, string? TokenWrap = null, string? Escrow = null, string? VaultPointTag = null,
        IReadOnlyList<SealedKeyWire>? SealedKeys = null);

    /// <summary>Absent members stay as they are; <c>"expiresAt": null</c> takes the end away.</summary>
    internal sealed record ChangeVirtualKeyRequest(
        string? Name = null, IReadOnlyList<string>? Tags = null, IReadOnlyList<string>? Providers = null, IReadOnlyList<string>? Models = null,
        IReadOnlyList<string>? Routes = null, bool? CancelsOnHangUp = null, IReadOnlyList<string>? ProviderKeyIds = null,
        IReadOnlyList<SealedKeyWire>? SealedKeys = null)
    {
        /// <summary>Undefined where it is absent, which a time could not tell from null; so with the limits.</summary>
        public JsonElement ExpiresAt { get; init; }

        public JsonElement Budget { get; init; }

        public JsonElement RateLimits { get; init; }
    }

    internal sealed record RotateVirtualKeyRequest(
        int OverlapSeconds = 0, string? TokenRowId = null, string? TokenHash = null, string? TokenWrap = null, string? Hint = null);

    internal sealed record VirtualKeyItem(
        string Id, string Name, string Hint, string Mode, IReadOnlyList<string> Tags, string Status, IReadOnlyList<string> ProviderKeyIds,
        IReadOnlyList<string> Providers, IReadOnlyList<string> Models, IReadOnlyList<string> Routes, bool CancelsOnHangUp, string MadeBy, bool Approved,
        BudgetItem? Budget, RateLimitsWire RateLimits, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

    internal sealed record VirtualKeyList(IReadOnlyList<VirtualKeyItem> Items, string? NextCursor);

    /// <summary>The one time the credential is shown; null where the browser made it.</summary>
    internal sealed record MadeVirtualKey(string Id, string? VirtualKey);

    public static void AddVirtualKeys(this IServiceCollection services) => services.AddSingleton<VirtualKeyStore>();

    public static void MapVirtualKeys(this WebApplication app)
    {
        var keys = app.MapGroup("/v1").WithTags("Virtual keys");
        keys.MapGet("/virtual-keys", ListAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithName("listVirtualKeys").WithSummary("Your virtual keys, newest first or nearest to their limits")
            .WithDescription("'q' takes a part of the name. 'deleted' lists those that were deleted, too. 'sort=nearest' begins with those that spent most of "
                + "their budgets; it is 'newest' else.").Produces<Envelope<VirtualKeyList>>()
            .RefusesWith(Refusals.InvalidRequest);
        keys.MapGet("/virtual-keys/{id}", GetAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithName("getVirtualKey").WithSummary("One virtual key").Produces<Envelope<VirtualKeyItem>>().RefusesWith(Refusals.NotFound);
        keys.MapPost("/virtual-keys", CreateAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Delegate).AnswersWithSecret()
            .WithName("createVirtualKey").WithSummary("Make a virtual key")
            .WithDescription("A browser sends the envelopes it made, and shows the key itself. A managed account, or a token with the scope 'delegate', sends "
                + "the ids of provider keys and gets the virtual key back, once. In the mode 'test' it reaches the sandbox and nothing else, and needs no "
                + "provider key.")
            .Produces<Envelope<MadeVirtualKey>>(StatusCodes.Status201Created)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.ScopeExceeded, Refusals.VersionConflict);
        keys.MapPatch("/virtual-keys/{id}", ChangeAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithName("changeVirtualKey").WithSummary("Change a virtual key's name, scope, end or provider keys")
            .Produces<Envelope<VirtualKeyItem>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.ScopeExceeded, Refusals.VersionConflict);
        keys.MapPost("/virtual-keys/{id}/rotate", RotateAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Delegate).AnswersWithSecret()
            .WithName("rotateVirtualKey").WithSummary("Put a new credential in a virtual key's place")
            .WithDescription("The old one works on for 'overlapSeconds', at most a day; without them it ends at once.")
            .Produces<Envelope<MadeVirtualKey>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.VersionConflict);
        MapSwitch(keys, "disable", disabled: true, "Refuse a virtual key's calls until it is enabled again");
        MapSwitch(keys, "enable", disabled: false, "Let a disabled virtual key call again");
        keys.MapDelete("/virtual-keys/{id}", DeleteAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithName("deleteVirtualKey").WithSummary("Revoke a virtual key for good")
            .WithDescription("Its running calls are cut. Its receipts stay, and are found by their request ids.")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound, Refusals.VersionConflict);
    }

    private static void MapSwitch(RouteGroupBuilder keys, string action, bool disabled, string summary) => keys.MapPost("/virtual-keys/{id}/" + action,
        (string id, ClaimsPrincipal caller, VirtualKeyStore store, VaultStore vaults, BudgetStore budgets, TimeProvider clock, CancellationToken cancel) =>
            ChangeByIdAsync(id, caller, store, vaults, budgets, clock, action + "d", (_, one) =>
            {
                one.Scope.DisabledAt = disabled ? one.Scope.DisabledAt ?? clock.GetUtcNow() : null;
                return Task.FromResult(VaultChange.Done);
            }, cancel))
        .Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
        .WithName(action + "VirtualKey").WithSummary(summary).Produces<Envelope<VirtualKeyItem>>().RefusesWith(Refusals.NotFound, Refusals.VersionConflict);

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal caller, VirtualKeyStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel, int limit = 50,
        string? cursor = null, bool deleted = false, string? q = null, string sort = Newest)
    {
        var check = new FieldCheck();
        check.Require(limit is > 0 and <= LargestPage, "limit", $"'limit' takes 1 to {LargestPage}.");
        check.Require(q is not { Length: > LongestQuery }, "q", $"'q' takes up to {LongestQuery} characters.");
        check.Require(sort is Newest or Nearest, "sort", $"'sort' takes {Newest} or {Nearest}.");
        var afterTime = sort == Newest ? TimeCursor.Read(check, cursor) : null;
        var afterShare = sort == Nearest ? TimeCursor.ReadPlace(check, cursor) : null;
        if (check.Refusal is { } refusal)
            return refusal;
        var found = sort == Nearest
            ? await store.ListNearestAsync(caller.AccountId(), limit + 1, afterShare, deleted, q, cancel)
            : await store.ListAsync(caller.AccountId(), limit + 1, afterTime, deleted, q, cancel);
        var page = found.Take(limit).Select(placed => placed.One).ToList();
        var next = found.Count > limit ? TimeCursor.Of(found[limit - 1].Place, page[^1].Grant.Id) : null;
        var limits = await budgets.ListAsync(caller.AccountId(), page.ConvertAll(one => one.Grant.Id), cancel);
        return TypedResults.Ok(Envelope.Of(new VirtualKeyList(page.ConvertAll(one => Show(one, limits, clock)), next)));
    }

    private static async Task<IResult> GetAsync(
        string id, ClaimsPrincipal caller, VirtualKeyStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var keyId) && await store.FindAsync(caller.AccountId(), keyId, cancel) is { } found
            ? TypedResults.Ok(Envelope.Of(Show(found, await budgets.ListAsync(caller.AccountId(), [keyId], cancel), clock)))
            : NotThere();

    private static async Task<IResult> CreateAsync(
        CreateVirtualKeyRequest body, HttpContext http, ClaimsPrincipal caller, VirtualKeyStore store, VaultStore vaults, GrantMaker maker,
        TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        GrantMaker.CheckName(check, "name", body.Name);
        check.Require(body.Mode is Live or Test, "mode", $"'mode' takes {Live} or {Test}.");
        CheckScope(check, body.Tags, body.Providers, body.Models, body.Routes);
        CheckHint(check, body.Hint);
        var limits = VirtualKeyLimits.Read(check, body.Budget, body.RateLimits);
        if (check.Refusal is { } refusal)
            return refusal;
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var kind = body.Mode == Test ? CredentialKind.TestVirtualKey : CredentialKind.VirtualKey;
        var wish = new GrantWish(body.Name, body.ExpiresAt, body.ProviderKeyIds, body.GrantId, body.TokenRowId, body.TokenHash, body.TokenWrap, body.Escrow,
            body.VaultPointTag, body.SealedKeys);
        using var made = await maker.MakeAsync(check, vault, kind, wish, BearerCredential.PresentedToken(caller, http), cancel);
        if (made.Refusal is { } no)
            return no;
        var shown = made.Reveal();
        var scope = new ScopeStore.ScopeRow
        {
            GrantId = made.Rows!.Grant.Id,
            IsTest = body.Mode == Test,
            Providers = [.. body.Providers ?? []],
            Models = [.. body.Models ?? []],
            Routes = [.. body.Routes ?? []],
            CancelsOnHangUp = body.CancelsOnHangUp,
            Tags = [.. body.Tags ?? []],
        };
        var row = new VirtualKeyStore.VirtualKeyRow
        {
            GrantId = scope.GrantId,
            AccountId = vault.AccountId,
            Name = body.Name,
            Hint = HintOf(shown) ?? body.Hint ?? "",
        };
        var outcome = await store.AddAsync(vault, made.Rows, scope, row, limits, clock.GetUtcNow(), Actor.Of(caller), cancel);
        return outcome == VaultChange.Done
            ? TypedResults.Created($"/v1/virtual-keys/{row.GrantId:N}", Envelope.Of(new MadeVirtualKey(row.GrantId.ToString("N"), shown)))
            : Answer(outcome);
    }

    private static async Task<IResult> ChangeAsync(
        string id, ChangeVirtualKeyRequest body, ClaimsPrincipal caller, VirtualKeyStore store, VaultStore vaults, BudgetStore budgets, Ring ring,
        TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        if (body.Name is not null)
            GrantMaker.CheckName(check, "name", body.Name);
        CheckScope(check, body.Tags, body.Providers, body.Models, body.Routes);
        var (now, expiresAt) = (clock.GetUtcNow(), ReadEnd(check, body.ExpiresAt));
        check.Require(expiresAt is null || expiresAt > now, "expiresAt", "'expiresAt' takes a time to come.");
        var limits = VirtualKeyLimits.Read(check, body.Budget, body.RateLimits);
        if (check.Refusal is { } refusal)
            return refusal;
        if (!Guid.TryParseExact(id, "N", out var keyId) || await store.FindAsync(caller.AccountId(), keyId, cancel) is not { } found)
            return NotThere();
        if (caller.IsManagementToken() && (body.ProviderKeyIds is not null || (HasEnd(body) && (expiresAt is null || expiresAt > found.ExpiresAt))))
            return Refusals.ScopeExceeded.Because(
                "A token can bring a key's end nearer, and neither change its provider keys nor make it last longer: sign in for that.");
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var sealedKeys = body.ProviderKeyIds is null ? [] : await SealAsync(check, body, found, vault, vaults, ring, now, cancel);
        if (check.Refusal is { } no)
            return no;
        return await ChangeByIdAsync(id, caller, store, vaults, budgets, clock, "changed", async (context, one) =>
        {
            Apply(body, one);
            if (HasEnd(body))
                SetEnd(one.Wraps, expiresAt);
            await limits.ApplyAsync(context, vault.AccountId, one.Scope, now, cancel);
            return body.ProviderKeyIds is null
                ? VaultChange.Done
                : await VirtualKeyStore.HoldAsync(
                    context, vault.Id, keyId, [.. body.ProviderKeyIds.Select(text => Guid.ParseExact(text, "N"))], sealedKeys, cancel);
        }, cancel);
    }

    /// <summary>The keys that it is to hold and does not: sealed by the browser, or for a managed vault here.</summary>
    private static async Task<IReadOnlyList<GrantStore.SealedKeyRow>> SealAsync(
        FieldCheck check, ChangeVirtualKeyRequest body, VirtualKeyStore.Listed found, VaultStore.VaultRow vault, VaultStore vaults, Ring ring,
        DateTimeOffset now, CancellationToken cancel)
    {
        var wanted = body.ProviderKeyIds!;
        check.Require(wanted.All(text => Guid.TryParseExact(text, "N", out _)) && wanted.Distinct().Count() == wanted.Count,
            "providerKeyIds", "'providerKeyIds' takes ids of your provider keys, each once.");
        if (await vaults.FindManagedAsync(vault, ring, cancel) is not { } managed)
            return new GrantReader(check, ring, now).ReadKeys(body.SealedKeys, found.Grant.Id);
        var items = (await vaults.ListItemsAsync(vault.Id, cancel)).Where(row => row.Kind == VaultStore.ProviderKeyKind)
            .ToDictionary(row => row.Id.ToString("N"));
        check.Require(wanted.All(items.ContainsKey), "providerKeyIds", "'providerKeyIds' names a key that is not in this vault.");
        if (check.Refusal is not null)
            return [];
        return [.. wanted.Select((text, place) => (Item: items[text], place)).Where(one => !found.KeyIds.Contains(one.Item.Id)).SelectMany(one =>
            managed.Use(one.Item, (in KeyVersion version, KeyPayload payload) =>
                managed.SealFor([(found.Grant, one.place)], version, payload.Scheme, payload.Secret, now)))];
    }

    private static async Task<IResult> RotateAsync(
        string id, RotateVirtualKeyRequest body, HttpContext http, ClaimsPrincipal caller, VirtualKeyStore store, VaultStore vaults, GrantMaker maker,
        TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        GrantMaker.CheckOverlap(check, body.OverlapSeconds);
        CheckHint(check, body.Hint);
        if (check.Refusal is { } refusal)
            return refusal;
        if (!Guid.TryParseExact(id, "N", out var keyId) || await store.FindAsync(caller.AccountId(), keyId, cancel) is not { Grant.RevokedAt: null } found)
            return NotThere();
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var wish = new RewrapWish(found.ExpiresAt, body.TokenRowId, body.TokenHash, body.TokenWrap);
        var kind = found.Scope.IsTest ? CredentialKind.TestVirtualKey : CredentialKind.VirtualKey;
        using var made = await maker.RewrapAsync(check, vault, found.Grant, kind, wish, BearerCredential.PresentedToken(caller, http), cancel);
        if (made.Refusal is { } no)
            return no;
        var shown = made.Reveal();
        var outcome = await store.ChangeAsync(vault, keyId, Actor.Of(caller), "rotated", async (context, one) =>
        {
            await GrantStore.AddCredentialAsync(context, made.Rows!, clock.GetUtcNow().AddSeconds(body.OverlapSeconds), cancel);
            one.Row.Hint = HintOf(shown) ?? body.Hint ?? "";
            return VaultChange.Done;
        }, cancel);
        return outcome == VaultChange.Done ? TypedResults.Ok(Envelope.Of(new MadeVirtualKey(keyId.ToString("N"), shown))) : Answer(outcome);
    }

    private static async Task<IResult> DeleteAsync(string id, ClaimsPrincipal caller, VirtualKeyStore store, VaultStore vaults, CancellationToken cancel)
    {
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var outcome = Guid.TryParseExact(id, "N", out var keyId) ? await store.DeleteAsync(vault, keyId, Actor.Of(caller), cancel) : VaultChange.NotThere;
        return outcome == VaultChange.Done ? TypedResults.NoContent() : Answer(outcome);
    }

    private static async Task<IResult> ChangeByIdAsync(
        string id, ClaimsPrincipal caller, VirtualKeyStore store, VaultStore vaults, BudgetStore budgets, TimeProvider clock, string action,
        Func<Persistence.KeyPassDb, VirtualKeyStore.Tracked, Task<VaultChange>> change, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "N", out var keyId))
            return NotThere();
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var outcome = await store.ChangeAsync(vault, keyId, Actor.Of(caller), action, change, cancel);
        return outcome == VaultChange.Done
            ? TypedResults.Ok(Envelope.Of(Show(
                (await store.FindAsync(caller.AccountId(), keyId, cancel))!, await budgets.ListAsync(caller.AccountId(), [keyId], cancel), clock)))
            : Answer(outcome);
    }

    private static void Apply(ChangeVirtualKeyRequest body, VirtualKeyStore.Tracked one)
    {
        one.Row.Name = body.Name ?? one.Row.Name;
        one.Scope.Tags = body.Tags?.ToArray() ?? one.Scope.Tags;
        one.Scope.Providers = body.Providers?.ToArray() ?? one.Scope.Providers;
        one.Scope.Models = body.Models?.ToArray() ?? one.Scope.Models;
        one.Scope.Routes = body.Routes?.ToArray() ?? one.Scope.Routes;
        one.Scope.CancelsOnHangUp = body.CancelsOnHangUp ?? one.Scope.CancelsOnHangUp;
    }

    /// <summary>The newest credential ends then; one on its way out ends no later than it would.</summary>
    private static void SetEnd(IReadOnlyList<GrantStore.TokenWrapRow> newestFirst, DateTimeOffset? end)
    {
        for (var place = 0; place < newestFirst.Count; place++)
        {
            if (place == 0 || newestFirst[place].ExpiresAt > end)
                newestFirst[place].ExpiresAt = end;
        }
    }

    private static bool HasEnd(ChangeVirtualKeyRequest body) => body.ExpiresAt.ValueKind != JsonValueKind.Undefined;

    private static DateTimeOffset? ReadEnd(FieldCheck check, JsonElement given)
    {
        if (given.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return null;
        var end = default(DateTimeOffset);
        check.Require(given.ValueKind == JsonValueKind.String && given.TryGetDateTimeOffset(out end),
            "expiresAt", "'expiresAt' takes a time in ISO 8601, or null.");
        return end.ToUniversalTime();
    }

    private static void CheckScope(
        FieldCheck check, IReadOnlyList<string>? tags, IReadOnlyList<string>? providers, IReadOnlyList<string>? models, IReadOnlyList<string>? routes)
    {
        foreach (var (field, list) in new[] { ("tags", tags), ("providers", providers), ("models", models), ("routes", routes) })
        {
            check.Require(list is null || (list.Count <= GrantScope.MostEntries && list.Distinct().Count() == list.Count && list.All(IsEntry)),
                field, $"'{field}' takes at most {GrantScope.MostEntries} different entries of 1 to {GrantScope.LongestEntry} characters.");
        }
        check.Require(routes is null || routes.All(RouteNames.All.Contains), "routes", $"'routes' takes of {string.Join(", ", RouteNames.All)}.");
    }

    private static bool IsEntry(string entry) => entry.Length is > 0 and <= GrantScope.LongestEntry && !entry.Any(char.IsControl);

    private static void CheckHint(FieldCheck check, string? hint) => check.Require(
        hint is null || (hint.Length == VirtualKeyStore.VirtualKeyRow.HintLength && hint.All(char.IsAsciiLetterOrDigit)),
        "hint", $"'hint' takes the last {VirtualKeyStore.VirtualKeyRow.HintLength} characters of the key.");

    private static string? HintOf(string? shown) => shown?[^VirtualKeyStore.VirtualKeyRow.HintLength..];

    private static VirtualKeyItem Show(VirtualKeyStore.Listed one, ILookup<Guid, BudgetState> budgets, TimeProvider clock) => new(
        one.Grant.Id.ToString("N"), one.Row.Name, one.Row.Hint, one.Scope.IsTest ? Test : Live, one.Scope.Tags, StatusOf(one, clock),
        [.. one.KeyIds.Select(id => id.ToString("N"))], one.Scope.Providers, one.Scope.Models, one.Scope.Routes, one.Scope.CancelsOnHangUp,
        one.Grant.ParentId?.ToString("N") ?? Actor.Account, one.Grant.Approved, 
        VirtualKeyLimits.ShowBudget(budgets[one.Grant.Id]), VirtualKeyLimits.Show(one.Scope, budgets[one.Grant.Id]),
        one.Grant.CreatedAt, one.ExpiresAt, one.LastUsedAt);

    private static string StatusOf(VirtualKeyStore.Listed one, TimeProvider clock) => one switch
    {
        { Grant.RevokedAt: not null } => "deleted",
        { Scope.DisabledAt: not null } => "disabled",
        { ExpiresAt: { } ends } when ends <= clock.GetUtcNow() => "expired",
        _ => "active",
    };

    private static RefusalResult Answer(VaultChange outcome) => outcome switch
    {
        VaultChange.NotThere => Refusals.NotFound.Because("There is no such virtual key, or a provider key for it is not in this vault in that version."),
        VaultChange.TooMany => Refusals.InvalidRequest.Because($"There are {VirtualKeyStore.MostKeys} virtual keys already: delete one first."),
        VaultChange.IdInUse => Refusals.InvalidRequest.Because("An id of this key is in use: make every id anew, at random."),
        VaultChange.Conflict => Refusals.VersionConflict.Because("The vault was changed meanwhile: read it again, and make the change from there."),
        _ => throw new InvalidOperationException($"no answer for {outcome}"),
    };

    private static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such virtual key, or it is not yours.");
}
