namespace KeyPass.Conformance;

/// <summary>An official SDK, given a base address and a key, and nothing else.</summary>
internal interface ISdk
{
    /// <param name="name">Of what it is to do.</param>
    /// <param name="first">Called when the first event of a stream is there.</param>
    Task<Outcome> RunAsync(string name, string baseUrl, string secret, Action? first = null);
}

/// <summary>What a program gets.</summary>
/// <param name="Result">What the SDK gave it, as JSON; null where it raised something.</param>
/// <param name="Hits">What came over the wire, one for each time it asked.</param>
internal sealed record Outcome(string? Result, Raised? Raised, IReadOnlyList<Hit> Hits);

/// <param name="Body">Null where this SDK hides it.</param>
internal sealed record Hit(int Status, IReadOnlyDictionary<string, string> Headers, byte[]? Body);

/// <summary>What the SDK raised, as its own exception tells it.</summary>
/// <param name="Body">What it kept of the answer, as JSON.</param>
/// <param name="RequestId">Where the SDK itself has a place for one.</param>
internal sealed record Raised(string Type, int? Status, string? Code, string Message, string? Body, string? RequestId);
