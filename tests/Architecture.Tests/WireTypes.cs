using KeyPass.Architecture.Tests.Reading;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace KeyPass.Architecture.Tests;

/// <summary>
/// Types whose members a framework reads and writes by reflection, so that no code needs to name them:
/// what is (de)serialised as JSON, what a mapped handler takes and gives, what EF maps or fills, what options are bound to, and
/// middleware. Also whatever such a type has as a property. Found by the generic argument at the framework's own call or type,
/// also through generic methods of ours (<c>Envelope.Ok&lt;T&gt;</c> that calls <c>Results.Json&lt;T&gt;</c>).
/// </summary>
internal sealed class WireTypes
{
    private static readonly string[] Namespaces =
        ["System.Text.Json", "System.Net.Http.Json", "Microsoft.AspNetCore.Http.HttpResults", "Microsoft.EntityFrameworkCore.Metadata.Builders"];

    private static readonly string[] Types =
    [
        "Results", "TypedResults", "HttpResponseJsonExtensions", "HttpRequestJsonExtensions", "OpenApiRouteHandlerBuilderExtensions",
        "UseMiddlewareExtensions", "DbSet`1", "IEntityTypeConfiguration`1", "RelationalDatabaseFacadeExtensions", "ConfigurationBinder",
        "OptionsServiceCollectionExtensions", "OptionsConfigurationServiceCollectionExtensions", "IOptions`1", "OptionsBuilder`1",
    ];

    private readonly ModuleDefinition _module;
    private readonly HashSet<TypeDefinition> _found = [];
    private readonly HashSet<(IMemberDefinition Owner, int Position)> _passedOn = [];
    private readonly HashSet<string> _injected = [];

    public WireTypes(ModuleDefinition module)
    {
        _module = module;
        var types = module.Types.SelectMany(ServerAssembly.WithNested).ToList();
        foreach (var method in Bodies(types).SelectMany(Calls).OfType<GenericInstanceMethod>())
            if (method.DeclaringType.Namespace == "Microsoft.Extensions.DependencyInjection")
                _injected.UnionWith(method.GenericArguments.Select(argument => argument.FullName));

        // A type found late may have been passed on early: again until nothing is new.
        for (var before = -1; before != _found.Count + _passedOn.Count;)
        {
            before = _found.Count + _passedOn.Count;
            foreach (var type in types)
                Read(type);
        }
    }

    public bool Contains(TypeDefinition type) => _found.Contains(type);

    private void Read(TypeDefinition type)
    {
        foreach (var attribute in type.CustomAttributes.Where(one => one.AttributeType.Name is "JsonSerializableAttribute"))
            Mark(attribute.ConstructorArguments[0].Value as TypeReference);
        foreach (var one in type.Interfaces)
            ReadGeneric(one.InterfaceType);
        foreach (var field in type.Fields)
            ReadGeneric(field.FieldType);
        foreach (var method in type.Methods)
        {
            foreach (var parameter in method.Parameters)
                ReadGeneric(parameter.ParameterType);
            ReadGeneric(method.ReturnType);
            if (method.HasBody)
                ReadBody(method);
        }
    }

    private void ReadBody(MethodDefinition method)
    {
        var mapsRoutes = Calls(method).Any(call =>
            call.DeclaringType.Name == "EndpointRouteBuilderExtensions" && call.Name.StartsWith("Map", StringComparison.Ordinal));
        foreach (var instruction in method.Body.Instructions)
        {
            if (instruction.Operand is not MethodReference call)
                continue;
            ReadGeneric(call.DeclaringType);
            if (call is GenericInstanceMethod generic)
                for (var position = 0; position < generic.GenericArguments.Count; position++)
                    if (IsFramework(call.DeclaringType) || IsEntitySet(call) || PassesOn(generic.ElementMethod.Resolve, call.DeclaringType, position))
                        Mark(generic.GenericArguments[position]);
            if (mapsRoutes && instruction.OpCode.Code == Code.Ldftn)
                foreach (var taken in call.Parameters.Select(parameter => parameter.ParameterType).Append(call.ReturnType))
                    Mark(taken);
        }
    }

    private void ReadGeneric(TypeReference type)
    {
        if (type is not GenericInstanceType generic)
            return;
        for (var position = 0; position < generic.GenericArguments.Count; position++)
        {
            if (IsFramework(generic.ElementType) || PassesOn(generic.ElementType.Resolve, generic.ElementType, position))
                Mark(generic.GenericArguments[position]);
            ReadGeneric(generic.GenericArguments[position]);
        }
    }

    private void Mark(TypeReference? type)
    {
        switch (type)
        {
            case null:
                return;
            case GenericParameter { Owner: MethodReference owner } parameter:
                _passedOn.Add((owner.Resolve(), parameter.Position));
                return;
            case GenericParameter { Owner: TypeReference owner } parameter:
                _passedOn.Add((owner.Resolve(), parameter.Position));
                return;
            case GenericInstanceType generic:
                foreach (var argument in generic.GenericArguments)
                    Mark(argument);
                Mark(generic.ElementType);
                return;
            case TypeSpecification specification:
                Mark(specification.ElementType);
                return;
        }
        if (!IsOwn(type) || _injected.Contains(type.FullName) || type.Resolve() is not { } own || IsResult(own) || !_found.Add(own))
            return;
        Mark(own.BaseType);
        foreach (var property in own.Properties)
            Mark(property.PropertyType);
        foreach (var attribute in own.CustomAttributes.Where(one => one.AttributeType.Name == "JsonDerivedTypeAttribute"))
            Mark(attribute.ConstructorArguments[0].Value as TypeReference);
    }

    private bool PassesOn(Func<IMemberDefinition> resolve, TypeReference home, int position) =>
        IsOwn(home) && _passedOn.Contains((resolve(), position));

    private static bool IsFramework(TypeReference type) =>
        Types.Contains(type.Name) || Namespaces.Any(one => type.Namespace == one || type.Namespace.StartsWith(one + ".", StringComparison.Ordinal));

    private static bool IsEntitySet(MethodReference call) =>
        call is { Name: "Set", DeclaringType.Name: "DbContext" } or { Name: "Entity", DeclaringType.Name: "ModelBuilder" };

    /// <summary>A result writes itself; nobody serialises it.</summary>
    private static bool IsResult(TypeDefinition type) => type.Interfaces.Any(one => one.InterfaceType.Name is "IResult");

    private bool IsOwn(TypeReference type) => ServerAssembly.Outermost(type.GetElementType()).Scope == _module;

    private static IEnumerable<MethodDefinition> Bodies(IEnumerable<TypeDefinition> types) =>
        types.SelectMany(type => type.Methods).Where(method => method.HasBody);

    private static IEnumerable<MethodReference> Calls(MethodDefinition method) =>
        method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>();
}
