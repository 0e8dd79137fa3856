using KeyPass.Architecture.Tests.Reading;
using Xunit;

namespace KeyPass.Architecture.Tests;

public class DeadCodeTests
{
    [Fact]
    public void Nothing_in_the_server_is_unused()
    {
        var allowed = AllowList.Read("DeadCodeAllowed.txt");
        SourceFile[] code = [.. SourceTree.ServerCode.Where(file => !file.IsUnder("src/Server/Persistence/Migrations"))];
        Guard.FindsNothing(
            [.. new DeadCode(ServerAssembly.Read(), allowed).Find(), .. DeadCode.UnusedConstants(code, allowed), .. allowed.Problems()],
            "delete it: a use in tests only is no use. What a framework calls by its name goes to Rules/DeadCodeAllowed.txt with the reason.");
    }

    [Fact]
    public void Control_planted_dead_code_is_found()
    {
        var findings = InProgram("Console.Write(new Live(1, 2).Used()); Console.Write(Refusals.Used.Code); new Writer().Value = 1;", """
            class Dead { int Inner() => 1; }
            class DeadCircleA { object Other() => new DeadCircleB(); }
            class DeadCircleB { object Other() => new DeadCircleA(); }
            record Live(int Read, int Unread)
            {
                private int _stored = 1;
                public int Used() { _stored = 2; return Read; }
                private int Recursive(int depth) => depth == 0 ? 0 : Recursive(depth - 1);
                private async Task Async() { await Task.Yield(); }
                public static int Unasked => 1;
                public class NestedDead;
            }
            record Refusal(string Code);
            static class Refusals { public static readonly Refusal Used = new("a"); public static readonly Refusal Unsaid = new("b"); }
            class Writer { public int Value { get; set; } }
            """);
        Guard.Finds(
            findings,
            "Vault.Dead is never used", "Vault.DeadCircleA is never used", "Vault.DeadCircleB is never used", "Vault.Live.Unread is never read",
            "Vault.Live._stored is never read", "Vault.Live.Recursive is never called", "Vault.Live.Async is never called",
            "Vault.Live.Unasked is never read", "Vault.Live.NestedDead is never used", "Vault.Refusals.Unsaid is never read",
            "Vault.Writer.Value is never read");
    }

    [Fact]
    public void Control_code_that_is_used_in_roundabout_ways_passes()
    {
        var findings = InProgram("""
            Console.Write(new Child().ToString() + new Child().Compare() + new Child().CompareTo(null));
            Console.Write(new Child().All().Count() + await new Child().Later());
            """, """
            abstract class Parent { public abstract int Part(); public override string ToString() => Part() + Name(); string Name() => "a"; }
            class Child : Parent, IComparable
            {
                public override int Part() => Local();
                static int Local() => 1;
                public int CompareTo(object? other) => Deep();
                int Deep() => 2;
                public bool Compare() => new Dictionary<Cell, int>().ContainsKey(new Cell(1, 2));
                public IEnumerable<int> All() { yield return FromIterator(); }
                int FromIterator() => 3;
                public async Task<int> Later() { await Task.Yield(); return new[] { 1 }.Select(FromLambda).Sum(); }
                static int FromLambda(int number) => number + (new Span(1, 2) is (var from, _) ? from : 0);
            }
            record struct Cell(int Budget, int Window);
            record Span(int From, int To);
            """);
        Guard.FindsNothing(findings, "all of it is used");
    }

    [Fact]
    public void Control_members_on_the_wire_pass_and_their_neighbours_do_not()
    {
        var findings = InProgram("""
            var app = Microsoft.AspNetCore.Builder.WebApplication.CreateBuilder().Build();
            app.MapPost("/links", Endpoints.Create);
            Console.Write(new OffWire(1).Read);
            """, """
            static class Endpoints
            {
                public static Microsoft.AspNetCore.Http.IResult Create(CreateBody body) => Envelope.Ok(new Answer(1, [new Part(2)]));
            }
            static class Envelope
            {
                public static Microsoft.AspNetCore.Http.IResult Ok<T>(T body) => Microsoft.AspNetCore.Http.Results.Json(body);
            }
            record CreateBody(string Name) { int Unasked() => 1; }
            record Answer(int Id, List<Part> Parts);
            record Part(int Size);
            record OffWire(int Read) { public int Extra { get; init; } }
            """);
        Guard.Finds(findings, "Vault.CreateBody.Unasked is never called", "Vault.OffWire.Extra is never read");
    }

    [Fact]
    public void Control_EF_finds_mappings_by_itself_and_the_rows_they_map_are_filled()
    {
        var findings = InProgram("Console.Write(typeof(LinkStore));", """
            class LinkStore
            {
                class Row { public int Id { get; set; } public int Unread { get; set; } }
                class Mapping : Microsoft.EntityFrameworkCore.IEntityTypeConfiguration<Row>
                {
                    public void Configure(Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Row> builder) => builder.HasKey(row => row.Id);
                }
            }
            """);
        Guard.FindsNothing(findings, "EF uses all of it");
    }

    [Fact]
    public void Control_planted_unused_constants_and_enum_members_are_found()
    {
        SourceFile[] files =
        [
            Planted.File("src/Server/Vault/Limits.cs", """
                class Limits { public const int Most = 1; public const int Unused = 2; const int Shadowed = 3; }
                enum Custody { Sealed, Managed, Lost }
                """),
            Planted.File("src/Server/Vault/Other.cs", """
                class Other { object A => Limits.Most; object B => Vault.Custody.Sealed; object C => it is Custody.Managed; object D => Elsewhere.Shadowed; }
                """),
        ];
        Guard.Finds(DeadCode.UnusedConstants(files, AllowList.Of()), "Limits.Unused", "Limits.Shadowed", "Custody.Lost");
    }

    [Fact]
    public void Control_an_allowed_member_passes()
    {
        var allowed = AllowList.Of("KeyPass.Server.Vault.Dead | planted for this control");
        Guard.FindsNothing([.. InProgram("", "class Dead;", allowed), .. allowed.Problems()], "it is allowed");
    }

    private static List<string> InProgram(string statements, string types, AllowList? allowed = null)
    {
        var module = Planted.Module(
            Planted.File("src/Server/Program.cs", $"using KeyPass.Server.Vault; using Microsoft.AspNetCore.Builder; Console.Write(1);\n{statements}"),
            Planted.File("src/Server/Vault/Planted.cs", $"namespace KeyPass.Server.Vault;\n{types}"));
        return [.. new DeadCode(module, allowed ?? AllowList.Of()).Find()];
    }
}
