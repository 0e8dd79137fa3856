using System.Diagnostics.CodeAnalysis;

namespace KeyPass.Server.Accounts;

/// <summary>
/// An address as two people would agree it is the same: trimmed, lower case. Deliverability is proved by a mail, not by a
/// pattern; only what can never be one is refused.
/// </summary>
internal sealed record EmailAddress
{
    public const int MaxLength = 254; // RFC 5321, 4.5.3.1.3

    private EmailAddress(string normalized) => Normalized = normalized;

    public string Normalized { get; }

    public static EmailAddress FromStored(string normalized) => new(normalized);

    public static bool TryParse(string? text, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = null;
        var trimmed = text?.Trim() ?? "";
        var at = trimmed.LastIndexOf('@');
        if (at < 1 || at == trimmed.Length - 1 || trimmed.Length > MaxLength || trimmed.Any(IsForbidden))
            return false;
        address = new EmailAddress(trimmed.ToLowerInvariant());
        return true;
    }

    /// <summary>A mail has these around an address. Inside a quoted one they are allowed, and no provider gives such an address.</summary>
    private static bool IsForbidden(char one) => char.IsWhiteSpace(one) || char.IsControl(one) || "<>()[]\\,;:\"".Contains(one, StringComparison.Ordinal);
}
