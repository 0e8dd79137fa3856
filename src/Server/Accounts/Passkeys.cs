using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using static KeyPass.Server.Accounts.PasskeyWire;

namespace KeyPass.Server.Accounts;

/// <summary>
/// The two ceremonies of WebAuthn. Identity's handler checks what an authenticator says; the challenge it must answer lies in a
/// table of ours, for one try and five minutes (docs/decisions/0007-passkeys.md).
/// </summary>
internal sealed class Passkeys(IPasskeyHandler<PasskeyOwner> handler, PasskeyStore store)
{
    /// <summary>Null when the address has too many open challenges.</summary>
    public async Task<Ceremony?> BeginAddingAsync(AccountStore.AccountRow account, HttpContext http, string address, CancellationToken cancel)
    {
        var owner = new PasskeyUserEntity { Id = account.Id.ToString("N"), Name = account.Email, DisplayName = account.Email };
        var made = await handler.MakeCreationOptionsAsync(owner, http);
        return await OpenAsync(PasskeyStore.AddPurpose, account.Id, address, made.CreationOptionsJson, made.AttestationState!, cancel);
    }

    /// <summary>The same question for everybody: which passkey answers, and so whose, the authenticator says.</summary>
    public async Task<Ceremony?> BeginSignInAsync(HttpContext http, string address, CancellationToken cancel)
    {
        var made = await handler.MakeRequestOptionsAsync(user: null, http);
        return await OpenAsync(PasskeyStore.SignInPurpose, accountId: null, address, made.RequestOptionsJson, made.AssertionState!, cancel);
    }

    /// <summary>The new passkey, not yet stored; null when the answer is not one to this account's challenge.</summary>
    public async Task<PasskeyStore.PasskeyRow?> ReadNewAsync(
        Guid accountId, string challengeId, JsonElement response, string name, DateTimeOffset now, HttpContext http, CancellationToken cancel)
    {
        if (await store.TakeChallengeAsync(challengeId, PasskeyStore.AddPurpose, accountId, cancel) is not { } state)
            return null;
        var result = await handler.PerformAttestationAsync(
            new PasskeyAttestationContext { HttpContext = http, CredentialJson = response.GetRawText(), AttestationState = state });
        return result is not { Succeeded: true, Passkey: var passkey }
            ? null
            : new PasskeyStore.PasskeyRow
            {
                Id = Guid.CreateVersion7(now),
                AccountId = accountId,
                CredentialId = passkey.CredentialId,
                PublicKey = passkey.PublicKey,
                SignCounter = passkey.SignCount,
                Name = name,
                Transports = [.. (passkey.Transports ?? []).Where(IsTransport).Take(PasskeyStore.MostTransports)],
                BackupEligible = passkey.IsBackupEligible,
                BackedUp = passkey.IsBackedUp,
                CreatedAt = now,
            };
    }

    /// <summary>Whose passkey answered; null when none did, and nothing tells why: not its name, not its signature, not its age.</summary>
    public async Task<Guid?> FindSignerAsync(string challengeId, JsonElement response, HttpContext http, CancellationToken cancel)
    {
        if (await store.TakeChallengeAsync(challengeId, PasskeyStore.SignInPurpose, accountId: null, cancel) is not { } state)
            return null;
        var result = await handler.PerformAssertionAsync(
            new PasskeyAssertionContext { HttpContext = http, CredentialJson = response.GetRawText(), AssertionState = state });
        if (result is not { Succeeded: true, Passkey: var passkey, User: var owner })
            return null;
        return await store.UseAsync(owner.AccountId, passkey.CredentialId, passkey.SignCount, passkey.IsBackedUp, cancel) ? owner.AccountId : null;
    }

    /// <summary>
    /// A passkey's PRF output opens the vault. A client that sends it, anywhere in its answer and in any spelling of the name, gives the
    /// vault to the server; that it was sent empty this time is luck.
    /// </summary>
    public static bool LeaksPrf(JsonElement response) => response.ValueKind switch
    {
        JsonValueKind.Object => response.EnumerateObject().Any(member =>
            member.Name.Equals("prf", StringComparison.OrdinalIgnoreCase) || LeaksPrf(member.Value)),
        JsonValueKind.Array => response.EnumerateArray().Any(LeaksPrf),
        _ => false,
    };

    private async Task<Ceremony?> OpenAsync(string purpose, Guid? accountId, string address, string options, string state, CancellationToken cancel) =>
        await store.OpenChallengeAsync(purpose, accountId, address, state, cancel) is { } id
            ? new Ceremony(id.ToString("N"), JsonElement.Parse(options))
            : null;

    /// <summary>Words of the standard ("usb", "hybrid"); they are handed back to browsers, so only what looks like one is kept.</summary>
    private static bool IsTransport(string text) => text.Length is > 0 and <= 16 && text.All(c => char.IsAsciiLetterLower(c) || c == '-');
}
