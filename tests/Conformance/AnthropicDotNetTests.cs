using System.Text.Json;

namespace KeyPass.Conformance;

public sealed class AnthropicDotNetTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string Base = "";

    private static readonly AnthropicDotNet Sdk = new();

    [Theory]
    [InlineData("chat", "anthropic/chat.json")]
    [InlineData("tools", "anthropic/tools-1.json", "anthropic/tools-2.json")]
    [InlineData("stream", "anthropic/chat.sse")]
    [InlineData("stream", "anthropic/tools.sse")]
    [InlineData("count", "anthropic/count.json")]
    public async Task A_call_is_to_program_and_provider_what_it_was_without_us(string name, params string[] answers)
    {
        var outcome = await Unfelt.AssertAsync(run, Sdk, name, Base, [.. answers.Select(Replay.Of)]);
        Assert.Null(outcome.Raised);
    }

    [Fact]
    public Task The_first_event_of_a_stream_is_there_before_the_provider_has_sent_the_second() =>
        Streams.AssertFirstComesFirstAsync(run, Sdk, Base, Replay.Of("anthropic/chat.sse"));

    [Fact]
    public async Task It_lists_the_models_that_the_key_may_use()
    {
        var scoped = await run.NewKeyAsync(new { models = new[] { "claude-sonnet-4-5*" } });
        var listed = await Sdk.RunAsync("models", run.ServerAddress + Base, scoped);
        var names = JsonSerializer.Deserialize<List<string>>(listed.Result!)!;
        Assert.Contains("claude-sonnet-4-5", names);
        Assert.All(names, name => Assert.StartsWith("claude-sonnet-4-5", name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Noes.UnknownKey, "AnthropicUnauthorizedException", 401, "invalid_api_key", 1)]
    [InlineData(Noes.RevokedKey, "AnthropicForbiddenException", 403, "key_revoked", 1)]
    [InlineData(Noes.OtherModel, "AnthropicForbiddenException", 403, "model_not_allowed", 1)]
    [InlineData(Noes.RefusedProviderKey, "Anthropic5xxException", 502, "provider_auth_failed", 1)]
    [InlineData(Noes.DeadProvider, "Anthropic5xxException", 502, "provider_unreachable", 3)]
    public async Task Our_no_raises_its_own_exception_with_our_words_and_is_tried_again_only_where_that_can_help(
        string no, string type, int status, string code, int hits)
    {
        var outcome = await Noes.AskAsync(run, Sdk, no, "chat", Base, "anthropic/401.json");
        Noes.AssertOurs(outcome, type, status, code, hits);
    }

    [Theory]
    [InlineData("anthropic/429.json", "AnthropicRateLimitException", 3)]
    [InlineData("anthropic/500.json", "Anthropic5xxException", 3)]
    public Task The_providers_no_is_to_the_program_what_it_was_and_tried_as_often(string answer, string type, int hits) =>
        Noes.AssertTheirsAsync(run, Sdk, "chat", Base, answer, type, hits);
}
