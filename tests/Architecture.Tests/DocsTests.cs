using System.Reflection;
using KeyPass.Architecture.Tests.Reading;
using Xunit;

namespace KeyPass.Architecture.Tests;

public class DocsTests
{
    private static readonly SourceFile[] Documents = [.. SourceTree.Texts.Where(file => file.Is(".md"))];

    private static MarkdownDocs Docs => new(Documents, SourceTree.Paths, SourceTree.Get(".gitignore").Lines);

    [Fact]
    public void Every_link_in_the_documents_leads_somewhere() =>
        Guard.FindsNothing(Docs.DeadLinks(), "correct the link, or delete it.");

    [Fact]
    public void Every_file_the_documents_name_exists() =>
        Guard.FindsNothing(Docs.NamedButMissing(), "name the file as it is called now.");

    [Fact]
    public void Decisions_are_numbered_without_gaps_and_dated()
    {
        Assert.True(Documents.Any(document => document.IsUnder("docs/decisions")), "docs/decisions holds no decision yet.");
        Guard.FindsNothing(Docs.MisnumberedDecisions(), "each line says what is expected.");
    }

    [Fact]
    public void The_table_of_refusals_equals_the_code()
    {
        var list = Assembly.LoadFrom(ServerAssembly.Location).GetType("KeyPass.Server.Http.Refusals");
        Assert.True(list is not null, "KeyPass.Server.Http.Refusals is gone; tell this guard where the closed list lives now.");
        Guard.FindsNothing(
            Differences(MarkdownDocs.RefusalRows(SourceTree.Get("docs/REFUSALS.md")), RefusalsOf(list)),
            "docs/REFUSALS.md has one row for each static member of Refusals, with the same code and status.");
    }

    [Fact]
    public void Control_planted_dead_links_are_found_and_living_ones_pass()
    {
        SourceFile[] documents =
        [
            Planted.File("README.md", """
                # The `house`: layout & words
                ## Twice
                ## Twice
                [ok](docs/a.md) [ok](./docs/a.md#the-first-part) [ok](#twice-1) [ok](https://example.com/x) [ok](docs) [ok](src/A.cs#L10)
                [ok](#the-house-layout--words) ![ok](docs/a.md "with a title") [`code`](docs/a.md) `[not a link](nowhere.md)`
                [dead](docs/gone.md) [dead](docs/a.md#the-second-part) [dead](#thrice) [dead](../outside.md) <img src="docs/gone.png">
                [reference]: docs/gone-too.md
                ```
                [inside a fence](nowhere.md)
                ```
                """),
            Planted.File("docs/a.md", "# The first part\n[up](../README.md#twice) [dead](README.md)"),
        ];
        Guard.Finds(
            new MarkdownDocs(documents, ["README.md", "docs/a.md", "src/A.cs"], []).DeadLinks(),
            "README.md:6: link to docs/gone.md: there is no such file",
            "README.md:6: link to docs/a.md#the-second-part: docs/a.md has no heading",
            "README.md:6: link to #thrice",
            "README.md:6: link to ../outside.md",
            "README.md:6: link to docs/gone.png",
            "README.md:7: link to docs/gone-too.md",
            "docs/a.md:2: link to README.md");
    }

    [Fact]
    public void Control_planted_names_of_missing_files_are_found()
    {
        var document = Planted.File("README.md", """
            `src/Server/Program.cs` `src/Server/` `docs/a.md:12` `src/Server/wwwroot/app.js` `GET /v1/key` `src/**` `api/<name>`
            `src/Server/Gone.cs` is named, and so is `eng/gone`.
            """);
        Guard.Finds(
            new MarkdownDocs([document], ["src/Server/Program.cs", "docs/a.md"], ["/src/Server/wwwroot/", "bin/"]).NamedButMissing(),
            "README.md:2: `src/Server/Gone.cs`",
            "README.md:2: `eng/gone`");
    }

    [Fact]
    public void Control_planted_decisions_out_of_order_are_found()
    {
        SourceFile[] documents =
        [
            Planted.File("docs/decisions/0001-first.md", "# 0001 · First\n\nDate: 2026-11-20\n"),
            Planted.File("docs/decisions/0002-second.md", "# 2. Second\nDate: yesterday"),
            Planted.File("docs/decisions/0004-fourth.md", "# 0004 · Fourth\nDate: 2026-11-21"),
        ];
        Guard.Finds(
            new MarkdownDocs(documents, [], []).MisnumberedDecisions(),
            "0002-second.md: the first line reads",
            "0002-second.md: after the title stands",
            "0004-fourth.md: the next decision is called 0003-title.md");
    }

    [Fact]
    public void Control_planted_differences_between_table_and_code_are_found()
    {
        var table = Planted.File("docs/REFUSALS.md", """
            | Code | Status | When | What to do |
            |---|---|---|---|
            | `not_found` | 404 | always | look elsewhere |
            | `draining` | 500 | now | wait |
            | `gone` | 410 | never | nothing |
            | `not_found` | 404 | again | look elsewhere |
            """);
        var code = RefusalsOf(typeof(PlantedRefusals));
        Guard.Finds(
            Differences(MarkdownDocs.RefusalRows(table), code),
            "draining 503 has no row", "draining 500 is in no code", "gone 410 is in no code", "internal_error 500 has no row",
            "not_found has 2 rows", "draining is the code of two members");
    }

    private static IEnumerable<string> Differences(List<(string Code, int Status)> rows, List<(string Code, int Status)> members)
    {
        foreach (var (code, status) in members.Except(rows))
            yield return $"{code} {status} has no row in the table";
        foreach (var (code, status) in rows.Except(members))
            yield return $"{code} {status} is in no code";
        foreach (var group in rows.GroupBy(row => row.Code).Where(group => group.Count() > 1))
            yield return $"{group.Key} has {group.Count()} rows";
        foreach (var group in members.GroupBy(member => member.Code).Where(group => group.Count() > 1))
            yield return $"{group.Key} is the code of two members";
    }

    private static List<(string Code, int Status)> RefusalsOf(Type list)
    {
        const BindingFlags any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var values = list.GetFields(any).Where(field => field.FieldType.Name.EndsWith("Refusal", StringComparison.Ordinal))
            .Select(field => field.GetValue(null)!).ToList();
        Assert.NotEmpty(values);
        return [.. values.Select(value => (Read<string>(value, "Code"), Read<int>(value, "Status")))];
    }

    private static T Read<T>(object value, string property) =>
        (T)(value.GetType().GetProperty(property)?.GetValue(value) ?? throw new MissingMemberException(value.GetType().Name, property));

    private sealed record PlantedRefusal(string Code, int Status);

    private static class PlantedRefusals
    {
        public static readonly PlantedRefusal NotFound = new("not_found", 404);
        public static readonly PlantedRefusal Draining = new("draining", 503);
        public static readonly PlantedRefusal DrainingAgain = new("draining", 503);
        public static readonly PlantedRefusal InternalError = new("internal_error", 500);
    }
}
