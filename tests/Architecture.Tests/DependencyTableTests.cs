using KeyPass.Architecture.Tests.Reading;
using Xunit;

namespace KeyPass.Architecture.Tests;

public class DependencyTableTests
{
    private const string Layers = "layer Link, Apps\nlayer Vault\nlayer Http\nlayer Sealing\npure Sealing\n";

    private const string WhatToDo =
        "move the code to the slice it belongs to. If the new direction is right, edit Rules/DependencyTable.txt: that is a design decision.";

    [Fact]
    public void A_slice_may_not_use_a_slice_that_the_table_does_not_list() =>
        Guard.FindsNothing(DependencyTable.Read().Compare(ServerAssembly.Read()), WhatToDo);

    [Fact]
    public void The_table_has_no_circle_and_no_edge_that_points_upward() =>
        Guard.FindsNothing(DependencyTable.Read().Problems(), WhatToDo);

    [Fact]
    public void A_pure_slice_uses_nothing_but_the_base_library() =>
        Guard.FindsNothing(DependencyTable.Read().Impurities(ServerAssembly.Read()), "hand the slice a value instead of the thing that fetches it.");

    [Fact]
    public void Control_a_planted_use_of_an_unlisted_slice_is_found_wherever_it_hides()
    {
        string[] hidingPlaces =
        [
            "class Hidden : Vault.Sealed {}",
            "class Hidden { Vault.Sealed? field; }",
            "class Hidden { Vault.Sealed[]? Property { get; set; } }",
            "class Hidden { void Take(List<Vault.Sealed> all) {} }",
            "class Hidden { void Take<T>() where T : Vault.Sealed {} }",
            "class Hidden { object Make() => new Vault.Sealed(); }",
            "class Hidden { Func<object> Make() => () => new Vault.Sealed(); }",
            "class Hidden { async Task<object> Make() { await Task.Yield(); return new Vault.Sealed(); } }",
            "class Hidden { IEnumerable<object> Make() { yield return new Vault.Sealed(); } }",
            "class Hidden { object Make() { object Local() => new Vault.Sealed(); return Local(); } }",
            "class Hidden { bool Is(object it) => it is Vault.Sealed; }",
            "class Hidden { void Catch() { try { Console.Write(1); } catch (Vault.Lost) {} } }",
            "class Hidden { string Name() => typeof(Dictionary<string, Vault.Sealed>).Name; }",
            "class Hidden { int Make() => Vault.Sealed.Shared; }",
            "[Vault.Mark(null)] class Hidden {}",
            "class Hidden { [Vault.Mark(typeof(int))] void Marked() {} }",
            "[System.Diagnostics.DebuggerTypeProxy(typeof(Vault.Sealed))] class Hidden {}",
            "class Hidden { class Nested { class Deeper { Vault.Sealed? field; } } }",
        ];
        var table = new DependencyTable((Layers + "Link ->\nVault ->").Split('\n'));
        foreach (var hidden in hidingPlaces)
        {
            var module = Planted.Module(Vault(), Planted.File("Hidden.cs", $"namespace KeyPass.Server.Link {{ {hidden} }}"));
            Guard.Finds(table.Compare(module), "Link -> Vault is not listed; used in KeyPass.Server.Link.Hidden");
        }
    }

    [Fact]
    public void Control_a_listed_edge_that_no_code_uses_is_stale()
    {
        var table = new DependencyTable((Layers + "Link -> Vault\nVault -> Http\nApps ->").Split('\n'));
        var module = Planted.Module(Vault(), Planted.File("Link.cs", "namespace KeyPass.Server.Link { class Uses { Vault.Sealed? field; } }"));
        Guard.Finds(table.Compare(module), "stale: Vault -> Http", "stale: Apps has a line");
    }

    [Fact]
    public void Control_a_slice_without_a_line_is_found() =>
        Guard.Finds(new DependencyTable(Layers.Split('\n')).Compare(Planted.Module(Vault())), "Vault has no line in the table");

    [Fact]
    public void Control_a_planted_circle_an_upward_edge_and_a_slice_without_a_layer_are_found()
    {
        var table = new DependencyTable((Layers + "Link -> Apps\nApps -> Link\nVault -> Link\nStray ->\nHttp -> Nowhere").Split('\n'));
        Guard.Finds(
            table.Problems(),
            "circle: Apps -> Link -> Apps",
            "Vault -> Link points upward",
            "Stray has a line but stands in no layer",
            "Http -> Nowhere: Nowhere stands in no layer");
    }

    [Fact]
    public void Control_a_pure_slice_with_a_clock_of_its_own_passes_and_one_with_a_network_does_not()
    {
        var table = new DependencyTable(Layers.Split('\n'));
        var clean = Planted.File(
            "Seal.cs", "namespace KeyPass.Server.Sealing { class Seal { System.Security.Cryptography.Aes? cipher; TimeProvider? clock; } }");
        var network = Planted.File("Leak.cs", "namespace KeyPass.Server.Sealing { class Leak { System.Net.Http.HttpClient? client; } }");
        var logger = Planted.File("Log.cs", "namespace KeyPass.Server.Sealing { class Log { Microsoft.Extensions.Logging.ILogger? log; } }");
        Guard.FindsNothing(table.Impurities(Planted.Module(clean)), "a clean slice passes");
        Guard.Finds(table.Impurities(Planted.Module(clean, network, logger)), "System.Net.Http.HttpClient", "Microsoft.Extensions.Logging.ILogger");
    }

    [Fact]
    public void Control_composition_may_use_every_slice_and_no_slice_may_use_composition()
    {
        var table = new DependencyTable((Layers + "Vault ->\nLink ->").Split('\n'));
        var program = Planted.File("Program.cs", "Console.Write(new KeyPass.Server.Vault.Sealed());\nnamespace KeyPass.Server { class Settings {} }");
        var upward = Planted.File("Link.cs", "namespace KeyPass.Server.Link { class Uses { Settings? settings; } }");
        Guard.Finds(table.Compare(Planted.Module(Vault(), program, upward)), "Link -> Program is not listed");
    }

    private static SourceFile Vault() => Planted.File("Vault.cs", """
        namespace KeyPass.Server.Vault
        {
            class Sealed { public const int Limit = 1; public static int Shared; }
            class Lost : Exception {}
            class MarkAttribute(Type? type) : Attribute { public Type? Type => type; }
        }
        """);
}
