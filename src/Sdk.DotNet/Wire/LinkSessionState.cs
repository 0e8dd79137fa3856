namespace KeyPass.Sdk;

/// <summary>How a link session went.</summary>
public sealed record LinkSessionState
{
    /// <summary>The session.</summary>
    public required string LinkSessionId { get; init; }

    /// <summary>
    /// <c>created</c>, <c>opened</c>, <c>authenticated</c>, <c>key_ready</c>, <c>consent_shown</c>, <c>approved</c>, <c>denied</c>, <c>expired</c>,
    /// <c>abandoned</c> or <c>exchanged</c>.
    /// </summary>
    public required string Status { get; init; }

    /// <summary><c>approved</c>, <c>denied</c>, <c>expired</c>, <c>abandoned</c>; null while it goes on.</summary>
    public string? Outcome { get; init; }

    /// <summary>What the user gave as the reason to leave.</summary>
    public string? ExitReason { get; init; }

    /// <summary>The connection it made.</summary>
    public string? ConnectionId { get; init; }

    /// <summary>Your own id of the user.</summary>
    public string? ClientUserId { get; init; }

    /// <summary>Every step, in order.</summary>
    public IReadOnlyList<LinkSessionEvent> Events { get; set; } = [];

    /// <summary>When it ends, or ended.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}
