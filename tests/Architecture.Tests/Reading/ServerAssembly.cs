using Mono.Cecil;

namespace KeyPass.Architecture.Tests.Reading;

/// <summary>KeyPass.Server.dll as metadata and IL. Every reader gets a module of its own: Cecil reads lazily.</summary>
internal static class ServerAssembly
{
    public const string RootNamespace = "KeyPass.Server";

    /// <summary>The slice name of the root namespace: composition, which may use everything.</summary>
    public const string Composition = "Program";

    public static string Location => Path.Combine(AppContext.BaseDirectory, "KeyPass.Server.dll");

    public static ModuleDefinition Read() => Read(new MemoryStream(File.ReadAllBytes(Location)));

    public static ModuleDefinition Read(Stream image) => ModuleDefinition.ReadModule(image, new ReaderParameters(ReadingMode.Immediate));

    /// <summary>Types that are not nested, without what the compiler or a source generator put beside them.</summary>
    public static IEnumerable<TypeDefinition> OwnTypes(ModuleDefinition module) =>
        module.Types.Where(type => SliceOf(type) is not null && !type.Name.StartsWith('<'));

    /// <summary>The namespace segment after KeyPass.Server; null for what is not ours.</summary>
    public static string? SliceOf(TypeReference type)
    {
        var outermost = Outermost(type);
        if (outermost.Scope != type.Module)
            return null;
        if (outermost.Namespace == RootNamespace || (outermost.Namespace.Length == 0 && outermost.Name == "Program"))
            return Composition;
        return outermost.Namespace.StartsWith(RootNamespace + ".", StringComparison.Ordinal)
            ? outermost.Namespace[(RootNamespace.Length + 1)..].Split('.')[0]
            : null;
    }

    public static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is not null)
            type = type.DeclaringType;
        return type;
    }

    /// <summary>The namespace a type is found under, also when the type is nested in another.</summary>
    public static string NamespaceOf(TypeReference type) => Outermost(type).Namespace;

    public static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    public static bool IsGenerated(ICustomAttributeProvider member) =>
        member.HasCustomAttributes && member.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "CompilerGeneratedAttribute");
}
