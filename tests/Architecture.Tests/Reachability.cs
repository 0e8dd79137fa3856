using KeyPass.Architecture.Tests.Reading;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace KeyPass.Architecture.Tests;

/// <summary>
/// Everything the server's entry point can lead to, followed through IL. What a framework calls by reflection (JSON, EF's
/// mappings, middleware) is reached by the rules of <see cref="WireTypes"/>. Tests lead nowhere: only KeyPass.Server is read.
/// </summary>
internal sealed class Reachability
{
    private static readonly string[] Synthesised =
        ["ToString", "PrintMembers", "GetHashCode", "Equals", "op_Equality", "op_Inequality", "get_EqualityContract"];

    private static readonly string[] CalledByConvention = ["Invoke", "InvokeAsync", "BindAsync", "TryParse", "PopulateMetadata"];

    private readonly ModuleDefinition _module;
    private readonly WireTypes _wire;
    private readonly Queue<MethodDefinition> _unread = new();
    private readonly HashSet<MethodDefinition> _methods = [];
    private readonly HashSet<TypeDefinition> _types = [];
    private readonly HashSet<FieldDefinition> _read = [];
    private readonly HashSet<TypeDefinition> _compared = [];

    public Reachability(ModuleDefinition module, WireTypes wire)
    {
        _module = module;
        _wire = wire;
        Start();
        while (_unread.TryDequeue(out var method))
            Follow(method);
    }

    public bool Reaches(TypeDefinition type) => _types.Contains(type);

    public bool Reaches(MethodDefinition method) => _methods.Contains(method);

    public bool Reads(FieldDefinition field) => _read.Contains(field);

    /// <summary>A record that is hashed or compared is read as a whole.</summary>
    public bool Compares(TypeDefinition type) => _compared.Contains(type);

    /// <summary>The record's own printing, comparing and copying is not a use: it names every member.</summary>
    public static bool IsSynthesised(MethodDefinition method) =>
        ServerAssembly.IsGenerated(method) && (Synthesised.Contains(method.Name) || IsCopyConstructor(method));

    /// <summary>Called through a base class, an interface or an operator: nobody names it.</summary>
    public static bool IsCalledThroughBase(MethodDefinition method) =>
        method.HasOverrides
        || (method.IsVirtual && (!method.IsNewSlot || method.IsFinal))
        || (method.IsSpecialName && method.Name.StartsWith("op_", StringComparison.Ordinal));

    /// <summary>Found by EF in the assembly, never named.</summary>
    public static bool IsFoundByReflection(TypeDefinition type) =>
        type.Interfaces.Any(one => one.InterfaceType.Name == "IEntityTypeConfiguration`1")
        || type.BaseType is { Name: "Migration" or "ModelSnapshot" };

    private void Start()
    {
        if (_module.EntryPoint is { } entry)
            Reach(entry);
        foreach (var attribute in _module.Assembly.CustomAttributes.Concat(_module.CustomAttributes))
            Reach(attribute);
        foreach (var type in _module.Types.SelectMany(ServerAssembly.WithNested))
        {
            if (IsFoundByReflection(type))
                Reach(type);
            foreach (var method in type.Methods.Where(method => method.CustomAttributes.Any(one => one.AttributeType.Name == "ModuleInitializerAttribute")))
                Reach(method);
        }
    }

    private void Follow(MethodDefinition method)
    {
        foreach (var parameter in method.Parameters)
        {
            Reach(parameter.ParameterType);
            Reach(parameter.CustomAttributes);
        }
        Reach(method.ReturnType);
        Reach(method.CustomAttributes);
        if (!method.HasBody)
            return;
        foreach (var local in method.Body.Variables)
            Reach(local.VariableType);
        foreach (var handler in method.Body.ExceptionHandlers.Where(handler => handler.CatchType is not null))
            Reach(handler.CatchType);
        foreach (var instruction in method.Body.Instructions)
            Follow(instruction);
    }

