namespace KeyPass.Sdk;

/// <summary>A connection's budget as it stands.</summary>
public sealed record ConnectionBudget
{
    /// <summary>The limit of a period.</summary>
    public long LimitCents { get; init; }

    /// <summary>What is spent of it.</summary>
    public long SpentNanoUsd { get; init; }

    /// <summary>What is left of it.</summary>
    public long RemainingNanoUsd { get; init; }

    /// <summary><c>none</c>, <c>daily</c>, <c>weekly</c> or <c>monthly</c>.</summary>
    public string Period { get; set; } = "none";

    /// <summary>When it begins anew; null if never.</summary>
    public DateTimeOffset? ResetsAt { get; init; }
}
