using System.Security.Claims;
using KeyPass.Server.Audit;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// F18: whether a provider takes a key. The owner's browser makes a grant for this one call and sends it along; it is opened, used and
/// forgotten. A token that holds the key tries it by its own grant.
/// </summary>
internal static class KeyTestEndpoints
{
    private const int LongestEnvelope = KeyPayload.MaxSize + Kp1.SymmetricSize;

    /// <summary>A grant that lives in this request only: its credential, and what that opens.</summary>
    internal sealed record TestKeyRequest(
        string? VirtualKey = null, string? GrantId = null, string? TokenRowId = null, string? TokenWrap = null, SealedKeyWire? SealedKey = null);

    internal sealed record KeyTestAnswer(bool Ok, string Status, string Message);

    public static void MapKeyTest(this IEndpointRouteBuilder keys) => keys.MapPost("/keys/{id}/test", TestAsync)
        .Requires(Credentials.Session | Credentials.ManagementToken, Scope.Delegate)
        .WithName("testKey").WithSummary("Ask the provider whether it takes a key")
        .WithDescription("By a call that costs nothing, at most ten times an hour for a key. A browser sends a grant made for this one request; it is "
            + "not stored.")
        .Produces<Envelope<KeyTestAnswer>>()
        .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.RateLimited);

    private static async Task<IResult> TestAsync(
        string id, TestKeyRequest body, HttpContext http, ClaimsPrincipal caller, KeyStore store, VaultStore vaults, GrantStore grants, KeyProbe probe,
        Ring ring, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "N", out var keyId) || await store.FindAsync(caller.AccountId(), keyId, cancel) is not { } item)
            return NotThere();
        var vault = await vaults.GetAsync(caller.AccountId(), cancel);
        var check = new FieldCheck();
        using var question = caller.IsManagementToken()
            ? await AskByGrantAsync(http, keyId, grants, vaults, probe, ring, cancel)
            : await vaults.FindManagedAsync(vault, ring, cancel) is { } managed
                ? managed.Use<KeyQuestion?>(item, probe.Ask)
                : AskOnce(check, body, vault, item, probe);
        if (check.Refusal is { } refusal)
            return refusal;
        var outcome = await store.BeginTestAsync(vault, keyId, Actor.Of(caller), cancel);
        if (outcome == VaultChange.TooMany)
            return Refusals.RateLimited.Because($"A key is tried at most {KeyStore.TestsAnHour} times an hour.", retryAfter: TimeSpan.FromMinutes(10));
        if (outcome != VaultChange.Done)
            return NotThere();
        var test = question is null
            ? KeyTest.NotTestable(ProviderCatalog.Find(item.Provider!)?.Name ?? item.Provider!)
            : await question.AnswerAsync(cancel);
        await store.NoteTestAsync(keyId, item.Version, test.Status, cancel);
        return TypedResults.Ok(Envelope.Of(new KeyTestAnswer(test.Status == KeyTest.Ok, test.Status, test.Message)));
    }

    private static KeyQuestion? AskOnce(FieldCheck check, TestKeyRequest body, VaultStore.VaultRow vault, VaultStore.ItemRow item, KeyProbe probe)
    {
        var grantId = check.Id("grantId", body.GrantId);
        var rowId = check.Id("tokenRowId", body.TokenRowId);
        var wrap = check.BytesUpTo("tokenWrap", body.TokenWrap, LongestEnvelope);
        var envelope = check.BytesUpTo("sealedKey.envelope", body.SealedKey?.Envelope, LongestEnvelope);
        check.Require(body.SealedKey?.Version == item.Version, "sealedKey.version", "'sealedKey.version' is not the key's present one: read it again.");
        check.Require(Credential.TryRead(body.VirtualKey, out var credential), "virtualKey", "'virtualKey' takes the credential of the grant in this request.");
        using (credential)
        {
            if (check.Refusal is not null)
                return null;
            using var grantSecret = TokenWrap.Open(credential!, vault.Id, grantId, rowId, wrap, stackalloc byte[GrantSecret.Size]);
            // Provider and origin are those of the row, and must be those inside: the key goes nowhere else.
            var version = new KeyVersion(vault.Id, item.Id, (uint)item.Version, item.Provider!, item.Origin!);
            using var payload = Sealing.SealedKey.Open(grantSecret, grantId, version, envelope, stackalloc byte[KeyPayload.MaxSize]);
            return probe.Ask(version, payload);
        }
    }

    private static async Task<KeyQuestion?> AskByGrantAsync(
        HttpContext http, Guid keyId, GrantStore grants, VaultStore vaults, KeyProbe probe, Ring ring, CancellationToken cancel)
    {
        var (presented, found) = await PresentedCredential.FindAsync(grants, BearerCredential.Presented(http.Request), cancel);
        using (presented)
        {
            var held = (await vaults.ListGrantKeysAsync(found.Grant.Id, cancel)).FirstOrDefault(one => one.Row.KeyId == keyId);
            return held is null ? null : new PresentedGrant(presented, found, ring).Use<KeyQuestion?>(held, probe.Ask);
        }
    }

    private static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such key, or it is not yours.");
}
