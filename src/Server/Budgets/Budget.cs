namespace KeyPass.Server.Budgets;

internal enum BudgetOwner
{
    Account,
    ProviderKey,
    VirtualKey,
    Connection,
}

internal enum BudgetKind
{
    /// <summary>How much may go in a period.</summary>
    Spend,

    /// <summary>How much may go in an hour, beside it.</summary>
    Velocity,
}

/// <summary>A limit that somebody set, and on what.</summary>
/// <param name="Clamps">Whether a call that asks for more output than fits is made with less; otherwise it is refused.</param>
internal sealed record Budget(
    Guid Id, Guid AccountId, BudgetOwner Owner, Guid OwnerId, BudgetKind Kind, long LimitNanoUsd, BudgetPeriod Period, bool Clamps, DateTimeOffset CreatedAt)
{
    public const long NanoUsdPerCent = 10_000_000;

    /// <summary>Ten million dollars, far from where a sum of them could leave a long.</summary>
    public const long MostCents = 1_000_000_000;

    /// <summary>Of a chain, the narrowest first: it is the one that refuses most.</summary>
    public int Breadth => Owner switch
    {
        BudgetOwner.VirtualKey or BudgetOwner.Connection => Kind == BudgetKind.Velocity ? 0 : 1,
        BudgetOwner.ProviderKey => Kind == BudgetKind.Velocity ? 2 : 3,
        _ => Kind == BudgetKind.Velocity ? 4 : 5,
    };
}
