namespace KeyPass.Server.Budgets;

/// <summary>Why a cell could not give what was asked of it, with the numbers of that moment.</summary>
/// <param name="Spent">Of the window by all servers, as far as this one knows.</param>
/// <param name="Free">What one call could hold at the most: neither spent nor held by any call, on any server that answered.</param>
internal sealed record Shortage(Budget Budget, long Limit, long Spent, long Free, DateTimeOffset? Resets)
{
    /// <summary>In the way for as long as calls run.</summary>
    public long Reserved => Math.Max(0, Limit - Spent - Free);

    /// <summary>Once every running call has ended and cost nothing.</summary>
    public long Remaining => Math.Max(0, Limit - Spent);
}
