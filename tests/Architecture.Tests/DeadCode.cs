using KeyPass.Architecture.Tests.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Mono.Cecil;

namespace KeyPass.Architecture.Tests;

/// <summary>Types and members of the server that nothing in the server uses. Allow-list entry: the name as reported.</summary>
internal sealed class DeadCode
{
    private readonly ModuleDefinition _module;
    private readonly AllowList _allowed;
    private readonly WireTypes _wire;
    private readonly Reachability _reached;

    public DeadCode(ModuleDefinition module, AllowList allowed)
    {
        _module = module;
        _allowed = allowed;
        _wire = new WireTypes(module);
        _reached = new Reachability(module, _wire);
    }

    public IEnumerable<string> Find() =>
        from type in ServerAssembly.OwnTypes(_module).SelectMany(InOne)
        where !_allowed.Allows(type.Name)
        select $"{type.Name} {type.Why}";

    /// <summary>The compiler leaves no trace of a constant in IL, so these are looked up in the source: does its name occur?</summary>
    public static IEnumerable<string> UnusedConstants(IReadOnlyCollection<SourceFile> files, AllowList allowed)
    {
        var named = files.SelectMany(file => file.Syntax.GetRoot().DescendantNodes().OfType<IdentifierNameSyntax>()).Select(Mention).ToHashSet();
        var constants = files.SelectMany(file => file.Syntax.GetRoot().DescendantNodes()).SelectMany(Constants);
        return from one in constants
               where !named.Contains((null, one.Name)) && !named.Contains((one.Owner, one.Name)) && !allowed.Allows($"{one.Owner}.{one.Name}")
               select $"{one.Owner}.{one.Name} is never used";
    }

    private IEnumerable<(string Name, string Why)> InOne(TypeDefinition type)
    {
        if (type.Name.StartsWith('<') || ServerAssembly.IsGenerated(type) || IsGeneratedSource(type) || IsMigration(type))
            yield break;
        if (!_reached.Reaches(type))
        {
            yield return (NameOf(type), "is never used");
            yield break;
        }
        foreach (var one in Methods(type).Concat(Fields(type)).Concat(Properties(type)).Concat(type.NestedTypes.SelectMany(InOne)))
            yield return one;
    }

    private IEnumerable<(string Name, string Why)> Methods(TypeDefinition type)
    {
        if (type.BaseType?.FullName == "System.MulticastDelegate")
            return [];
        return from method in type.Methods
               where !method.IsConstructor && !method.IsGetter && !method.IsSetter && !method.IsAddOn && !method.IsRemoveOn
               where !method.Name.StartsWith('<') && !ServerAssembly.IsGenerated(method) && !IsGeneratedSource(method)
               where !Reachability.IsCalledThroughBase(method) && !_reached.Reaches(method)
               select ($"{NameOf(type)}.{method.Name}", "is never called");
    }

    private IEnumerable<(string Name, string Why)> Fields(TypeDefinition type)
    {
        // The layout of a struct shared with the operating system has fields only the other side reads.
        if (type.IsEnum || type.IsExplicitLayout || type.CustomAttributes.Any(one => one.AttributeType.Name == "InlineArrayAttribute"))
            return [];
        return from field in type.Fields
               where !field.HasConstant && !field.Name.StartsWith('<') && !ServerAssembly.IsGenerated(field) && !_reached.Reads(field)
               select ($"{NameOf(type)}.{field.Name}", "is never read");
    }

    private IEnumerable<(string Name, string Why)> Properties(TypeDefinition type)
    {
        if (_wire.Contains(type) || _reached.Compares(type) || IsAttribute(type))
            yield break;
        foreach (var property in type.Properties.Where(property => !IsGeneratedSource(property) && property.Name != "EqualityContract"))
        {
            if (IsUnused(property.GetMethod))
                yield return ($"{NameOf(type)}.{property.Name}", "is never read");
            else if (IsUnused(property.SetMethod) && !IsPositional(type, property))
                yield return ($"{NameOf(type)}.{property.Name}", "is never set; let it be get-only");
        }
    }

    private bool IsUnused(MethodDefinition? accessor) =>
        accessor is not null && !Reachability.IsCalledThroughBase(accessor) && !_reached.Reaches(accessor);

    /// <summary><c>record Name(string Part)</c>: the compiler adds the setter for <c>with</c>, and the constructor sets it.</summary>
    private static bool IsPositional(TypeDefinition type, PropertyDefinition property) =>
        type.Methods.Any(method => method.IsConstructor && method.Parameters.Any(parameter => parameter.Name == property.Name));

    private static bool IsAttribute(TypeDefinition type) => type.BaseType?.FullName == "System.Attribute";

    private static bool IsGeneratedSource(ICustomAttributeProvider member) =>
        member.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "GeneratedCodeAttribute");

    private static bool IsMigration(TypeDefinition type) =>
        ServerAssembly.NamespaceOf(type).EndsWith(".Persistence.Migrations", StringComparison.Ordinal);

    private static string NameOf(TypeDefinition type) => type.FullName.Replace('/', '.');

    /// <summary>How a name is mentioned: alone, or after the type it belongs to.</summary>
    private static (string? Owner, string Name) Mention(IdentifierNameSyntax name)
    {
        var left = name.Parent switch
        {
            MemberAccessExpressionSyntax access when access.Name == name => access.Expression,
            QualifiedNameSyntax qualified when qualified.Right == name => qualified.Left,
            _ => (ExpressionSyntax?)null,
        };
        var owner = left switch
        {
            MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
            QualifiedNameSyntax qualified => qualified.Right.Identifier.Text,
            SimpleNameSyntax simple => simple.Identifier.Text,
            _ => null,
        };
        return (owner, name.Identifier.Text);
    }

    private static IEnumerable<(string Owner, string Name)> Constants(SyntaxNode node) => node switch
    {
        EnumMemberDeclarationSyntax { Parent: EnumDeclarationSyntax owner } member => [(owner.Identifier.Text, member.Identifier.Text)],
        FieldDeclarationSyntax { Parent: BaseTypeDeclarationSyntax owner } field when field.Modifiers.Any(SyntaxKind.ConstKeyword) =>
            field.Declaration.Variables.Select(variable => (owner.Identifier.Text, variable.Identifier.Text)),
        _ => [],
    };
}
