using KeyPass.Architecture.Tests.Reading;
using Mono.Cecil;

namespace KeyPass.Architecture.Tests;

/// <summary>One slice names a type of another; <paramref name="Where"/> is one place where it does.</summary>
internal sealed record Edge(string From, string To, string Where);

/// <summary>
/// <c>Rules/DependencyTable.txt</c>: the layers of the house from top to bottom (<c>layer A, B</c>), which slices are pure
/// (<c>pure A, B</c>), and which slice may use which (<c>A -> B, C</c>).
/// </summary>
internal sealed class DependencyTable
{
    private readonly Dictionary<string, int> _layers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _lines = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pure = new(StringComparer.Ordinal);
    private readonly List<string> _malformed = [];

    public DependencyTable(IEnumerable<string> text)
    {
        var height = 0;
        foreach (var line in text.Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0))
        {
            if (line.StartsWith("layer ", StringComparison.Ordinal))
            {
                foreach (var slice in Names(line["layer ".Length..]))
                    if (!_layers.TryAdd(slice, height))
                        _malformed.Add($"{slice} stands in two layers");
                height++;
            }
            else if (line.StartsWith("pure ", StringComparison.Ordinal))
                _pure.UnionWith(Names(line["pure ".Length..]));
            else if (line.Split("->") is [var from, var to])
            {
                if (!_lines.TryAdd(from.Trim(), Names(to)))
                    _malformed.Add($"{from.Trim()} has two lines");
            }
            else
                _malformed.Add($"\"{line}\" is neither a layer, nor pure, nor an edge line (A -> B, C)");
        }
    }

    public static DependencyTable Read() => new(File.ReadLines(AllowList.RulePath("DependencyTable.txt")));

    /// <summary>What is wrong with the table itself: no code needed.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var problem in _malformed)
            yield return problem;
        foreach (var (from, targets) in _lines)
        {
            if (!_layers.TryGetValue(from, out var height))
                yield return $"{from} has a line but stands in no layer";
            foreach (var to in targets)
            {
                if (!_layers.TryGetValue(to, out var below))
                    yield return $"{from} -> {to}: {to} stands in no layer";
                else if (below < height)
                    yield return $"{from} -> {to} points upward: {to} stands in a layer above {from}";
            }
        }
        foreach (var slice in _pure.Where(slice => _layers.GetValueOrDefault(slice) != _layers.Values.Max()))
            yield return $"{slice} is pure and must stand in the lowest layer";
        foreach (var circle in Circles())
            yield return $"circle: {circle}";
    }

    /// <summary>What is wrong between the table and the code.</summary>
    public IEnumerable<string> Compare(ModuleDefinition module)
    {
        var edges = Edges(module);
        var slices = Slices(module);
        foreach (var slice in slices.Where(slice => !_lines.ContainsKey(slice)))
            yield return $"{slice} has no line in the table; it would read: {Line(slice, edges)}";
        foreach (var slice in _lines.Keys.Where(slice => !slices.Contains(slice)))
            yield return $"stale: {slice} has a line in the table but no code";
        foreach (var edge in edges.Where(edge => _lines.ContainsKey(edge.From) && !_lines[edge.From].Contains(edge.To)))
            yield return $"{edge.From} -> {edge.To} is not listed; used in {edge.Where}";
        foreach (var (from, targets) in _lines.Where(line => slices.Contains(line.Key)))
            foreach (var to in targets.Where(to => !edges.Any(edge => edge.From == from && edge.To == to)))
                yield return $"stale: {from} -> {to} is listed, but no code of {from} uses {to}";
    }

    /// <summary>Pure slices compute: nothing but System.*, and of that no network and no database.</summary>
    public IEnumerable<string> Impurities(ModuleDefinition module) =>
        from type in ServerAssembly.OwnTypes(module)
        let slice = ServerAssembly.SliceOf(type)!
        where _pure.Contains(slice)
        from use in TypeUses.Of(type)
        where ServerAssembly.Outermost(use.Type).Scope != module && !IsPure(ServerAssembly.NamespaceOf(use.Type))
        select $"{slice} is pure but uses {use.Type.FullName} in {use.Where}";

    public static List<Edge> Edges(ModuleDefinition module) =>
    [
        .. (from type in ServerAssembly.OwnTypes(module)
            let slice = ServerAssembly.SliceOf(type)!
            where slice != ServerAssembly.Composition
            from use in TypeUses.Of(type)
            let used = ServerAssembly.SliceOf(use.Type)
            where used is not null && used != slice
            select new Edge(slice, used, use.Where)).DistinctBy(edge => (edge.From, edge.To)),
    ];

    private static HashSet<string> Slices(ModuleDefinition module) =>
        [.. ServerAssembly.OwnTypes(module).Select(type => ServerAssembly.SliceOf(type)!).Where(slice => slice != ServerAssembly.Composition)];

    private static string Line(string slice, List<Edge> edges) =>
        $"{slice} -> {string.Join(", ", edges.Where(edge => edge.From == slice).Select(edge => edge.To).Order(StringComparer.Ordinal))}".TrimEnd();

    private static bool IsPure(string name) =>
        (name == "System" || name.StartsWith("System.", StringComparison.Ordinal))
        && !name.StartsWith("System.Net", StringComparison.Ordinal)
        && !name.StartsWith("System.Data", StringComparison.Ordinal);

    private IEnumerable<string> Circles()
    {
        foreach (var start in _lines.Keys)
        {
            var path = PathBack(start, start, []);
            // Each circle is told once, by the first of its slices in the alphabet.
            if (path is not null && path.All(slice => string.CompareOrdinal(start, slice) <= 0))
                yield return string.Join(" -> ", path.Prepend(start));
        }
    }

    private List<string>? PathBack(string from, string goal, HashSet<string> seen)
    {
        foreach (var next in _lines.GetValueOrDefault(from, []))
        {
            if (next == goal)
                return [goal];
            if (seen.Add(next) && PathBack(next, goal, seen) is { } rest)
                return [next, .. rest];
        }
        return null;
    }

    private static string[] Names(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