    private void Follow(Instruction instruction)
    {
        switch (instruction.Operand)
        {
            case TypeReference type:
                Reach(type);
                break;
            case MethodReference method:
                if (method is GenericInstanceMethod generic)
                    foreach (var argument in generic.GenericArguments)
                        Reach(argument, isCompared: generic.ElementMethod.DeclaringType.Name == "Enumerable");
                Reach(method.DeclaringType);
                if (Resolve(method) is { } own)
                    Reach(own);
                break;
            case FieldReference field:
                Reach(field.DeclaringType);
                Reach(field.FieldType);
                if (instruction.OpCode.Code is not (Code.Stfld or Code.Stsfld) && IsOwn(field.DeclaringType) && field.Resolve() is { } found)
                    _read.Add(found);
                break;
        }
    }

    private void Reach(MethodDefinition method)
    {
        if (method.Name is "op_Equality" or "op_Inequality" && IsSynthesised(method))
            _compared.Add(method.DeclaringType);
        if (IsSynthesised(method) || !_methods.Add(method))
            return;
        Reach(method.DeclaringType);
        _unread.Enqueue(method);
    }

    private void Reach(TypeReference type, bool isCompared = false)
    {
        if (type is GenericInstanceType generic)
        {
            var hashes = Hashes(generic.ElementType.Name);
            foreach (var argument in generic.GenericArguments)
                Reach(argument, isCompared || hashes);
            Reach(generic.ElementType);
            return;
        }
        foreach (var part in TypeUses.Parts(type).Where(IsOwn))
            if (part.Resolve() is { } own)
            {
                if (isCompared)
                    _compared.Add(own);
                Reach(own);
            }
    }

    private void Reach(TypeDefinition type)
    {
        if (!_types.Add(type))
            return;
        if (type.DeclaringType is not null)
            Reach(type.DeclaringType);
        if (type.BaseType is not null)
            Reach(type.BaseType);
        foreach (var one in type.Interfaces)
            Reach(one.InterfaceType);
        Reach(type.CustomAttributes);
        Reach(type.Fields.SelectMany(field => field.CustomAttributes));
        Reach(type.Properties.SelectMany(property => property.CustomAttributes));
        foreach (var field in type.Fields)
            Reach(field.FieldType);
        foreach (var method in type.Methods.Where(method => !IsSynthesised(method) && (method.IsConstructor || IsCalledThroughBase(method))))
            Reach(method);
        if (_wire.Contains(type))
            foreach (var method in type.Methods.Where(method => method.IsGetter || method.IsSetter || CalledByConvention.Contains(method.Name)))
                Reach(method);
    }

    private void Reach(IEnumerable<CustomAttribute> attributes)
    {
        foreach (var attribute in attributes)
            Reach(attribute);
    }

    private void Reach(CustomAttribute attribute)
    {
        Reach(attribute.AttributeType);
        var arguments = attribute.ConstructorArguments.Concat(attribute.Properties.Select(property => property.Argument));
        foreach (var argument in arguments.Where(argument => argument.Value is TypeReference))
            Reach((TypeReference)argument.Value);
    }

    private static bool IsCopyConstructor(MethodDefinition method) =>
        method.IsConstructor && method.Parameters.Count == 1
        && method.Parameters[0].ParameterType.GetElementType().FullName == method.DeclaringType.FullName;

    private static bool Hashes(string typeName) =>
        typeName.Contains("Dictionary", StringComparison.Ordinal) || typeName.Contains("Set`", StringComparison.Ordinal)
        || typeName.Contains("Lookup", StringComparison.Ordinal) || typeName.Contains("EqualityComparer", StringComparison.Ordinal);

    private MethodDefinition? Resolve(MethodReference method) => IsOwn(method.DeclaringType) ? method.Resolve() : null;

    private bool IsOwn(TypeReference type) => ServerAssembly.Outermost(type.GetElementType()).Scope == _module;
}
