using System.Text.RegularExpressions;
using KeyPass.Architecture.Tests.Reading;
using Xunit;

namespace KeyPass.Architecture.Tests;

/// <summary>
/// <c>tests/attacks.md</c>: every attack of the catalogue has a test that shows it failing, or the part of the work that owns
/// it, or a dated reason. A row that names a test which is not there is a hole that looks like a wall.
/// </summary>
public sealed partial class AttackTableTests
{
    /// <summary>How many attacks each chapter of the catalogue has.</summary>
    private static readonly (string Chapter, int Count)[] Catalogue =
    [
        ("CR", 24), ("LK", 16), ("OA", 20), ("WB", 13), ("PX", 19), ("BG", 12), ("TN", 5), ("AC", 4), ("AV", 5), ("SC", 2),
    ];

    [Fact]
    public void Every_attack_has_its_test_its_owner_or_a_dated_reason() =>
        Guard.FindsNothing(Problems(File.ReadAllLines(Path.Combine(SourceTree.Root, "tests", "attacks.md")), TestNames()),
            "name the test (Class.Method or file), the part (part N), or a reason with its date (2026-11-21: …).");

    [Theory]
    [InlineData("| CR-01 | RFC vectors | `NoSuchTests.Nothing` |", "NoSuchTests.Nothing")]
    [InlineData("| CR-01 | RFC vectors | later |", "CR-01")]
    [InlineData("| CR-01 | RFC vectors |  |", "CR-01")]
    [InlineData("| CR-99 | unheard of | part 3 |", "CR-99")]
    public void A_row_that_proves_nothing_is_found(string row, string named) =>
        Assert.Contains(Problems([row], ["RealTests.Sentence"]), problem => problem.Contains(named, StringComparison.Ordinal));

    [Fact]
    public void An_attack_without_a_row_is_found() =>
        Assert.Contains(Problems(["| CR-01 | RFC vectors | part 2 |"], []), problem => problem.Contains("CR-02", StringComparison.Ordinal));

    private static IEnumerable<string> Problems(IEnumerable<string> lines, IReadOnlyCollection<string> tests)
    {
        var rows = lines.Select(line => Row().Match(line)).Where(match => match.Success)
            .ToLookup(match => match.Groups["id"].Value, match => match.Groups["proof"].Value.Trim());
        var expected = Catalogue.SelectMany(part => Enumerable.Range(1, part.Count).Select(number => $"{part.Chapter}-{number:00}")).ToList();
        foreach (var id in expected.Where(id => rows[id].Count() != 1))
            yield return $"{id} has {rows[id].Count()} rows";
        foreach (var row in rows)
        {
            if (!expected.Contains(row.Key))
                yield return $"{row.Key} is not in the catalogue";
            foreach (var proof in row)
            {
                var named = Named().Matches(proof).Select(match => match.Groups[1].Value).ToList();
                foreach (var test in named.Where(test => !Exists(test, tests)))
                    yield return $"{row.Key} names {test}, which is not there";
                if (named.Count == 0 && !Owner().IsMatch(proof))
                    yield return $"{row.Key} has no test, no owner and no dated reason";
            }
        }
    }

    /// <summary>A test class, one of its sentences, or a file of the repository (the browser's tests are TypeScript).</summary>
    private static bool Exists(string named, IReadOnlyCollection<string> tests) =>
        named.Contains('/', StringComparison.Ordinal)
            ? Path.Exists(Path.Combine(SourceTree.Root, named))
            : tests.Contains(named) || tests.Any(test => test.StartsWith(named + ".", StringComparison.Ordinal));

    private static HashSet<string> TestNames() =>
    [
        .. from file in SourceTree.Texts
           where file.IsUnder("tests") && file.Path.EndsWith("Tests.cs", StringComparison.Ordinal)
           from Match method in TestMethod().Matches(file.Text)
           select $"{Path.GetFileNameWithoutExtension(file.Path)}.{method.Groups[1].Value}",
    ];

    [GeneratedRegex(@"^\| (?<id>[A-Z]{2}-\d\d) \|[^|]*\|(?<proof>[^|]*)\|\s*$")]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"\bpart [2-6]\b|\bafter the first release\b|\b20\d\d-\d\d-\d\d: .{12,}")]
    private static partial Regex Owner();

    [GeneratedRegex(@"public (?:async )?(?:Task|void) ([A-Z]\w+_\w+)\(")]
    private static partial Regex TestMethod();
}
