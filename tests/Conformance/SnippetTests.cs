namespace KeyPass.Conformance;

/// <summary>What somebody copies from the page of virtual keys works as it stands.</summary>
public sealed class SnippetTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string Said = "Hello – ¡olé! 你好 🎉";

    [Theory]
    [InlineData("curl", "openai/chat.json")]
    [InlineData("openai-typescript", "openai/chat.json")]
    [InlineData("openai-dotnet", "openai/chat.json")]
    [InlineData("anthropic-typescript", "anthropic/chat.json")]
    public async Task It_prints_what_the_provider_says(string value, string answer)
    {
        run.Plays([Replay.Of(answer)], () => int.MaxValue);
        var snippet = Assert.Single(await Snippet.AllAsync(run.ServerAddress), one => one.Value == value);

        Assert.Contains(Said, await snippet.RunAsync(run.VirtualKey), StringComparison.Ordinal);

        var asked = Assert.Single(run.Asked());
        Assert.Contains("Say hello", asked.Text, StringComparison.Ordinal);
        Assert.Single(asked.Headers.Values, sent => sent.EndsWith(ConformanceRun.ProviderKey, StringComparison.Ordinal));
    }

    /// <summary>No SDK for Python is here: its address must be the one that the others were run with.</summary>
    [Fact]
    public async Task None_is_there_that_is_not_run_but_those_in_Python_which_name_the_same_addresses()
    {
        var all = await Snippet.AllAsync(run.ServerAddress);

        Assert.Equal(
            ["anthropic-python", "anthropic-typescript", "curl", "openai-dotnet", "openai-python", "openai-typescript"],
            all.Select(one => one.Value).Order(StringComparer.Ordinal));
        foreach (var (python, other) in new[] { ("openai-python", "openai-typescript"), ("anthropic-python", "anthropic-typescript") })
            Assert.Contains($"base_url=\"{AddressIn(other)}\"", all.Single(one => one.Value == python).Text, StringComparison.Ordinal);

        string AddressIn(string value) => all.Single(one => one.Value == value).Text.Split("baseURL: '")[1].Split('\'')[0];
    }
}
