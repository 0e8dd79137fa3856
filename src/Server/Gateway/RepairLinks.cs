using KeyPass.Server.Http;

namespace KeyPass.Server.Gateway;

/// <summary>Where the owner of a connection can mend what its app was refused for.</summary>
internal sealed class RepairLinks(HttpSettings settings)
{
    /// <summary>What is gone for good, and what is the app's own mistake, has no such place.</summary>
    private static readonly Refusal[] Repairable =
    [
        Refusals.BudgetExceeded, Refusals.VelocityExceeded, Refusals.ConnectionPaused, Refusals.KeyExpired, Refusals.ModelNotAllowed,
        Refusals.RouteNotAllowed, Refusals.PriceUnknown, Refusals.ProviderAuthFailed,
    ];

    public RefusalResult Add(RefusalResult refusal, LiveGrant grant) =>
        grant.Limits.ConnectionId is { } connection && Repairable.Contains(refusal.Refusal)
            ? refusal with { UpdateUrl = $"{settings.PublicUrl.GetLeftPart(UriPartial.Authority)}/connections/{connection:N}" }
            : refusal;
}
