using System.Text.Json;

namespace KeyPass.Sdk;

/// <summary>
/// Every no and every failure. Decide by <see cref="Code"/>: KeyPass's own are listed in its docs; this package adds <c>timeout</c>,
/// <c>unreachable</c>, <c>interrupted</c>, <c>unexpected_answer</c> and <c>wrong_session</c>.
/// </summary>
public class KeyPassException : Exception
{
    internal KeyPassException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>What to decide by.</summary>
    public string Code { get; }

    /// <summary>The HTTP status; null where no answer came.</summary>
    public int? Status { get; internal init; }

    /// <summary>Leads to the receipt and to the server's log line.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>The member of the request that is wrong.</summary>
    public string? Field { get; internal init; }

    /// <summary>Where the user can put it right: raise the budget, replace the provider key, resume.</summary>
    public Uri? UpdateUrl { get; internal init; }

    /// <summary>How long to wait before it makes sense to ask again.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>The provider's own words, where it was the provider that said no.</summary>
    public JsonElement? Provider { get; internal init; }
}
