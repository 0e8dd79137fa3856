using System.Buffers;
using System.Text;

namespace KeyPass.Server.Providers;

/// <summary>The header of one part of a form, as far as it says what the part is.</summary>
internal sealed class MultipartHeader
{
    private const int MostLines = 8;
    private const int MostBytes = 4 * 1024;
    private const int NameLength = CallMembers.LongestName;

    private static readonly SearchValues<char> Decoded = SearchValues.Create("%\\\"=?;");

    private MultipartHeader()
    {
    }

    public string Name { get; private set; } = "";

    public bool IsFile { get; private set; }

    /// <summary>In bytes, the blank line after it included.</summary>
    public int Length { get; private set; }

    /// <summary>Null where it is not read in one way by everybody.</summary>
    public static MultipartHeader? Read(ReadOnlySpan<byte> rest, out BodyProblem? problem)
    {
        var header = new MultipartHeader();
        problem = header.ReadLines(rest);
        return problem is null ? header : null;
    }

    private BodyProblem? ReadLines(ReadOnlySpan<byte> rest)
    {
        for (var lines = 0; ; lines++)
        {
            var end = rest[Length..Math.Min(rest.Length, MostBytes)].IndexOf("\r\n"u8);
            if (end < 0 || lines > MostLines)
                return new BodyProblem(null, $"A part of the form has a header without end, of more than {MostLines} lines or {MostBytes} bytes.");
            var line = rest.Slice(Length, end);
            Length += end + 2;
            if (end == 0)
                return Name.Length > 0 ? null : new BodyProblem(null, "A part of the form has no name.");
            // A quoted file name may be of any language; a line that begins with a space would belong to the one before.
            if (line[0] is (byte)' ' or (byte)'\t' || line.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0)
                return new BodyProblem(null, "A part of the form has a header over two lines, or with control characters.");
            if (ReadLine(Encoding.UTF8.GetString(line)) is { } problem)
                return problem;
        }
    }

    private BodyProblem? ReadLine(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var what = colon < 0 ? "" : line[..colon];
        var value = line[(colon + 1)..].Trim();
        if (what.Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase))
            return Name.Length == 0 && ReadDisposition(value)
                ? null
                : new BodyProblem(null, "A part of the form has a Content-Disposition that is not form-data with one plain name.");
        if (what.Equals("Content-Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            return value.ToLowerInvariant() is "binary" or "8bit" or "7bit" ? null : new BodyProblem(null, "A part of the form is encoded for mail.");
        return null;
    }

    private bool ReadDisposition(string value)
    {
        const string Form = "form-data";
        if (!value.StartsWith(Form, StringComparison.OrdinalIgnoreCase))
            return false;
        for (var rest = value.AsSpan(Form.Length).TrimStart(); !rest.IsEmpty; rest = rest.TrimStart())
        {
            if (rest[0] != ';' || ParameterOf(rest[1..].TrimStart(), out var parameter, out var text) is not (> 0 and var length))
                return false;
            rest = rest[1..].TrimStart()[length..];
            if (parameter.StartsWith("filename", StringComparison.OrdinalIgnoreCase))
                IsFile = true;
            else if (!parameter.Equals("name", StringComparison.OrdinalIgnoreCase) || Name.Length > 0 || !IsPlain(text))
                return false;
            else
                Name = text.ToString();
        }
        return Name.Length > 0;
    }

    /// <summary>How long <c>name=value</c> or <c>name="value"</c> is; 0 where it is neither.</summary>
    private static int ParameterOf(ReadOnlySpan<char> rest, out ReadOnlySpan<char> parameter, out ReadOnlySpan<char> text)
    {
        parameter = text = default;
        var equals = rest.IndexOf('=');
        if (equals <= 0 || equals == rest.Length - 1)
            return 0;
        parameter = rest[..equals];
        var value = rest[(equals + 1)..];
        if (value[0] != '"')
        {
            var end = value.IndexOfAny(";\" \t");
            text = end < 0 ? value : value[..end];
            return equals + 1 + text.Length;
        }
        for (var at = 1; at < value.Length; at++)
        {
            if (value[at] == '\\')
            {
                at++;
            }
            else if (value[at] == '"')
            {
                text = value[1..at];
                return equals + 1 + at + 1;
            }
        }
        return 0;
    }

    /// <summary>Without anything that one reader decodes and another takes as it is: <c>%6D</c>, <c>\m</c>, <c>=?utf-8?…</c></summary>
    private static bool IsPlain(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= NameLength && !name.ContainsAnyExceptInRange(' ', '~') && !name.ContainsAny(Decoded);
}
