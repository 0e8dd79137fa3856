namespace KeyPass.Conformance;

/// <summary>What somebody copies from the page of virtual keys works as it stands.</summary>
public sealed class SnippetTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string Said = "Hello – ¡olé! 你好 🎉";

    [Theory]
    [InlineData("curl", "openai/chat.json")]
    [InlineData("fetch", "openai/chat.json")]
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

    /// <summary>
    /// Not run are those in Python, of which no SDK is here; axios, which nothing else here needs; and settings of programs that ask for a person.
    /// Their addresses must be the ones that the others were run with.
    /// </summary>
    [Fact]
    public async Task Those_that_are_not_run_name_the_addresses_of_those_that_are()
    {
        var all = await Snippet.AllAsync(run.ServerAddress);
        string TextOf(string value) => Assert.Single(all, one => one.Value == value).Text;
        string Between(string value, string before, char after) => TextOf(value).Split(before)[1].Split(after)[0];
        var (openAi, anthropic) = (Between("openai-typescript", "baseURL: '", '\''), Between("anthropic-typescript", "baseURL: '", '\''));

        Assert.Equal(
            ["anthropic-python", "anthropic-typescript", "axios", "claude-code", "curl", "cursor", "environment", "fetch", "langchain-python",
                "openai-dotnet", "openai-python", "openai-typescript"],
            all.Select(one => one.Value).Order(StringComparer.Ordinal));
        foreach (var (value, named) in new[]
        {
            ("openai-python", $"base_url=\"{openAi}\""), ("langchain-python", $"base_url=\"{openAi}\""), ("anthropic-python", $"base_url=\"{anthropic}\""),
            ("axios", $"'{Between("fetch", "fetch('", '\'')}'"), ("cursor", $"Base URL: {openAi}"), ("claude-code", $"ANTHROPIC_BASE_URL=\"{anthropic}\""),
            ("environment", $"OPENAI_BASE_URL=\"{openAi}\""), ("environment", $"ANTHROPIC_BASE_URL=\"{anthropic}\""),
        })
            Assert.Contains(named, TextOf(value), StringComparison.Ordinal);
    }
}
