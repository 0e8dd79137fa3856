using KeyPass.Architecture.Tests.Reading;
using Mono.Cecil;
using Xunit;

namespace KeyPass.Architecture.Tests;

/// <summary>
/// A cipher object that two threads use at once gives wrong plaintexts without an error. What no field holds, no two threads share;
/// one that a method makes for itself lies on its own stack.
/// </summary>
public class CipherFieldTests
{
    private const string Cryptography = "System.Security.Cryptography";

    [Fact]
    public void No_field_holds_a_cipher_object() =>
        Guard.FindsNothing(Held(ServerAssembly.Read()), "make the object where it is used, and dispose of it there.");

    [Fact]
    public void Control_a_planted_field_is_found_in_whatever_holds_it()
    {
        var module = Planted.Module(
            Planted.File("Aead.cs", """
                using System.Security.Cryptography;
                namespace KeyPass.Server.Sealing
                {
                    class Shared { static readonly AesGcm Kept = new(new byte[32], 16); HashAlgorithmName harmless = HashAlgorithmName.SHA256; }
                    class Pooled { ThreadLocal<AesGcm> one = new(); AesGcm[] many = []; }
                    class Captured { Func<int> Later(AesGcm cipher) => () => cipher.GetHashCode(); }
                }
                """));
        Guard.Finds(Held(module), "Shared.Kept", "Pooled.one", "Pooled.many", "cipher");
    }

    private static IEnumerable<string> Held(ModuleDefinition module) =>
        from outermost in ServerAssembly.OwnTypes(module)
        from type in ServerAssembly.WithNested(outermost)
        from field in type.Fields
        where Named(field.FieldType).Any(IsCipher)
        select $"{type.FullName}.{field.Name} holds a {field.FieldType.Name}";

    /// <summary>The type itself, and what it is made of: of an array its elements, of a generic its arguments.</summary>
    private static IEnumerable<TypeReference> Named(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Named).Append(generic.ElementType),
        TypeSpecification specification => Named(specification.ElementType),
        _ => [type],
    };

    /// <summary>Values of that namespace (the name of a hash, say) hold no state.</summary>
    private static bool IsCipher(TypeReference type) => type.Namespace == Cryptography && !type.IsValueType;
}
