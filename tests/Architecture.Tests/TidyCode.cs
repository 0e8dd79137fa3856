using System.Text.RegularExpressions;
using KeyPass.Architecture.Tests.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KeyPass.Architecture.Tests;

/// <summary>The habits that can be read from one C# file's syntax (docs: "It fits on a screen", "one word, one meaning").</summary>
internal sealed partial class TidyCode(SourceFile file, AllowList allowed)
{
    public const int MethodLines = 70;

    private readonly SyntaxNode _root = file.Syntax.GetRoot();

    public IEnumerable<string> Findings() =>
        [.. LongMethods(), .. EmptyTypeNames(), .. BareWords(), .. Regions(), .. SilentSuppressions(), .. SkippedTests()];

    /// <summary>An interface earns its place by its second implementation; one in the tests counts.</summary>
    public static IEnumerable<string> LonelyInterfaces(IReadOnlyCollection<SourceFile> server, IReadOnlyCollection<SourceFile> tests)
    {
        var inServer = Bases(server).ToLookup(name => name);
        var inTests = Bases(tests).ToHashSet();
        return from one in server
               from declared in one.Syntax.GetRoot().DescendantNodes().OfType<InterfaceDeclarationSyntax>()
               let name = declared.Identifier.Text
               where inServer[name].Count() == 1 && !inTests.Contains(name)
               select At(one, declared.Identifier, $"interface {name} has exactly one implementation; use the class itself");
    }

    private static IEnumerable<string> Bases(IEnumerable<SourceFile> files) =>
        from file in files
        from list in file.Syntax.GetRoot().DescendantNodes().OfType<BaseListSyntax>()
        from one in list.Types
        select one.Type switch
        {
            QualifiedNameSyntax qualified => qualified.Right.Identifier.Text,
            SimpleNameSyntax simple => simple.Identifier.Text,
            _ => one.Type.ToString(),
        };

    private IEnumerable<string> LongMethods()
    {
        foreach (var member in _root.DescendantNodes().Where(node => node is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax))
        {
            var first = ((MemberDeclarationSyntax)member).AttributeLists.LastOrDefault()?.GetLastToken().GetNextToken() ?? member.GetFirstToken();
            var count = LineOf(member.GetLastToken()) - LineOf(first) + 1;
            if (count > MethodLines)
                yield return At(file, first, $"a member of {count} lines; split it at its steps (at most {MethodLines})");
        }
        var statements = _root.ChildNodes().OfType<GlobalStatementSyntax>().ToList();
        if (statements.Count > 0 && LineOf(statements[^1].GetLastToken()) - LineOf(statements[0].GetFirstToken()) + 1 is var lines and > MethodLines)
            yield return At(file, statements[0].GetFirstToken(), $"{lines} lines of top-level statements; move steps into methods (at most {MethodLines})");
    }

    private IEnumerable<string> EmptyTypeNames()
    {
        foreach (var identifier in Declared().Where(identifier => identifier.Parent is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax))
            if (EmptySuffix().IsMatch(identifier.ValueText) && !allowed.Allows($"type {identifier.ValueText}"))
                yield return At(file, identifier, $"type {identifier.ValueText} ends in a word that says nothing; name what it is");
    }

    private IEnumerable<string> BareWords()
    {
        if (!file.IsUnder("src"))
            yield break;
        foreach (var identifier in Declared().Where(identifier => identifier.ValueText is "token" or "key" or "Token" or "Key"))
            if (!allowed.Allows($"name {file.Path} {identifier.ValueText}"))
                yield return At(file, identifier, $"\"{identifier.ValueText}\" alone is no identifier here: which token, the key of what?");
    }

    private IEnumerable<string> Regions() =>
        _root.DescendantTrivia().Where(trivia => trivia.IsKind(SyntaxKind.RegionDirectiveTrivia))
            .Select(trivia => At(file, trivia.GetLocation(), "a #region hides what should be a smaller file"));

    private IEnumerable<string> SilentSuppressions()
    {
        var pragmas = _root.DescendantNodes(descendIntoTrivia: true).OfType<PragmaWarningDirectiveTriviaSyntax>()
            .Where(pragma => pragma.DisableOrRestoreKeyword.IsKind(SyntaxKind.DisableKeyword)).Select(pragma => pragma.GetLocation());
        var attributes = _root.DescendantNodes().OfType<AttributeSyntax>()
            .Where(attribute => attribute.Name.ToString().EndsWith("SuppressMessage", StringComparison.Ordinal) && !HasJustification(attribute))
            .Select(attribute => attribute.GetLocation());
        return from place in pragmas.Concat(attributes)
               let line = place.GetLineSpan().StartLinePosition.Line
               where !Reasons.StandBeside(file.Lines, line)
               select At(file, place, "a suppression without its reason on the same or the line above");
    }

    private static bool HasJustification(AttributeSyntax attribute) =>
        attribute.ArgumentList?.Arguments.Any(argument =>
            argument.NameEquals?.Name.Identifier.Text == "Justification"
            && argument.Expression is LiteralExpressionSyntax literal && literal.Token.ValueText.Length >= Reasons.LeastLength) == true;

    private IEnumerable<string> SkippedTests() =>
        _root.DescendantNodes().OfType<AttributeArgumentSyntax>()
            .Where(argument => argument.NameEquals?.Name.Identifier.Text == "Skip")
            .Select(argument => At(file, argument.GetLocation(), "a test that never runs; fix it or delete it"));

    /// <summary>Every identifier at the place that introduces it.</summary>
    private IEnumerable<SyntaxToken> Declared() =>
        _root.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken) && token.Parent is
            VariableDeclaratorSyntax or ParameterSyntax or PropertyDeclarationSyntax or EventDeclarationSyntax or EnumMemberDeclarationSyntax
            or SingleVariableDesignationSyntax or ForEachStatementSyntax or CatchDeclarationSyntax or TupleElementSyntax
            or MethodDeclarationSyntax or LocalFunctionStatementSyntax or BaseTypeDeclarationSyntax or DelegateDeclarationSyntax
            or TypeParameterSyntax or FromClauseSyntax or LetClauseSyntax or JoinClauseSyntax or JoinIntoClauseSyntax or QueryContinuationSyntax);

    private static int LineOf(SyntaxToken token) => token.GetLocation().GetLineSpan().EndLinePosition.Line;

    private static string At(SourceFile file, SyntaxToken token, string message) => At(file, token.GetLocation(), message);

    private static string At(SourceFile file, Location place, string message) =>
        $"{file.Path}:{place.GetLineSpan().StartLinePosition.Line + 1}: {message}";

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utility|Utilities|Services?|Impl|Common|Info|Data)$")]
    private static partial Regex EmptySuffix();
}
