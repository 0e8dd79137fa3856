namespace KeyPass.Server.Link;

/// <summary>How far a link session came. The names are a contract: each step of a session is an event of that name.</summary>
internal static class LinkState
{
    public const string Created = "created";
    public const string Opened = "opened";
    public const string Authenticated = "authenticated";
    public const string KeyReady = "key_ready";
    public const string ConsentShown = "consent_shown";
    public const string Approved = "approved";
    public const string Denied = "denied";

    /// <summary>Nobody opened it, or its public token was not exchanged in time.</summary>
    public const string Expired = "expired";

    /// <summary>Somebody opened it and did not decide.</summary>
    public const string Abandoned = "abandoned";

    public const string Exchanged = "exchanged";

    /// <summary>In their order.</summary>
    private static readonly string[] Undecided = [Created, Opened, Authenticated, KeyReady, ConsentShown];

    public static IReadOnlyList<string> Open => Undecided;

    /// <summary>The way of a session that comes to its end.</summary>
    public static IReadOnlyList<string> Steps { get; } = [.. Undecided, Approved, Exchanged];

    public static IReadOnlyList<string> Exits { get; } = [Denied, Expired, Abandoned];

    public static bool IsOpen(string state) => Undecided.Contains(state);

    /// <summary>What came of it; null while that is open.</summary>
    public static string? OutcomeOf(string state) => state == Exchanged ? Approved : IsOpen(state) ? null : state;
}
