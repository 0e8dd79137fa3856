using System.Collections.Immutable;
using System.Reflection;
using KeyPass.Architecture.Tests.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace KeyPass.Architecture.Tests;

public class BannedSymbolTests
{
    private const string Rule = "RS0030";

    private static SourceFile List => SourceTree.Get("BannedSymbols.txt");

    [Fact]
    public void Every_banned_symbol_exists_and_names_its_replacement() =>
        Guard.FindsNothing(Problems(List.Text), "a line with a typing error bans nothing: correct it.");

    [Fact]
    public void Control_a_planted_typing_error_a_missing_reason_and_a_repetition_are_found()
    {
        const string planted = """
            P:System.DateTime.UtcNow; inject TimeProvider: tests turn the clock
            P:System.DateTime.UtcNoww; inject TimeProvider: tests turn the clock
            M:System.Threading.Thread.Sleep; there is no Sleep without an argument
            T:System.Random
            P:System.DateTime.UtcNow; inject TimeProvider: tests turn the clock
            """;
        Guard.Finds(
            Problems(planted),
            "line 2: P:System.DateTime.UtcNoww names nothing",
            "line 3: M:System.Threading.Thread.Sleep names nothing",
            "line 4: T:System.Random gives no reason",
            "line 5: P:System.DateTime.UtcNow is listed twice");
    }

    [Theory]
    [InlineData("class A { object B() => DateTime.UtcNow; }")]
    [InlineData("class A { object B() => DateTimeOffset.Now; }")]
    [InlineData("class A { object B() => Guid.NewGuid(); }")]
    [InlineData("class A { object B() => new Random(); }")]
    [InlineData("class A { object B(Task<int> task) => task.Result; }")]
    [InlineData("class A { void B(Task task) => task.Wait(); }")]
    [InlineData("class A { void B() => Thread.Sleep(1); }")]
    [InlineData("class A { object B() => new System.Net.Http.HttpClient(); }")]
    [InlineData("class A { object B() => System.Security.Cryptography.SHA256.HashData(new byte[1]); }")]
    [InlineData("class A { object B(Uri uri) => new Uri(uri, \"/a\"); }")]
    public async Task The_build_refuses_a_banned_symbol(string code) => Assert.Contains(Rule, await Analyze(code));

    [Theory]
    [InlineData("class A { object B(TimeProvider clock) => clock.GetUtcNow(); }")]
    [InlineData("class A { object B(TimeProvider clock) => Guid.CreateVersion7(clock.GetUtcNow()); }")]
    [InlineData("class A { object B(System.Net.Http.HttpMessageHandler handler) => new System.Net.Http.HttpClient(handler); }")]
    public async Task The_build_lets_the_replacement_pass(string code) => Assert.DoesNotContain(Rule, await Analyze(code));

    private static IEnumerable<string> Problems(string list)
    {
        var compilation = Planted.Compilation(Planted.File("Any.cs", ""));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in list.Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal))
                continue;
            var parts = line.Split(';', 2, StringSplitOptions.TrimEntries);
            if (DocumentationCommentId.GetSymbolsForDeclarationId(parts[0], compilation).IsEmpty)
                yield return $"line {number}: {parts[0]} names nothing";
            if (parts.Length < 2 || parts[1].Length < Reasons.LeastLength)
                yield return $"line {number}: {parts[0]} gives no reason";
            if (!seen.Add(parts[0]))
                yield return $"line {number}: {parts[0]} is listed twice";
        }
    }

    /// <summary>What the analyzer of the real build says of planted code, with the real list.</summary>
    private static async Task<List<string>> Analyze(string code)
    {
        var options = new AnalyzerOptions([new ListText(List)]);
        var diagnostics = await Planted.Compilation(Planted.File("A.cs", code))
            .WithAnalyzers(Analyzers(), options).GetAnalyzerDiagnosticsAsync();
        Assert.DoesNotContain(diagnostics, one => one.Id is "AD0001" or "RS0031");
        return [.. diagnostics.Select(one => one.Id)];
    }

    private static ImmutableArray<DiagnosticAnalyzer> Analyzers()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Analyzers");
        var reference = new AnalyzerFileReference(Path.Combine(folder, "Microsoft.CodeAnalysis.CSharp.BannedApiAnalyzers.dll"), new Loader(folder));
        return [.. reference.GetAnalyzers(LanguageNames.CSharp).Where(one => one.SupportedDiagnostics.Any(rule => rule.Id == Rule))];
    }

    private sealed class Loader(string folder) : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
            // Everything the analyzer needs lies in the one folder.
        }

        public Assembly LoadFromPath(string fullPath)
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*.dll"))
                Assembly.LoadFrom(path);
            return Assembly.LoadFrom(fullPath);
        }
    }

    private sealed class ListText(SourceFile file) : AdditionalText
    {
        public override string Path => file.Name;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(file.Text);
    }
}
