using System.Buffers.Text;

namespace KeyPass.Server.Http;

/// <summary>
/// Reads the members of a body that JSON's types do not check. The first that does not fit is kept as the refusal, named; a
/// handler reads all it needs and asks once.
/// </summary>
internal sealed class FieldCheck
{
    public RefusalResult? Refusal { get; private set; }

    /// <summary>Base64url without padding, of an exact length, as every binary value of this API is written.</summary>
    public byte[] Bytes(string field, string? text, int length)
    {
        var bytes = Decode(text);
        if (bytes?.Length == length)
            return bytes;
        Refuse(field, $"'{field}' takes {length} bytes as base64url without padding ({Base64Url.GetEncodedLength(length)} characters).");
        return [];
    }

    /// <summary>The same, of at most a length: an envelope whose inner form is checked next.</summary>
    public byte[] BytesUpTo(string field, string? text, int longest)
    {
        var bytes = Decode(text);
        if (bytes is { Length: > 0 } && bytes.Length <= longest)
            return bytes;
        Refuse(field, $"'{field}' takes 1 to {longest} bytes as base64url without padding.");
        return [];
    }

    /// <summary>16 bytes as 32 lower-case hex digits; ids are opaque, and those of sealed things are made by the client that seals.</summary>
    public Guid Id(string field, string? text)
    {
        if (Guid.TryParseExact(text, "N", out var id) && id != Guid.Empty && !text.AsSpan().ContainsAnyInRange('A', 'F'))
            return id;
        Refuse(field, $"'{field}' takes an id: 32 hex digits.");
        return Guid.Empty;
    }

    /// <summary>A rule of the caller's own.</summary>
    public void Require(bool holds, string field, string sentence)
    {
        if (!holds)
            Refuse(field, sentence);
    }

    private void Refuse(string field, string sentence) => Refusal ??= Refusals.InvalidRequest.Because(sentence, field);

    private static byte[]? Decode(string? text)
    {
        if (text is null || text.Contains('=', StringComparison.Ordinal) || !Base64Url.IsValid(text))
            return null;
        return Base64Url.DecodeFromChars(text);
    }
}
