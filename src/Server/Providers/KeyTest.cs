namespace KeyPass.Server.Providers;

/// <summary>What a provider said to a key that was tried. The status is a contract; the message is for the person.</summary>
internal sealed record KeyTest(string Status, string Message)
{
    public const string Ok = "ok";

    /// <summary>The provider does not take the key: so says a test, and a call that it refused.</summary>
    public const string Invalid = "invalid";

    public static KeyTest Works(string provider) => new(Ok, $"{provider} takes this key.");

    public static KeyTest NotTestable(string provider) =>
        new("not_testable", $"{provider} has no call that only asks, or none for keys of this kind: its form was checked, and the key itself was not tried.");

    public static KeyTest Unreachable(string provider) =>
        new("unreachable", $"{provider} did not answer within five seconds, or not as itself. That says nothing about the key: try again later.");

    /// <summary>Where keys belong to a region.</summary>
    public static KeyTest NotKnownIn(string provider) => new(Invalid,
        $"{provider} does not know this key in this region: it was deleted, has expired, belongs to another region, or was not copied whole.");

    /// <summary>It never reached the provider.</summary>
    public static KeyTest Unreadable(string provider) => new(Invalid,
        $"This is no key that {provider} could have made: a part is missing or damaged. Copy it again from there, whole.");

    /// <summary>Signatures say when they were made, and are good for minutes.</summary>
    public static KeyTest WrongTime(string provider) => new("unreachable",
        $"{provider} says that this server's clock is wrong, which says nothing about the key: its operator can set it.");

    public static KeyTest Unclear(string provider, int status) =>
        new("unreachable", $"{provider} answered {status}, which says nothing about the key: try again later.");

    public static KeyTest Of(string provider, int status) => status switch
    {
        >= 200 and < 300 => Works(provider),
        // Google says 400 for a key that is none.
        400 or 401 => new(Invalid, $"{provider} does not know this key: it was deleted, or was not copied whole. Make or copy it again there."),
        402 => new("no_credit", $"{provider} knows this key, and its account has no credit: top it up there."),
        403 => new("no_permission", $"{provider} knows this key, and it may not list models: calls may still work, or its permissions are too narrow."),
        429 => new("rate_limited", $"{provider} knows this key, and its limit is reached for now."),
        _ => Unclear(provider, status),
    };
}
