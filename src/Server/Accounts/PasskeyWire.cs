using System.Text.Json;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>
/// What the passkey routes take and give. Options and responses are WebAuthn's own JSON (Level 3, 5.1.8 and 5.1.9), which browsers
/// write and Identity reads; no response may hold the output of the PRF extension.
/// </summary>
internal static class PasskeyWire
{
    internal sealed record Ceremony(string ChallengeId, JsonElement Options);

    internal sealed record AddPasskeyRequest(string ChallengeId, JsonElement Response, UnlockWire Unlock, string Name, string CurrentAuthHash);

    internal sealed record AddedPasskey(string Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

    internal sealed record PasskeyItem(string Id, string CredentialId, string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

    internal sealed record PasskeyList(IReadOnlyList<PasskeyItem> Items, string? NextCursor);

    internal sealed record RenamePasskeyRequest(string Name);

    internal sealed record PasskeyLoginRequest(string ChallengeId, JsonElement Response, SessionForm Session = SessionForm.Bearer);
}
