namespace KeyPass.Sdk;

/// <summary>What was used on a day, or of a model.</summary>
public sealed record UsageRow
{
    /// <summary>The day, where rows are by day.</summary>
    public string? Day { get; init; }

    /// <summary>The model, where rows are by model.</summary>
    public string? Model { get; init; }

    /// <summary>How many calls.</summary>
    public long Calls { get; init; }

    /// <summary>Tokens in.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens out.</summary>
    public long OutputTokens { get; init; }

    /// <summary>What it cost.</summary>
    public long CostNanoUsd { get; init; }
}
