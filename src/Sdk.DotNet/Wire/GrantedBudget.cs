namespace KeyPass.Sdk;

/// <summary>How much a user allowed.</summary>
public sealed record GrantedBudget
{
    /// <summary>The limit of a period.</summary>
    public long LimitCents { get; init; }

    /// <summary><c>none</c>, <c>daily</c>, <c>weekly</c> or <c>monthly</c>.</summary>
    public string Period { get; set; } = "none";

    /// <summary>When it begins anew; null if never.</summary>
    public DateTimeOffset? ResetsAt { get; init; }
}
