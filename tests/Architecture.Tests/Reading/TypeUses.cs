using Mono.Cecil;
using Mono.Cecil.Cil;

namespace KeyPass.Architecture.Tests.Reading;

/// <summary>Somewhere in a type another type is named: where, and which.</summary>
internal sealed record TypeUse(string Where, TypeReference Type);

/// <summary>
/// Every type a type names: bases, generics, attributes, signatures, locals and each instruction, in its nested types as well
/// (lambdas, async state machines and iterators are nested types).
/// </summary>
internal static class TypeUses
{
    public static IEnumerable<TypeUse> Of(TypeDefinition type) =>
        ServerAssembly.WithNested(type).SelectMany(InOne)
            .SelectMany(use => Parts(use.Type).Select(part => use with { Type = part }))
            .DistinctBy(use => (use.Where, use.Type.FullName));

    private static IEnumerable<TypeUse> InOne(TypeDefinition type)
    {
        var shape = new List<TypeReference?> { type.BaseType };
        shape.AddRange(type.Interfaces.Select(one => one.InterfaceType));
        shape.AddRange(Attributes(type));
        shape.AddRange(Constraints(type));
        foreach (var part in shape.OfType<TypeReference>())
            yield return new TypeUse(type.FullName, part);

        foreach (var field in type.Fields)
            foreach (var part in Attributes(field).Prepend(field.FieldType))
                yield return new TypeUse($"{type.FullName}.{field.Name}", part);
        foreach (var property in type.Properties)
            foreach (var part in Attributes(property).Prepend(property.PropertyType))
                yield return new TypeUse($"{type.FullName}.{property.Name}", part);
        foreach (var one in type.Events)
            yield return new TypeUse($"{type.FullName}.{one.Name}", one.EventType);
        foreach (var method in type.Methods)
            foreach (var part in Signature(method).Concat(Attributes(method)).Concat(Constraints(method)).Concat(Body(method)))
                yield return new TypeUse($"{type.FullName}.{method.Name}", part);
    }

    private static IEnumerable<TypeReference> Signature(IMethodSignature method) =>
        method.Parameters.SelectMany(parameter => Attributes(parameter).Prepend(parameter.ParameterType)).Prepend(method.ReturnType);

    private static IEnumerable<TypeReference> Constraints(IGenericParameterProvider generic) =>
        generic.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType);

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider member)
    {
        foreach (var attribute in member.CustomAttributes)
        {
            yield return attribute.AttributeType;
            var arguments = attribute.ConstructorArguments
                .Concat(attribute.Properties.Select(property => property.Argument))
                .Concat(attribute.Fields.Select(field => field.Argument));
            foreach (var argument in arguments.Where(argument => argument.Value is TypeReference))
                yield return (TypeReference)argument.Value;
        }
    }

    private static IEnumerable<TypeReference> Body(MethodDefinition method)
    {
        if (!method.HasBody)
            return [];
        return method.Body.Variables.Select(local => local.VariableType)
            .Concat(method.Body.ExceptionHandlers.Select(handler => handler.CatchType).OfType<TypeReference>())
            .Concat(method.Body.Instructions.SelectMany(Operand));
    }

    private static IEnumerable<TypeReference> Operand(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments, .. Signature(method.ElementMethod)],
        MethodReference method => [method.DeclaringType, .. Signature(method)],
        CallSite site => Signature(site),
        _ => [],
    };

    /// <summary>The named types a written type is made of: <c>Task&lt;List&lt;App&gt;[]&gt;</c> is Task, List and App.</summary>
    public static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericParameter => [],
        GenericInstanceType generic => generic.GenericArguments.Prepend(generic.ElementType).SelectMany(Parts),
        FunctionPointerType pointer => Signature(pointer).SelectMany(Parts),
        RequiredModifierType modified => Parts(modified.ElementType).Concat(Parts(modified.ModifierType)),
        OptionalModifierType modified => Parts(modified.ElementType).Concat(Parts(modified.ModifierType)),
        TypeSpecification specification => Parts(specification.ElementType),
        _ => [type],
    };
}
