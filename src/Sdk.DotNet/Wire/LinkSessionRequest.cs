namespace KeyPass.Sdk;

/// <summary>What a user is asked to allow.</summary>
public sealed record LinkSessionRequest
{
    /// <summary>E.g. <c>["openai", "anthropic"]</c>: the user allows those of them that they have.</summary>
    public required IReadOnlyList<string> RequestedProviders { get; init; }

    /// <summary>What you suggest they allow; they may change it.</summary>
    public required long BudgetSuggestionCents { get; init; }

    /// <summary><c>none</c>, <c>daily</c>, <c>weekly</c> or <c>monthly</c>, which it is where absent.</summary>
    public string? Period { get; init; }

    /// <summary>Only these models; all where absent.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>One sentence that the user reads: what you do with it.</summary>
    public string? Reason { get; init; }

    /// <summary>Your own id of the user; it comes back with the exchange.</summary>
    public string? ClientUserId { get; init; }

    /// <summary>The origin of the page that opens the window: one of your app's.</summary>
    public string? Origin { get; init; }

    /// <summary>Where the user comes back to when no window can be opened: one of your app's, letter by letter.</summary>
    public string? RedirectUri { get; init; }

    /// <summary>base64url of the SHA-256 of the verifier that goes to the exchange (PKCE, S256).</summary>
    public string? CodeChallenge { get; init; }

    /// <summary>When the connection shall end by itself.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Changes this connection instead of making one.</summary>
    public string? ConnectionId { get; init; }
}
