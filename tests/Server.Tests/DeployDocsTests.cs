using System.Text.RegularExpressions;
using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace KeyPass.Server.Tests;

/// <summary>What an operator copies from our files must be what the server takes.</summary>
public sealed partial class DeployDocsTests
{
    private static readonly string Guide = Read("docs/how-to/deploy.md");

    [Fact]
    public void The_deployment_guide_has_a_row_for_every_setting_and_none_for_others()
    {
        // The server itself tells which it knows, when it is given one that it does not.
        var refusal = Assert.Throws<StartFailure>(() => Settings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection([new("KeyPass:Qqqqqqqqqqqqqqqq", "1")]).Build()));
        var known = SettingName().Matches(refusal.Message[refusal.Message.IndexOf("The settings are", StringComparison.Ordinal)..]);

        Assert.Equal(
            known.Select(match => match.Value).Order(StringComparer.Ordinal),
            SettingRow().Matches(Guide).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("deploy/Dockerfile")]
    [InlineData("deploy/compose.yaml")]
    [InlineData("deploy/keypass.service")]
    public void The_deployment_files_name_only_settings_that_exist(string file)
    {
        foreach (Match setting in SettingName().Matches(Read(file)))
            Assert.Contains($"| `{setting.Value}` |", Guide, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_the_Dockerfile_copies_exists()
    {
        var sources = CopyLine().Matches(Read("deploy/Dockerfile"))
            .SelectMany(match => match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();

        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.True(Path.Exists(Path.Combine(Artifacts.RepositoryRoot, source)), source));
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Artifacts.RepositoryRoot, path));

    [GeneratedRegex(@"KeyPass__[A-Za-z]+(?:__[A-Za-z]+)*")]
    private static partial Regex SettingName();

    [GeneratedRegex(@"(?m)^\| `(KeyPass__[A-Za-z]+(?:__[A-Za-z]+)*)` \|")]
    private static partial Regex SettingRow();

    /// <summary>COPY from this repository (not from an earlier stage): all words but the last are sources.</summary>
    [GeneratedRegex(@"(?m)^COPY (?!--from)(.+) \S+$")]
    private static partial Regex CopyLine();
}
