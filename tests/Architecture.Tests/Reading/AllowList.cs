namespace KeyPass.Architecture.Tests.Reading;

/// <summary>
/// The exceptions from one guard, each with its reason: <c>entry | reason</c>, one a line, <c>#</c> for comments.
/// An entry nothing needs any more is a finding too, so that the list only ever shrinks by itself.
/// </summary>
internal sealed class AllowList
{
    private readonly string _name;
    private readonly Dictionary<string, string> _reasons = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _malformed = [];

    private AllowList(string name, IEnumerable<string> lines)
    {
        _name = name;
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split('|', 2, StringSplitOptions.TrimEntries);
            if (parts.Length < 2 || parts[1].Length < 10)
                _malformed.Add($"{name}: \"{line}\" gives no reason; write: entry | reason");
            else if (!_reasons.TryAdd(parts[0], parts[1]))
                _malformed.Add($"{name}: \"{parts[0]}\" is listed twice");
        }
    }

    public static AllowList Read(string file) => new(file, File.ReadLines(RulePath(file)));

    public static AllowList Of(params string[] lines) => new("planted list", lines);

    public static string RulePath(string file) => Path.Combine(AppContext.BaseDirectory, "Rules", file);

    public bool Allows(string entry)
    {
        if (!_reasons.ContainsKey(entry))
            return false;
        _used.Add(entry);
        return true;
    }

    /// <summary>To be read after the check ran: lines without a reason, and lines that excused nothing.</summary>
    public IEnumerable<string> Problems() =>
        _malformed.Concat(_reasons.Keys.Where(entry => !_used.Contains(entry))
            .Select(entry => $"{_name}: \"{entry}\" excuses nothing (any more); delete the line"));
}
