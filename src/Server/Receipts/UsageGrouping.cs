namespace KeyPass.Server.Receipts;

/// <summary>What usage can be summed by. The names are a contract; what stands behind them is ours alone, so that no caller writes SQL.</summary>
internal enum UsageGrouping
{
    VirtualKey,
    ProviderKey,
    Model,
    Provider,
    Operation,
    Day,
    Hour,
    Tag,
    Status,
    Exactness,
    App,
}
