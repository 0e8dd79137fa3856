using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KeyPass.Architecture.Tests.Reading;
using Xunit;

namespace KeyPass.Architecture.Tests;

public partial class PackageTests
{
    private static readonly string[] OurDependencies = ["dependencies", "devDependencies", "optionalDependencies"];

    [Fact]
    public void Every_package_version_has_its_reason() =>
        Guard.FindsNothing(
            WithoutReason(SourceTree.Get("Directory.Packages.props").Text),
            "write above it why the package is here, or take the package out.");

    [Fact]
    public void Every_npm_version_is_exact() =>
        Guard.FindsNothing(
            SourceTree.Texts.Where(file => file.Name == "package.json").SelectMany(Inexact),
            "write the version that was tested, without ^ ~ * or a range.");

    [Fact]
    public void Control_a_planted_package_without_a_reason_is_found()
    {
        const string planted = """
            <Project>
              <ItemGroup Label="Tests">
                <PackageVersion Include="Bare" Version="1.0.0" />
                <!-- Reads our own IL: dependency table, dead code. -->
                <PackageVersion Include="Explained" Version="1.0.0" />
                <PackageVersion Include="Follower" Version="1.0.0" />
                <!-- needed -->
                <PackageVersion Include="Labelled" Version="1.0.0" />
              </ItemGroup>
              <ItemGroup Label="Pinned by hand: the lowest version asked for is not on every feed">
                <PackageVersion Include="Pinned" Version="1.0.0" />
              </ItemGroup>
            </Project>
            """;
        Guard.Finds(WithoutReason(planted), "Bare 1.0.0", "Follower 1.0.0", "Labelled 1.0.0");
    }

    [Fact]
    public void Control_a_planted_version_range_is_found()
    {
        const string planted = """
            {
              "dependencies": { "a": "^1.0.0", "b": "1.0.0" },
              "devDependencies": { "c": "~1.0.0", "d": "*", "e": "1.0.0-beta.17", "f": "latest", "g": "1.x" },
              "peerDependencies": { "react": ">=18" }
            }
            """;
        Guard.Finds(Inexact(Planted.File("package.json", planted)), "a is ^1.0.0", "c is ~1.0.0", "d is *", "f is latest", "g is 1.x");
    }

    /// <summary>The reason stands directly above, or the group's label is one: a sentence, not a heading.</summary>
    private static IEnumerable<string> WithoutReason(string props) =>
        from version in XDocument.Parse(props).Descendants("PackageVersion")
        let label = version.Parent?.Attribute("Label")?.Value ?? ""
        where version.PreviousNode is not XComment { Value.Length: > Reasons.LeastLength } && label.Split(' ').Length < 4
        select $"Directory.Packages.props: {version.Attribute("Include")?.Value} {version.Attribute("Version")?.Value} has no reason above it";

    /// <summary>A range among <c>peerDependencies</c> is a promise to others and stays.</summary>
    private static IEnumerable<string> Inexact(SourceFile file) =>
        from kind in OurDependencies
        from one in JsonNode.Parse(file.Text)![kind]?.AsObject() ?? []
        let version = one.Value!.GetValue<string>()
        where !Exact().IsMatch(version)
        select $"{file.Path}: {one.Key} is {version}";

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$")]
    private static partial Regex Exact();
}
