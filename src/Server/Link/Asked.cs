using KeyPass.Server.Apps;
using KeyPass.Server.Connections;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Link;

/// <summary>What an app's server asks somebody for.</summary>
internal sealed record Asked(
    IReadOnlyList<string> RequestedProviders, long BudgetSuggestionCents, string Period = LinkTerms.UsualPeriod, IReadOnlyList<string>? Models = null,
    string? Reason = null, string? ClientUserId = null, string? Origin = null, string? RedirectUri = null, string? CodeChallenge = null,
    DateTimeOffset? ExpiresAt = null, string? ConnectionId = null)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    /// <summary>The person is there already, and knows the app.</summary>
    private static readonly TimeSpan UpdateLife = TimeSpan.FromMinutes(15);

    public static bool AreEntries(IReadOnlyList<string> list) => list.Count <= GrantScope.MostEntries && list.Distinct().Count() == list.Count
        && list.All(entry => entry is { Length: > 0 and <= GrantScope.LongestEntry } && !entry.Any(char.IsControl));

    /// <summary>The session to store, where the check finds nothing.</summary>
    public LinkStore.SessionRow Read(FieldCheck check, AppStore.AppRow app, Credential linkToken, DateTimeOffset now)
    {
        check.Require(RequestedProviders.Count > 0 && RequestedProviders.Distinct().Count() == RequestedProviders.Count
            && RequestedProviders.All(name => ProviderCatalog.Find(name) is not null), "requestedProviders",
            $"'requestedProviders' takes of {string.Join(", ", ProviderCatalog.All.Select(known => known.Id))}.");
        LinkTerms.CheckCents(check, "budgetSuggestionCents", BudgetSuggestionCents);
        LinkTerms.CheckPeriod(check, Period);
        check.Require(Models is null || AreEntries(Models), "models", $"'models' takes at most {GrantScope.MostEntries} different names.");
        check.Require(Reason is null || ShownText.IsPlain(Reason, LinkStore.SessionRow.ReasonMaxLength), "reason",
            $"'reason' takes 1 to {LinkStore.SessionRow.ReasonMaxLength} characters, none of them invisible.");
        check.Require(ClientUserId is null || ShownText.IsPlain(ClientUserId, ConnectionStore.ConnectionRow.ClientUserIdMaxLength), "clientUserId",
            $"'clientUserId' takes 1 to {ConnectionStore.ConnectionRow.ClientUserIdMaxLength} characters.");
        check.Require(Origin is null || app.Origins.Contains(Origin), "origin", "'origin' takes one of the app's registered origins, letter by letter.");
        check.Require(RedirectUri is null || WebAddresses.IsOneOf(app.RedirectUris, RedirectUri), "redirectUri",
            "'redirectUri' takes one of the app's registered addresses, letter by letter.");
        check.Require(ExpiresAt is null || ExpiresAt > now, "expiresAt", "'expiresAt' takes a time to come.");
        var challenge = CodeChallenge is null ? null : check.Bytes("codeChallenge", CodeChallenge, Sealing.CodeChallenge.Size);
        Guid? connectionId = ConnectionId is null ? null : check.Id("connectionId", ConnectionId);
        var hash = new byte[Credential.HashSize];
        linkToken.Hash(hash);
        return new LinkStore.SessionRow
        {
            Id = Guid.CreateVersion7(now),
            AppId = app.Id,
            LinkTokenHash = hash,
            Status = LinkState.Created,
            Providers = [.. RequestedProviders],
            Models = [.. Models ?? []],
            BudgetCents = BudgetSuggestionCents,
            Period = Period,
            Reason = Reason,
            ClientUserId = ClientUserId,
            Origin = Origin,
            RedirectUri = RedirectUri,
            CodeChallenge = challenge,
            WantedUntil = ExpiresAt?.ToUniversalTime(),
            ConnectionId = connectionId,
            IsUpdate = connectionId is not null,
            CreatedAt = now,
            ExpiresAt = now + (connectionId is null ? Life : UpdateLife),
        };
    }
}
