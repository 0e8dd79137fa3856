using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Gateway;

/// <summary>
/// Providers' noes. They go to the caller as they came, but for two things: nothing of a provider key is ever in them, and where the
/// provider refuses our key, it must not look as if the caller's were wrong.
/// </summary>
internal static partial class ProviderFailures
{
    /// <summary>Every provider's error is far smaller.</summary>
    public const int LongestBody = 64 * 1024;

    private const int LongestMessage = 500;
    private const int LongestHeaderKey = 512;

    /// <summary>No vendor's key is shorter; the sandbox's is a word that its own answers say.</summary>
    private const int ShortestKey = 8;

    private static readonly string[] BadKeyCodes =
        ["invalid_api_key", "api_key_invalid", "authentication_error", "invalid_authentication", "account_deactivated", "API_KEY_INVALID", "UNAUTHENTICATED"];

    /// <summary>Which code and sentence a provider gave, in whichever shape.</summary>
    public static ProviderAnswer Read(int status, ReadOnlySpan<byte> scrubbed)
    {
        try
        {
            var reader = new Utf8JsonReader(scrubbed);
            using var parsed = JsonDocument.ParseValue(ref reader);
            // Google sends an error of a stream as a list of one.
            var root = parsed.RootElement is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? list[0] : parsed.RootElement;
            var error = Member(root, "error") is { ValueKind: JsonValueKind.Object } inner ? inner : root;
            var code = Text(Member(error, "code")) ?? Text(Member(error, "status")) ?? Text(Member(error, "type"));
            var message = Text(Member(error, "message")) ?? Text(Member(root, "error")) ?? Text(Member(root, "detail"));
            return new ProviderAnswer(status, ReasonIn(error) ?? Cut(code), Cut(message));
        }
        catch (JsonException)
        {
            return new ProviderAnswer(status, null, null);
        }
    }

    /// <summary>Whether it is our key that the provider does not take; what a known key may not do is the caller's to hear.</summary>
    public static bool IsOfKey(ProviderAnswer answer) => answer.Status == 401
        || (answer.Status is 400 or 403 && answer.Code is { } code && BadKeyCodes.Contains(code));

    /// <summary>Takes the key out in every form that an answer may carry it in, and what looks like any key.</summary>
    public static byte[] Scrub(ReadOnlySpan<byte> body, HeaderSecret secret)
    {
        var text = Encoding.UTF8.GetString(body);
        var clean = Scrub(text, secret);
        return ReferenceEquals(clean, text) ? body.ToArray() : Encoding.UTF8.GetBytes(clean);
    }

    /// <summary>Whether the key is in it, as it is or in base 64. Without a copy of the key that outlives the question.</summary>
    public static bool Holds(ReadOnlySpan<char> text, HeaderSecret secret)
    {
        var bare = secret.Value.AsSpan(secret.Value.LastIndexOf(' ') + 1);
        // Longer ones are no key that a provider would repeat in a header, but files.
        if (bare.Length is < ShortestKey or > LongestHeaderKey)
            return false;
        if (text.Contains(bare, StringComparison.Ordinal))
            return true;
        if (text.Length < bare.Length)
            return false;
        Span<byte> bytes = stackalloc byte[LongestHeaderKey];
        Span<char> encoded = stackalloc char[LongestHeaderKey * 2];
        Convert.TryToBase64Chars(bytes[..Encoding.ASCII.GetBytes(bare, bytes)], encoded, out var length);
        var isIn = text.Contains(encoded[..length].TrimEnd('='), StringComparison.Ordinal);
        bytes.Clear();
        encoded.Clear();
        return isIn;
    }

    public static string Scrub(string text, HeaderSecret secret)
    {
        var bare = secret.Value.AsSpan(secret.Value.LastIndexOf(' ') + 1);
        // The few strings here that hold the key live for a failed call only, and are the key as the provider sent it back to us.
        if (bare.Length >= ShortestKey && text.AsSpan().Contains(bare, StringComparison.Ordinal))
            text = text.Replace(bare.ToString(), Mask, StringComparison.Ordinal);
        var encoded = Convert.ToBase64String(Encoding.ASCII.GetBytes(bare.ToString())).TrimEnd('=');
        if (text.Contains(encoded, StringComparison.Ordinal))
            text = text.Replace(encoded, Mask, StringComparison.Ordinal);
        return LooksLikeKey().Replace(text, Mask);
    }

    private const string Mask = "[key]";

    private static string? ReasonIn(JsonElement error)
    {
        if (Member(error, "details") is not { ValueKind: JsonValueKind.Array } details)
            return null;
        foreach (var detail in details.EnumerateArray())
        {
            if (Text(Member(detail, "reason")) is { } reason)
                return Cut(reason);
        }
        return null;
    }

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var found) ? found : null;

    private static string? Text(JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString()
        : element is { ValueKind: JsonValueKind.Number } number ? number.GetRawText()
        : null;

    private static string? Cut(string? text) => text is { Length: > LongestMessage } ? text[..LongestMessage] + "…" : text;

    /// <summary>Vendors quote a refused key with its middle masked, or whole; both forms tell too much.</summary>
    [GeneratedRegex(
        @"\b(?:sk|gsk|xai|fw|pplx|AIza|km_live|km_test|kp_[a-z]+)[-_A-Za-z0-9]*[*•.…]{3,}[-_A-Za-z0-9*•.…]*"
            + @"|[-_A-Za-z0-9]*\*{3,}[-_A-Za-z0-9*]*|\b(?:sk-|gsk_|xai-|fw_|AIza)[-_A-Za-z0-9]{12,}",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex LooksLikeKey();
}
