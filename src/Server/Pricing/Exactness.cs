namespace KeyPass.Server.Pricing;

/// <summary>How far a cost can be relied on; every receipt says it.</summary>
internal enum Exactness
{
    /// <summary>The provider's count at a known price, or what the provider says that it charged.</summary>
    Exact,
    /// <summary>A count or a price of it is ours, or approximate.</summary>
    Estimated,
    /// <summary>Nothing was counted: the most that it can have been.</summary>
    Bounded,
    /// <summary>Nobody knows what it costs. That is not nought.</summary>
    Unpriced,
    /// <summary>The answer broke off: what was counted until then.</summary>
    Interrupted,
}
