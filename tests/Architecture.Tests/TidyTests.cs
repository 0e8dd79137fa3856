using KeyPass.Architecture.Tests.Reading;
using Xunit;

namespace KeyPass.Architecture.Tests;

public class TidyTests
{
    private const string WhatToDo = "each line says it. A name the base library forces on us goes to Rules/TidyAllowed.txt with the reason.";

    private static IEnumerable<SourceFile> Code => SourceTree.Texts.Where(file => file.Is(".cs") && !file.IsUnder("src/Server/Persistence/Migrations"));

    [Fact]
    public void Code_is_tidy()
    {
        var allowed = AllowList.Read("TidyAllowed.txt");
        Guard.FindsNothing([.. Code.SelectMany(file => new TidyCode(file, allowed).Findings()), .. allowed.Problems()], WhatToDo);
    }

    [Fact]
    public void Text_is_tidy_and_names_no_local_path_and_no_package_registry() =>
        Guard.FindsNothing(SourceTree.Texts.SelectMany(TidyText.Findings), WhatToDo);

    [Fact]
    public void An_interface_has_more_than_one_implementation() =>
        Guard.FindsNothing(
            TidyCode.LonelyInterfaces([.. SourceTree.ServerCode], [.. SourceTree.Texts.Where(file => file.IsUnder("tests") && file.Is(".cs"))]),
            "delete the interface and name the class after it.");

    [Fact]
    public void Control_planted_untidy_code_is_found()
    {
        var findings = InCode("src/Server/Vault/Planted.cs", $$"""
            class KeyManager;
            record LinkInfo(string Token);
            enum Kind { Key }
            interface IImpl;
            class Clean
            {
                int key;
                int Token { get; set; }
                void Method(string token) { foreach (var key in "") { } var (Key, other) = (1, 2); }
                Func<int, int> lambda = key => key;
                bool Try(object it) => it is string token;
                #region hidden
                #endregion
            #pragma warning disable CA1000
                void Long()
                {
            {{Blank(TidyCode.MethodLines)}}
                }
                [SuppressMessage("A", "B")] void Suppressed() {}
                [Fact(Skip = "later")] void Skipped() {}
            }
            """);
        Guard.Finds(
            findings,
            ":1: type KeyManager", ":2: type LinkInfo", ":2: \"Token\"", ":3: \"Key\"", ":4: type IImpl", ":7: \"key\"", ":8: \"Token\"",
            ":9: \"token\"", ":9: \"key\"", ":9: \"Key\"", ":10: \"key\"", ":11: \"token\"", ":12: a #region", ":14: a suppression",
            ":15: a member of 73 lines", "88: a suppression", "89: a test that never runs");
    }

    [Fact]
    public void Control_clean_code_passes()
    {
        Guard.FindsNothing(
            InCode("src/Server/Vault/Planted.cs", $$"""
                class Metadata;
                record Custody(string AccessToken, string KeyId);
                class Clean
                {
                #pragma warning disable CA1000 // the analyzer does not see the generated half
                #pragma warning restore CA1000
                    // The interop layout is given by the operating system.
                    [SuppressMessage("A", "B")] void Suppressed() {}
                    [SuppressMessage("A", "B", Justification = "the caller owns the stream")] void Justified() {}
                    void Long()
                    {
                {{Blank(TidyCode.MethodLines - 3)}}
                    }
                }
                """),
            "nothing in it is untidy");
        Guard.FindsNothing(InCode("tests/Planted.cs", "class Clean { int token; int Key; }"), "tests may use the bare words");
    }

    [Fact]
    public void Control_a_name_on_the_allow_list_passes()
    {
        var allowed = AllowList.Of("type LinkInfo | forced by the base library", "name src/A.cs Key | implements the base library's IGrouping");
        var file = Planted.File("src/A.cs", "class LinkInfo { int Key { get; } }");
        Guard.FindsNothing([.. new TidyCode(file, allowed).Findings(), .. allowed.Problems()], "both are allowed");
    }

