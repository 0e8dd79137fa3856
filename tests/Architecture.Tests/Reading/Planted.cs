using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Mono.Cecil;
using Xunit;

namespace KeyPass.Architecture.Tests.Reading;

/// <summary>Compiles planted code in memory, against everything the server itself may reference.</summary>
internal static class Planted
{
    private const string Usings = "global using System; global using System.Collections.Generic; global using System.Linq; "
        + "global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Lazy<MetadataReference[]> AllReferences = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("KeyPass.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    public static IEnumerable<MetadataReference> References => AllReferences.Value;

    public static CSharpCompilation Compilation(params SourceFile[] files) =>
        CSharpCompilation.Create(
            "KeyPass.Server",
            files.Append(new SourceFile("Usings.cs", Usings)).Select(file => file.Syntax),
            References,
            new CSharpCompilationOptions(
                files.Any(file => file.Name == "Program.cs") ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                allowUnsafe: true));

    public static ModuleDefinition Module(params SourceFile[] files)
    {
        var image = new MemoryStream();
        var result = Compilation(files).Emit(image);
        var errors = result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(error => error.ToString()).ToList();
        Assert.True(result.Success, "The planted code does not compile:\n" + string.Join("\n", errors));
        image.Position = 0;
        return ServerAssembly.Read(image);
    }

    public static SourceFile File(string path, string text) => new(path, text);
}
