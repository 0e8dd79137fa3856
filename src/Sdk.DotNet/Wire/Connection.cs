namespace KeyPass.Sdk;

/// <summary>The standing agreement between a user and your app.</summary>
public sealed record Connection
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>active</c>, <c>paused</c>, <c>revoked</c> or <c>expired</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Your own id of the user.</summary>
    public string? ClientUserId { get; init; }

    /// <summary>Providers that may be called.</summary>
    public IReadOnlyList<string> Providers { get; set; } = [];

    /// <summary>Models that may be used; null for all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>What is allowed, spent and left; null where there is no limit.</summary>
    public ConnectionBudget? Budget { get; init; }

    /// <summary>When it ends by itself; null if never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
