using KeyPass.Architecture.Tests.Reading;
using Mono.Cecil;
using Xunit;

namespace KeyPass.Architecture.Tests;

public class SliceVisibilityTests
{
    [Fact]
    public void A_slice_is_internal()
    {
        var allowed = AllowList.Read("PublicTypes.txt");
        Guard.FindsNothing(
            [.. PublicTypes(ServerAssembly.Read(), allowed), .. allowed.Problems()],
            "make the type internal; what a framework needs public goes to Rules/PublicTypes.txt with the reason.");
    }

    [Fact]
    public void Control_a_planted_public_type_is_found_and_Program_may_be_public()
    {
        var module = Planted.Module(
            Planted.File("Program.cs", "Console.Write(1); public partial class Program;"),
            Planted.File("Vault.cs", "namespace KeyPass.Server.Vault { public class Shown { public class Nested; } class Hidden { public class Nested; } }"),
            Planted.File("Link.cs", "namespace KeyPass.Server.Link { public enum Named { One } }"));
        var allowed = AllowList.Of("KeyPass.Server.Link.* | planted for this control");
        Guard.Finds([.. PublicTypes(module, allowed), .. allowed.Problems()], "KeyPass.Server.Vault.Shown is public");
    }

    private static IEnumerable<string> PublicTypes(ModuleDefinition module, AllowList allowed) =>
        from type in ServerAssembly.OwnTypes(module)
        where type.IsPublic && type.FullName != "Program" && !allowed.Allows(type.FullName) && !allowed.Allows(type.Namespace + ".*")
        select $"{type.FullName} is public";
}
