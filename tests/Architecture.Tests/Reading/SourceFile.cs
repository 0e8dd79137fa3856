using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace KeyPass.Architecture.Tests.Reading;

/// <summary>One text file: its path (forward slashes, relative to the repository) and what it says.</summary>
internal sealed class SourceFile
{
    private readonly Lazy<string[]> _lines;
    private readonly Lazy<SyntaxTree> _syntax;

    public SourceFile(string path, string text)
    {
        Path = path;
        Text = text;
        _lines = new(() => Text.TrimEnd('\n').Split('\n'));
        _syntax = new(() => CSharpSyntaxTree.ParseText(Text, new CSharpParseOptions(LanguageVersion.Latest), Path));
    }

    public string Path { get; }

    public string Text { get; }

    public string[] Lines => _lines.Value;

    public SyntaxTree Syntax => _syntax.Value;

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The name up to its first dot: <c>Forwarder.Headers.cs</c> is still about <c>Forwarder</c>.</summary>
    public string Stem => Name.Split('.')[0];

    public bool IsUnder(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    public bool Is(params string[] endings) => endings.Any(ending => Name.EndsWith(ending, StringComparison.Ordinal));

    public override string ToString() => Path;
}
