namespace KeyPass.Architecture.Tests;

/// <summary>Whether somebody wrote down why.</summary>
internal static class Reasons
{
    /// <summary>Shorter than this is a label ("needed", "see below"), not a reason.</summary>
    public const int LeastLength = 12;

    private static readonly string[] Openers = ["//", "/*", "*", "#", "<!--", "{/*"];

    /// <summary>A comment at the end of the line, or a comment that is the line above.</summary>
    public static bool StandBeside(string[] lines, int index) => StandAbove(lines, index) || HasCommentAtEnd(lines[index]);

    public static bool StandAbove(string[] lines, int index) => index > 0 && IsComment(lines[index - 1]);

    private static bool IsComment(string line)
    {
        var text = line.Trim();
        return Openers.Any(opener => text.StartsWith(opener, StringComparison.Ordinal)) && !text.StartsWith("#pragma", StringComparison.Ordinal)
            && text.Length >= LeastLength;
    }

    private static bool HasCommentAtEnd(string line) =>
        new[] { " // ", " <!-- ", " # " }.Any(mark =>
            line.IndexOf(mark, StringComparison.Ordinal) is var at and >= 0 && line[(at + mark.Length)..].Trim().Length >= LeastLength);
}
