namespace KeyPass.Sdk;

/// <summary>The limit that refused a call, as it stood then.</summary>
public sealed record BudgetRefusal
{
    /// <summary>Whose limit it is, in words.</summary>
    public string Of { get; set; } = "";

    /// <summary>The limit.</summary>
    public long LimitNanoUsd { get; init; }

    /// <summary>What is spent of it.</summary>
    public long SpentNanoUsd { get; init; }

    /// <summary>What running calls hold of it.</summary>
    public long ReservedNanoUsd { get; init; }

    /// <summary>What is left.</summary>
    public long RemainingNanoUsd { get; init; }

    /// <summary>What the call needed.</summary>
    public long NeededNanoUsd { get; init; }

    /// <summary>When it begins anew; null if never.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>With so much output the call would fit.</summary>
    public long? AffordableMaxTokens { get; init; }

    /// <summary>Models with which it would fit.</summary>
    public IReadOnlyList<string> ModelsThatFit { get; set; } = [];
}
