using System.Text;

namespace KeyPass.Sdk;

/// <summary>A link session that was begun. Printing it leaves the link token out.</summary>
public sealed record LinkSession
{
    /// <summary>Give it to the user's browser, to nobody else. Good for 30 minutes, 15 for a change.</summary>
    public required string LinkToken { get; init; }

    /// <summary>Keep it: it names the session when the public token comes.</summary>
    public required string LinkSessionId { get; init; }

    /// <summary>The same without our widget: send the user there. It carries the link token.</summary>
    public required Uri HostedUrl { get; init; }

    /// <summary>When the link token ends.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    private bool PrintMembers(StringBuilder text)
    {
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"LinkSessionId = {LinkSessionId}, ExpiresAt = {ExpiresAt:o}");
        return true;
    }
}
