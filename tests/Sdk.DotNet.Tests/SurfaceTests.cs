using System.Reflection;

namespace KeyPass.Sdk.Tests;

/// <summary>What programs can name is a contract: a change is a reviewed diff of api/sdk-dotnet.txt.</summary>
public class SurfaceTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    [Fact]
    public void The_public_surface_is_what_is_written_down()
    {
        var file = Path.Combine(Repository.Root, "api", "sdk-dotnet.txt");
        var surface = string.Join("\n", typeof(KeyPassClient).Assembly.GetExportedTypes().OrderBy(type => type.Name, StringComparer.Ordinal)
            .SelectMany(type => MembersOf(type).Prepend(HeadOf(type)).Append(""))) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            File.WriteAllText(file, surface);
        Assert.True(File.Exists(file) && File.ReadAllText(file) == surface, $"api/sdk-dotnet.txt no longer says what the SDK shows. If the change is "
            + $"meant, run UPDATE_SNAPSHOTS=1 ./test and commit the file.\n\n{surface}");
    }

    private static string HeadOf(Type type) =>
        $"{(type.IsSealed ? type.IsAbstract ? "static " : "sealed " : "")}{type.FullName} : {Name(type.BaseType!)}";

    private static IEnumerable<string> MembersOf(Type type)
    {
        const BindingFlags declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var isRecord = type.GetMethod("<Clone>$") is not null;
        foreach (var constructor in type.GetConstructors(declared))
            yield return $"  new({Parameters(constructor)})";
        foreach (var property in type.GetProperties(declared).OrderBy(one => one.Name, StringComparer.Ordinal))
            yield return $"  {Name(property.PropertyType)}{Mark(Nullability.Create(property))} {property.Name} {{ get; {Setter(property)}}}";
        var methods = type.GetMethods(declared).Where(one => !one.IsSpecialName && !(isRecord && IsOfEveryRecord(one)));
        foreach (var method in methods.OrderBy(one => one.Name, StringComparer.Ordinal))
            yield return $"  {Name(method.ReturnType)} {method.Name}({Parameters(method)})";
    }

    private static string Setter(PropertyInfo property) => property.SetMethod is not { IsPublic: true } setter ? ""
        : setter.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? "init; " : "set; ";

    private static bool IsOfEveryRecord(MethodInfo method) => method.Name is "Equals" or "GetHashCode" or "ToString" or "Deconstruct" or "<Clone>$";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(one =>
        $"{Name(one.ParameterType)}{Mark(Nullability.Create(one))} {one.Name}{(one.HasDefaultValue ? " = default" : "")}"));

    private static string Mark(NullabilityInfo nullability) =>
        nullability.ReadState == NullabilityState.Nullable && !nullability.Type.IsValueType ? "?" : "";

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Name(inner) + "?";
        var arguments = type.GetGenericArguments();
        var bare = type.Name.Split('`')[0];
        return arguments.Length == 0 ? bare : $"{bare}<{string.Join(", ", arguments.Select(Name))}>";
    }
}
