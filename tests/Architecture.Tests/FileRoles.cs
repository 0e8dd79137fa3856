using KeyPass.Architecture.Tests.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Mono.Cecil;

namespace KeyPass.Architecture.Tests;

/// <summary>
/// What a file may touch follows from its name and folder: SQL in stores, HTTP in endpoints, ciphers in Sealing. A type's role
/// is that of the file that declares it, so a small record beside its endpoints is part of them.
/// </summary>
internal sealed class FileRoles(IReadOnlyCollection<SourceFile> files, ModuleDefinition module, AllowList allowed)
{
    private const string Root = "src/Server";

    private static readonly Role[] Roles =
    [
        new("the database",
            ["Microsoft.EntityFrameworkCore", "Npgsql"],
            file => file.IsUnder(Root + "/Persistence") || Ends(file, "Store") || Ends(file, "Db"),
            "*Store, *Db and Persistence/"),
        new("ASP.NET",
            ["Microsoft.AspNetCore", "Microsoft.Extensions.Primitives", "Microsoft.Extensions.FileProviders", "Microsoft.Net.Http.Headers"],
            file => file.IsUnder(Root + "/Http") || file.IsUnder(Root + "/Gateway") || Ends(file, "Endpoints") || IsComposition(file),
            "*Endpoints, Http/, Gateway/ and the files beside Program.cs"),
        new("cryptography",
            ["System.Security.Cryptography"],
            file => file.IsUnder(Root + "/Sealing"),
            "Sealing/"),
        new("an HTTP client",
            ["System.Net.Http"],
            file => file.IsUnder(Root + "/Providers") || file.IsUnder(Root + "/Webhooks")
                || (file.IsUnder(Root + "/Gateway") && file.Name.StartsWith("Forwarder", StringComparison.Ordinal)),
            "Gateway/Forwarder*, Providers/ and Webhooks/"),
        // SMTP is spoken over a bare socket: whoever holds one could speak to anybody, past every rule of the HTTP clients.
        new("a bare connection",
            ["System.Net.Sockets", "System.Net.Security", "System.Net.Mail"],
            file => file.IsUnder(Root + "/Mail") || (file.IsUnder(Root + "/Providers") && file.Name == "PublicAddresses.cs") || IsComposition(file),
            "Mail/, Providers/PublicAddresses.cs, which checks an address before it dials, and the files beside Program.cs, which name a port that is taken"),
    ];

    /// <summary>Types that use what their file may not use. Allow-list entry: <c>path namespace</c>.</summary>
    public IEnumerable<string> Trespasses()
    {
        var home = files.SelectMany(file => Declared(file).Select(name => (name, file))).ToLookup(one => one.name, one => one.file);
        foreach (var type in ServerAssembly.OwnTypes(module))
        {
            if (home[type.FullName].FirstOrDefault() is null && !ServerAssembly.IsGenerated(type))
                yield return $"{type.FullName} is declared in no file under {Root}";
            foreach (var use in TypeUses.Of(type))
                foreach (var role in Roles.Where(role => role.Owns(ServerAssembly.NamespaceOf(use.Type))))
                    foreach (var file in home[type.FullName].Where(file => !role.IsPlayedBy(file)))
                        if (!allowed.Allows($"{file.Path} {ServerAssembly.NamespaceOf(use.Type)}"))
                            yield return $"{file.Path}: {use.Where} uses {use.Type.FullName}; {role.What} is for {role.Where}";
        }
    }

    /// <summary>A reader finds a type by its file's name and a file by its namespace.</summary>
    public IEnumerable<string> Misnamed()
    {
        foreach (var file in files.Where(file => !file.IsUnder(Root + "/Persistence/Migrations")))
        {
            var names = Declared(file).ToList();
            if (names.Count > 0 && !names.Any(name => SimpleName(name) == file.Stem))
                yield return $"{file.Path} declares {string.Join(", ", names.Select(SimpleName))}, but nothing called {file.Stem}";
            var folder = file.Path[(Root.Length + 1)..];
            var segments = folder.Split('/')[..^1];
            foreach (var name in names.Where(name => !IsHome(name, segments)))
                yield return $"{file.Path} declares {name}; the namespace must be KeyPass.Server{string.Concat(segments.Take(1).Select(one => "." + one))}";
        }
    }

    /// <summary>A folder below a slice may have a namespace of its own or share the slice's.</summary>
    private static bool IsHome(string type, string[] segments)
    {
        var space = type.Contains('.') ? type[..type.LastIndexOf('.')] : ServerAssembly.RootNamespace;
        return segments.Length == 0
            ? space == ServerAssembly.RootNamespace
            : Enumerable.Range(1, segments.Length).Any(depth => space == $"{ServerAssembly.RootNamespace}.{string.Join('.', segments[..depth])}");
    }

    /// <summary>Full names as Cecil writes them, of the types that stand outermost in a file.</summary>
    private static IEnumerable<string> Declared(SourceFile file)
    {
        var root = file.Syntax.GetCompilationUnitRoot();
        if (root.Members.OfType<GlobalStatementSyntax>().Any())
            yield return "Program";
        foreach (var member in root.DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax))
        {
            var (name, arity) = member switch
            {
                TypeDeclarationSyntax type => (type.Identifier.Text, type.TypeParameterList?.Parameters.Count ?? 0),
                EnumDeclarationSyntax type => (type.Identifier.Text, 0),
                DelegateDeclarationSyntax type => (type.Identifier.Text, type.TypeParameterList?.Parameters.Count ?? 0),
                _ => ("", 0),
            };
            if (name.Length == 0)
                continue;
            var space = string.Join('.', member.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().Reverse().Select(one => one.Name.ToString()));
            yield return (space.Length == 0 ? "" : space + ".") + name + (arity == 0 ? "" : "`" + arity);
        }
    }

    private static string SimpleName(string fullName) => fullName[(fullName.LastIndexOf('.') + 1)..].Split('`')[0];

    private static bool Ends(SourceFile file, string ending) => file.Stem.EndsWith(ending, StringComparison.Ordinal);

    private static bool IsComposition(SourceFile file) => file.Path == $"{Root}/{file.Name}";

    private sealed record Role(string What, string[] Namespaces, Func<SourceFile, bool> IsPlayedBy, string Where)
    {
        public bool Owns(string name) => Namespaces.Any(one => name == one || name.StartsWith(one + ".", StringComparison.Ordinal)
            || (one == "Npgsql" && name.StartsWith(one, StringComparison.Ordinal)));
    }
}
