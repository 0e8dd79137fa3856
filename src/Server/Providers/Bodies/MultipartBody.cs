using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using KeyPass.Server.Providers.Bounds;

namespace KeyPass.Server.Providers;

/// <summary>
/// What one strict look at a buffered multipart/form-data body finds. As with JSON the bytes go on as they came, so a form that two
/// readers could read in two ways is refused: names in two encodings, fields given twice, text before the first part.
/// </summary>
internal sealed class MultipartBody
{
    /// <summary>An edit of pictures has sixteen files and a dozen fields.</summary>
    private const int MostParts = 128;

    /// <summary>Of the fields that are read.</summary>
    private const int ValueBytes = 256;

    private static readonly SearchValues<char> Boundary =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=?");

    private MultipartBody()
    {
    }

    /// <summary>Null where the form names none.</summary>
    public string? Model { get; private set; }

    public bool Stream { get; private set; }

    /// <summary>As in <see cref="CallBody.Stored"/>.</summary>
    public string? Stored { get; private set; }

    public int Choices { get; private set; } = 1;

    public int PartialImages { get; private set; }

    public int Files { get; private set; }

    public long FileBytes { get; private set; }

    /// <summary>The most tokens that the fields which are no files can be.</summary>
    public long TextTokens { get; private set; }

    /// <summary>The field that says where to fetch what is not in the form; null where none does.</summary>
    public string? Address { get; private set; }

    public static bool TryRead(
        ReadOnlySpan<byte> form, string contentType, [NotNullWhen(true)] out MultipartBody? body, [NotNullWhen(false)] out BodyProblem? problem)
    {
        body = new MultipartBody();
        problem = BoundaryOf(contentType) is { } boundary
            ? body.Read(form, Encoding.ASCII.GetBytes("--" + boundary))
            : new BodyProblem(null, "The Content-Type of a form has one boundary of at most 70 plain characters.");
        if (problem is null)
            return true;
        body = null;
        return false;
    }

    private BodyProblem? Read(ReadOnlySpan<byte> form, ReadOnlySpan<byte> dashBoundary)
    {
        Span<byte> delimiter = [.. "\r\n"u8, .. dashBoundary];
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (!form.StartsWith(dashBoundary))
            return new BodyProblem(null, "The form does not begin with its boundary.");
        var rest = form[dashBoundary.Length..];
        for (var parts = 0; !rest.StartsWith("--"u8); parts++)
        {
            if (parts == MostParts)
                return new BodyProblem(null, $"The form has more than {MostParts} parts.");
            if (!rest.StartsWith("\r\n"u8))
                return new BodyProblem(null, "A boundary of the form is not followed by the end of its line.");
            var header = MultipartHeader.Read(rest[2..], out var problem);
            if (header is null)
                return problem;
            var content = rest[(2 + header.Length)..];
            var end = content.IndexOf(delimiter);
            if (end < 0)
                return new BodyProblem(null, "The form has no last boundary.");
            if (Take(header, content[..end], names) is { } wrong)
                return wrong;
            rest = content[(end + delimiter.Length)..];
        }
        return rest[2..] is [] or [(byte)'\r', (byte)'\n'] ? null : new BodyProblem(null, "Something follows the last boundary of the form.");
    }

    private BodyProblem? Take(MultipartHeader header, ReadOnlySpan<byte> content, HashSet<string> names)
    {
        // Some servers take model[] for model.
        var name = header.Name.TrimEnd('[', ']');
        if (!CallMembers.Find(Encoding.ASCII.GetBytes(name), CallMember.Other, out var member) || (member != CallMember.Other && name != header.Name))
            return new BodyProblem(header.Name, "The field's name is another spelling of one that the provider knows; write it as the provider does.");
        if (member == CallMember.Elsewhere || header.Name == "_charset_")
            return new BodyProblem(header.Name, "A call may not name another address, account or key, nor how its form is to be read.");
        if (member == CallMember.Stored || CallMembers.IsStoredInside(Encoding.ASCII.GetBytes(name)))
            Stored ??= header.Name;
        Weigh(header, content);
        // Files and lists may be given again, as name[] or under one name.
        if (member is CallMember.Other or CallMember.Stored or CallMember.Background or CallMember.Prompt)
            return null;
        if (!names.Add(header.Name))
            return new BodyProblem(header.Name, "The field is given twice.");
        if (header.IsFile || content.Length > ValueBytes || content.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E))
            return member is CallMember.Input or CallMember.HasModels or CallMember.Models or CallMember.Tools
                ? null
                : new BodyProblem(header.Name, $"The field is a text of at most {ValueBytes} plain characters.");
        return TakeText(member, header.Name, Encoding.ASCII.GetString(content));
    }

    private void Weigh(MultipartHeader header, ReadOnlySpan<byte> content)
    {
        if (header.IsFile)
            (Files, FileBytes) = (Files + 1, FileBytes + content.Length);
        else
            TextTokens += TextSize.Fast(content);
        if (header.Name.EndsWith("url", StringComparison.OrdinalIgnoreCase))
            Address ??= header.Name;
    }

    private BodyProblem? TakeText(CallMember member, string name, string text)
    {
        switch (member)
        {
            case CallMember.Model when string.IsNullOrWhiteSpace(text):
                return new BodyProblem(name, "The field names a model.");
            case CallMember.Model:
                Model = text;
                return null;
            case CallMember.Stream when text is "true" or "false":
                Stream = text == "true";
                return null;
            case CallMember.Stream:
                return new BodyProblem(name, "stream is true or false.");
            case >= CallMember.MaxTokens and <= CallMember.ThinkingBudget when text.Length is 0 or > 9 || text.AsSpan().ContainsAnyExceptInRange('0', '9'):
                return new BodyProblem(name, $"{name} is a whole number in digits.");
            case CallMember.Choices:
                Choices = int.Parse(text, CultureInfo.InvariantCulture);
                return null;
            case CallMember.PartialImages:
                PartialImages = int.Parse(text, CultureInfo.InvariantCulture);
                return null;
            default:
                return null;
        }
    }

    private static string? BoundaryOf(string contentType)
    {
        const string Parameter = "boundary=";
        string? found = null;
        var parts = contentType.Split(';', StringSplitOptions.TrimEntries);
        if (!parts[0].Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            return null;
        foreach (var part in parts.AsSpan(1))
        {
            if (!part.StartsWith("boundary", StringComparison.OrdinalIgnoreCase))
                continue;
            if (found is not null || !part.StartsWith(Parameter, StringComparison.OrdinalIgnoreCase))
                return null;
            found = part[Parameter.Length..];
            if (found is ['"', .. var inside, '"'])
                found = inside;
        }
        return found is { Length: > 0 and <= 70 } && !found.AsSpan().ContainsAnyExcept(Boundary) ? found : null;
    }
}
