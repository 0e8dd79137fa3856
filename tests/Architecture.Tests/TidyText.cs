using System.Text.RegularExpressions;
using KeyPass.Architecture.Tests.Reading;

namespace KeyPass.Architecture.Tests;

/// <summary>The habits that need no parser. The patterns are put together from halves so that this file passes its own rules.</summary>
internal static partial class TidyText
{
    public const int FileLines = 400;
    public const int LineCharacters = 160;

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    private static readonly Regex Unfinished = new(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|X" + @"XX)\b", Options);

    // An address like https://host/work/ is no local path: what stands before the slash must not be a name.
    private static readonly Regex LocalPath = new(
        @"(?<![\w.~$}>*-])/(wo" + @"rk/|ro" + @"ot/|ho" + @"me/[A-Za-z]|Us" + @"ers/[A-Za-z])|[A-Z]:\\Us" + @"ers\\", Options);

    private static readonly Regex RegistryHost = new(
        @"\bregistry\.[\w-]+\.(org|com|net|io|dev)\b|\bapi\.nu" + @"get\.org|\bnu" + @"get\.org/v3|\bpy" + @"pi\.org|\bproxy\.go" + @"lang\.org"
        + @"|\bnpm\.pkg\.github\.com|\bpkgs\.dev\.azure\.com|\bartifact" + @"ory\b|""resolved"":\s*""https?:", Options | RegexOptions.IgnoreCase);

    private static readonly Regex EmptyTypeName = new(
        @"\b(class|interface|type|enum)\s+(?<name>\w+(Manager|Helpers?|Utils?|Utility|Utilities|Services?|Impl|Common|Info|Data))\b\s*[<{=e]",
        Options);

    public static IEnumerable<string> Findings(SourceFile file)
    {
        var isCode = IsCode(file);
        if (isCode && file.Lines.Length > FileLines)
            yield return $"{file.Path}: {file.Lines.Length} lines; split it by what its parts are about (at most {FileLines})";
        for (var index = 0; index < file.Lines.Length; index++)
        {
            var line = file.Lines[index];
            foreach (var message in InAnyText(line).Concat(isCode ? InCode(file, index) : []).Concat(IsProse(file) ? InProse(line) : []))
                yield return $"{file.Path}:{index + 1}: {message}";
        }
    }

    private static IEnumerable<string> InAnyText(string line)
    {
        if (LocalPath.Match(line) is { Success: true } path)
            yield return $"\"{path.Value}…\" exists on one machine only; say it relative to the repository";
        if (RegistryHost.Match(line) is { Success: true } host)
            yield return $"\"{host.Value}\" is one registry of many; leave the choice to the machine's own configuration";
    }

    private static IEnumerable<string> InCode(SourceFile file, int index)
    {
        var line = file.Lines[index];
        if (line.Length > LineCharacters)
            yield return $"{line.Length} characters; break the line (at most {LineCharacters})";
        if (Unfinished.Match(line) is { Success: true } word)
            yield return $"\"{word.Value}\" is a promise to nobody; do it or open an issue";
        if (line.Contains("<NoWarn>", StringComparison.Ordinal) && file.Is(".csproj", ".props", ".targets") && !Reasons.StandBeside(file.Lines, index))
            yield return "a suppression without its reason on the same or the line above";
        if (IsScript(file))
            foreach (var message in InScript(file, index))
                yield return message;
    }

    private static IEnumerable<string> InScript(SourceFile file, int index)
    {
        var line = file.Lines[index];
        if (Disabled().Match(line) is { Success: true } disabled
            && disabled.Groups["reason"].Value.Trim(' ', '*', '/', '}').Length < Reasons.LeastLength
            && !Reasons.StandAbove(file.Lines, index))
            yield return "a suppression without its reason on the same or the line above";
        if (Skipped().IsMatch(line))
            yield return "a test that never runs, or runs alone; fix it or delete it";
        if (EmptyTypeName.Match(line) is { Success: true } type)
            yield return $"type {type.Groups["name"].Value} ends in a word that says nothing; name what it is";
    }

    private static IEnumerable<string> InProse(string line)
    {
        // A word in backticks is talked about, not meant.
        if (Unfinished.Match(InlineCode().Replace(line, "")) is { Success: true } word)
            yield return $"\"{word.Value}\" is a promise to nobody; do it or open an issue";
    }

    private static bool IsCode(SourceFile file) =>
        !IsMigration(file) && (file.Path is "run" or "test" || file.Is(".cs", ".css", ".csproj", ".props", ".targets") || IsScript(file)
            || (file.IsUnder("eng") && !file.Is(".json", ".md", ".txt", ".csv")));

    private static bool IsScript(SourceFile file) => file.Is(".ts", ".tsx", ".js", ".mjs", ".jsx") && !file.Is(".d.ts");

    private static bool IsProse(SourceFile file) => file.Is(".md");

    private static bool IsMigration(SourceFile file) => file.IsUnder("src/Server/Persistence/Migrations");

    [GeneratedRegex(@"eslint-disable.*?--(?<reason>.*)|eslint-disable(?!.*--)|@ts-(ignore|expect-error|nocheck)(?<reason>.*)")]
    private static partial Regex Disabled();

    [GeneratedRegex(@"\b(it|test|describe|suite)(\.\w+)*\.(skip|only)\s*\(|\b(xit|xdescribe|fit|fdescribe)\s*\(")]
    private static partial Regex Skipped();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();
}
