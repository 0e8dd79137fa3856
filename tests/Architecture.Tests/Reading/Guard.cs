using Xunit;

namespace KeyPass.Architecture.Tests.Reading;

/// <summary>How every guard ends: no finding in the real tree, exactly the planted ones in its negative control.</summary>
internal static class Guard
{
    public static void FindsNothing(IEnumerable<string> findings, string whatToDo)
    {
        var all = Sorted(findings);
        Assert.True(all.Count == 0, $"{all.Count} finding(s):\n{Listed(all)}\nWhat to do: {whatToDo}\n");
    }

    /// <summary>As many findings as <paramref name="parts"/>, and each part occurs in one of them.</summary>
    public static void Finds(IEnumerable<string> findings, params string[] parts)
    {
        var all = Sorted(findings);
        var missed = parts.Where(part => !all.Any(finding => finding.Contains(part, StringComparison.Ordinal))).ToList();
        Assert.True(missed.Count == 0, $"The guard missed what was planted: {string.Join(" · ", missed)}\nIt found:\n{Listed(all)}");
        Assert.True(all.Count == parts.Length, $"The guard found more than the {parts.Length} planted:\n{Listed(all)}");
    }

    private static List<string> Sorted(IEnumerable<string> findings) => [.. findings.Distinct().Order(StringComparer.Ordinal)];

    private static string Listed(IEnumerable<string> findings) => string.Join("\n", findings.Select(finding => "  - " + finding));
}
