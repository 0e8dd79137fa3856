using System.Text;

namespace KeyPass.Sdk;

/// <summary>What a public token was exchanged for. Printing it leaves the access token out.</summary>
public sealed record ExchangedConnection
{
    /// <summary><c>kp_at_…</c>: store it encrypted, and use it from your server only.</summary>
    public required string AccessToken { get; init; }

    /// <summary>The connection it belongs to.</summary>
    public required string ConnectionId { get; init; }

    /// <summary>The session that led to it.</summary>
    public required string LinkSessionId { get; init; }

    /// <summary>Your own id of the user.</summary>
    public string? ClientUserId { get; init; }

    /// <summary>What the user allowed.</summary>
    public required GrantedScope Granted { get; init; }

    /// <summary>How much.</summary>
    public required GrantedBudget Budget { get; init; }

    /// <summary>When the connection ends by itself; null if never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    private bool PrintMembers(StringBuilder text)
    {
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"ConnectionId = {ConnectionId}, LinkSessionId = {LinkSessionId}, Budget = {Budget}");
        return true;
    }
}