    [Fact]
    public void Control_planted_untidy_text_is_found()
    {
        Guard.Finds(InText("src/Server/Planted.cs", Blank(TidyText.FileLines + 1)), "401 lines");
        Guard.Finds(InText("src/Dashboard/a.css", new string('x', TidyText.LineCharacters + 1)), "161 characters");
        Guard.Finds(InText("run", "# TO" + "DO: later"), "is a promise to nobody");
        Guard.Finds(InText("README.md", "This is a HA" + "CK."), "is a promise to nobody");
        Guard.Finds(InText("docs/a.md", "see /wo" + "rk/main"), "on one machine only");
        Guard.Finds(InText("a.json", "\"file:///ro" + "ot/x\""), "on one machine only");
        Guard.Finds(InText("eng/check", "cd /ho" + "me/alice"), "on one machine only");
        Guard.Finds(InText("package-lock.json", "\"reso" + "lved\": \"https://mirror.example/x.tgz\""), "one registry of many");
        Guard.Finds(InText(".npmrc", "registry=https://regis" + "try.npmjs.org"), "one registry of many");
        Guard.Finds(InText("src/a.ts", "// eslint-disable-next-line no-eval"), "a suppression without its reason");
        Guard.Finds(InText("src/a.ts", "/* eslint-disable no-eval -- why */"), "a suppression without its reason");
        Guard.Finds(InText("src/a.ts", "const one = 1;\n// @ts-expect-error"), "a suppression without its reason");
        Guard.Finds(InText("src/a.csproj", "<NoWarn>CS1</NoWarn>"), "a suppression without its reason");
        Guard.Finds(InText("tests/a.test.ts", "test.only('x', () => {})"), "runs alone");
        Guard.Finds(InText("tests/a.test.ts", "describe.each([1]).skip('x', () => {})\nit.skip('y')"), "runs alone");
        Guard.Finds(InText("src/a.ts", "export interface UserData {"), "type UserData");
    }

    [Fact]
    public void Control_clean_text_passes()
    {
        (string Path, string Text)[] clean =
        [
            ("src/Server/Planted.cs", Blank(TidyText.FileLines)),
            ("docs/a.md", new string('x', 300)),
            ("docs/a.md", "We do not leave `TO" + "DO` behind; see https://example.com/wo" + "rk/main and src/ro" + "ot/a.md"),
            ("run", "cd \"$HOME/wo" + "rk/x\""),
            ("src/a.ts", "// eslint-disable-next-line no-eval -- the test needs the browser's own parser"),
            ("src/a.ts", "// The type of this event is wrong in the DOM library.\n// @ts-expect-error"),
            ("src/a.ts", "// @ts-expect-error the DOM library lacks this overload"),
            ("src/a.ts", "items.skip(1); registry.find(2); const metadata = 1;"),
            ("a.props", "<!-- the SDK turns it on again for itself -->\n<NoWarn>CS1591</NoWarn>"),
        ];
        Guard.FindsNothing(clean.SelectMany(one => InText(one.Path, one.Text)), "nothing in it is untidy");
    }

    [Fact]
    public void Control_a_planted_interface_with_one_implementation_is_found()
    {
        SourceFile[] server =
        [
            Planted.File("src/Server/A.cs", "interface IOne {} class One : Vault.IOne {} interface ITwo<T> {} class A : ITwo<int> {} class B : ITwo<int> {}"),
            Planted.File("src/Server/B.cs", "interface IFaked {} class Real : IFaked {}"),
        ];
        SourceFile[] tests = [Planted.File("tests/Fake.cs", "class Fake : IFaked {}")];
        Guard.Finds(TidyCode.LonelyInterfaces(server, tests), "interface IOne has exactly one implementation");
    }

    private static List<string> InCode(string path, string text) => [.. new TidyCode(Planted.File(path, text), AllowList.Of()).Findings()];

    private static IEnumerable<string> InText(string path, string text) => TidyText.Findings(Planted.File(path, text));

    private static string Blank(int count) => string.Join("\n", Enumerable.Repeat("//", count));
}
