using KeyPass.Architecture.Tests.Reading;
using Xunit;

namespace KeyPass.Architecture.Tests;

/// <summary>A guard that looks at nothing finds nothing: these make sure there is something to look at.</summary>
public class ReadingTests
{
    [Fact]
    public void The_guards_see_the_source()
    {
        Assert.Contains(SourceTree.ServerCode, file => file.Path == "src/Server/Program.cs");
        Assert.Contains(SourceTree.Texts, file => file.Path == "tests/Architecture.Tests/ReadingTests.cs");
        Assert.Contains(SourceTree.Texts, file => file.Is(".md"));
        Assert.DoesNotContain(SourceTree.Paths, path => path.Contains("node_modules/", StringComparison.Ordinal));
    }

    [Fact]
    public void The_guards_see_the_compiled_server()
    {
        var slices = ServerAssembly.OwnTypes(ServerAssembly.Read()).Select(type => ServerAssembly.SliceOf(type)!).ToHashSet();
        Assert.Superset(new HashSet<string> { "Http", "Persistence", ServerAssembly.Composition }, slices);
    }

    [Fact]
    public void A_copy_of_the_source_without_git_is_read_as_well() =>
        Assert.Empty(SourceTree.Paths.Except(SourceTree.PathsWithoutGit));
}
