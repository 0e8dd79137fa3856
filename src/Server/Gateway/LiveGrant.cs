using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;

namespace KeyPass.Server.Gateway;

/// <summary>A credential for calls as this server read it: what it may do, which keys it holds, and whether it still may.</summary>
/// <param name="Chains">Of each provider key, the budgets that a call with it takes from, narrowest first.</param>
internal sealed record LiveGrant(
    GrantStore.Found Found, ScopeStore.ScopeRow Limits, GrantScope Scope, IReadOnlyList<GrantKey> Keys,
    IReadOnlyDictionary<Guid, IReadOnlyList<Budget>> Chains, GrantLife Life)
{
    /// <summary>Something of it changed since it was read: its life counts still, what it says no more.</summary>
    public bool IsStale { get; init; }

    public Guid Id => Found.Grant.Id;
    public Guid AccountId => Found.Grant.AccountId;

    public LiveState StateAt(DateTimeOffset now)
    {
        if (Found.Grant.RevokedAt is not null || Found.Wrap.Envelope is null)
            return LiveState.Revoked;
        if (Found.Wrap.ExpiresAt <= now)
            return LiveState.Expired;
        return Limits.DisabledAt is null ? LiveState.Active : LiveState.Disabled;
    }
}

internal enum LiveState
{
    Active,
    Disabled,
    Expired,
    Revoked,
}
