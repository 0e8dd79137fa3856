using System.Globalization;
using System.Text.RegularExpressions;
using KeyPass.Architecture.Tests.Reading;

namespace KeyPass.Architecture.Tests;

/// <summary>What the documents promise about the repository: links, named files, numbered decisions, the table of refusals.</summary>
/// <param name="documents">The markdown files.</param>
/// <param name="paths">Every file of the repository.</param>
/// <param name="built">Paths the ignore file names: they exist after a build.</param>
internal sealed partial class MarkdownDocs(IReadOnlyCollection<SourceFile> documents, IEnumerable<string> paths, IEnumerable<string> built)
{
    private readonly HashSet<string> _existing = [.. paths.SelectMany(WithFolders)];
    private readonly string[] _built = [.. built.Select(line => line.Trim().Trim('/')).Where(line => line.Contains('/'))];

    public IEnumerable<string> DeadLinks()
    {
        foreach (var document in documents)
            foreach (var (line, text) in Prose(document))
                foreach (var target in Targets(InlineCode().Replace(text, "``")))
                    if (Unreachable(document, target) is { } why)
                        yield return $"{document.Path}:{line}: link to {target}: {why}";
    }

    public IEnumerable<string> NamedButMissing() =>
        from document in documents
        from one in Prose(document)
        from Match code in InlineCode().Matches(one.Text)
        let path = RepositoryPath().Match(code.Value.Trim('`'))
        where path.Success && !Exists(path.Groups["path"].Value.TrimEnd('/'))
        select $"{document.Path}:{one.Line}: `{path.Groups["path"].Value}` does not exist";

    public IEnumerable<string> MisnumberedDecisions()
    {
        var expected = 1;
        var decisions = documents.Where(one => one.IsUnder("docs/decisions") && one.Name != "README.md");
        foreach (var decision in decisions.OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            var number = expected++.ToString("0000", CultureInfo.InvariantCulture);
            if (!decision.Name.StartsWith(number + "-", StringComparison.Ordinal))
                yield return $"{decision.Path}: the next decision is called {number}-title.md";
            if (!Regex.IsMatch(decision.Lines[0], "^# [0-9]{4} · .+") || !decision.Lines[0].StartsWith($"# {decision.Name[..4]} ", StringComparison.Ordinal))
                yield return $"{decision.Path}: the first line reads \"# {number} · Title\"";
            if (!Date().IsMatch(decision.Lines.Skip(1).FirstOrDefault(line => line.Trim().Length > 0) ?? ""))
                yield return $"{decision.Path}: after the title stands \"Date: YYYY-MM-DD\"";
        }
    }

    /// <summary>Rows of the first table whose heading has both columns: code and status, read from wherever the columns stand.</summary>
    public static List<(string Code, int Status)> RefusalRows(SourceFile document)
    {
        var rows = new List<(string, int)>();
        int code = -1, status = -1;
        foreach (var line in document.Lines.Where(line => line.StartsWith('|')))
        {
            var cells = line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries);
            if (code < 0 || cells.Contains("Code", StringComparer.OrdinalIgnoreCase))
                (code, status) = (Column(cells, "Code"), Column(cells, "Status"));
            else if (!cells[0].StartsWith("--", StringComparison.Ordinal) && !cells[0].StartsWith(":-", StringComparison.Ordinal))
                rows.Add((cells[code].Trim('`'), int.Parse(cells[status].Trim('`'), CultureInfo.InvariantCulture)));
        }
        return rows;
    }

    /// <summary>The heading as GitHub turns it into an anchor.</summary>
    public static string Slug(string heading)
    {
        var plain = Link().Replace(heading, "${text}").Replace("`", "", StringComparison.Ordinal).Trim().ToLowerInvariant();
        return string.Concat(plain.Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-' or '_')).Replace(' ', '-');
    }

    private static int Column(string[] cells, string name) => Array.FindIndex(cells, cell => cell.Equals(name, StringComparison.OrdinalIgnoreCase));

    private string? Unreachable(SourceFile document, string target)
    {
        if (Scheme().IsMatch(target))
            return null;
        var parts = Uri.UnescapeDataString(target).Split('#', 2);
        var path = parts[0].Length == 0 ? document.Path : Resolve(document.Path, parts[0]);
        if (path is null || !Exists(path))
            return "there is no such file";
        return parts.Length < 2 || parts[1].Length == 0 || HasAnchor(path, parts[1]) ? null : $"{path} has no heading #{parts[1]}";
    }

    private bool HasAnchor(string path, string anchor)
    {
        if (documents.FirstOrDefault(one => one.Path == path) is not { } document)
            return Regex.IsMatch(anchor, "^L[0-9]+"); // a line of code
        var slugs = new List<string>();
        foreach (var (_, text) in Prose(document).Where(one => Regex.IsMatch(one.Text, "^#{1,6} ")))
        {
            var slug = Slug(text.TrimStart('#'));
            var before = slugs.Count(one => one == slug);
            if (before > 0 && anchor == $"{slug}-{before}")
                return true;
            slugs.Add(slug);
        }
        return slugs.Contains(anchor) || document.Text.Contains($"id=\"{anchor}\"", StringComparison.Ordinal);
    }

    private bool Exists(string path) =>
        path.Length == 0 || _existing.Contains(path)
        || _built.Any(one => path == one || path.StartsWith(one + "/", StringComparison.Ordinal));

    /// <summary>Null when the link leaves the repository.</summary>
    private static string? Resolve(string from, string target)
    {
        var folders = target.StartsWith('/') ? [] : from.Split('/')[..^1].ToList();
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."))
        {
            if (part != "..")
                folders.Add(part);
            else if (folders.Count == 0)
                return null;
            else
                folders.RemoveAt(folders.Count - 1);
        }
        return string.Join('/', folders);
    }

    private static IEnumerable<string> WithFolders(string path)
    {
        for (; path.Length > 0; path = path.Contains('/') ? path[..path.LastIndexOf('/')] : "")
            yield return path;
    }

    private static IEnumerable<string> Targets(string text) =>
        Link().Matches(text).Select(link => link.Groups["target"].Value)
            .Concat(Reference().Matches(text).Select(link => link.Groups["target"].Value))
            .Concat(Attribute().Matches(text).Select(link => link.Groups["target"].Value));

    /// <summary>Lines with their number, without fenced code.</summary>
    private static IEnumerable<(int Line, string Text)> Prose(SourceFile document)
    {
        string? fence = null;
        for (var index = 0; index < document.Lines.Length; index++)
        {
            var mark = Fence().Match(document.Lines[index]).Groups["mark"].Value;
            if (fence is null && mark.Length > 0)
                fence = mark;
            else if (fence is not null && mark.StartsWith(fence, StringComparison.Ordinal))
                fence = null;
            else if (fence is null)
                yield return (index + 1, document.Lines[index]);
        }
    }

    [GeneratedRegex(@"\[(?<text>(?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?(?<target>[^)\s>]+)>?(?:\s+""[^""]*"")?\s*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\s*\[[^\]]+\]:\s*<?(?<target>[^\s>]+)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"<(?:img|a|source)\s[^>]*?(?:src|href|srcset)=""(?<target>[^""\s]+)")]
    private static partial Regex Attribute();

    [GeneratedRegex("``[^`].*?``|`[^`]+`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"^(\./)?(?<path>(src|tests|docs|eng|api|bench)/[\w./@-]*[\w/])(:\d+(-\d+)?|#L\d+.*)?$")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex("^([a-zA-Z][a-zA-Z0-9+.-]*:|//)")]
    private static partial Regex Scheme();

    [GeneratedRegex("^\\s*(?<mark>```+|~~~+)")]
    private static partial Regex Fence();

    [GeneratedRegex("^Date: [0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
    private static partial Regex Date();
}
