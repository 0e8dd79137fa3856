using System.Text.Json;

namespace KeyPass.Conformance;

/// <summary>Anthropic's SDK for JavaScript.</summary>
public sealed class AnthropicNodeTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string Base = "";

    private ISdk Sdk => run.Node("anthropic.mjs");

    [Theory]
    [InlineData("chat", "anthropic/chat.json")]
    [InlineData("tools", "anthropic/tools-1.json", "anthropic/tools-2.json")]
    [InlineData("vision", "anthropic/chat.json")]
    [InlineData("beta", "anthropic/chat.json")]
    [InlineData("stream", "anthropic/chat.sse")]
    [InlineData("stream-tools", "anthropic/tools.sse")]
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
    public Task A_stream_that_breaks_off_at_the_provider_breaks_off_for_the_program() =>
        Streams.AssertBreaksAsync(run, Sdk, Base, Replay.Of("anthropic/chat.sse"));

    [Theory]
    [InlineData("/v1")]
    [InlineData("/anthropic")]
    public async Task The_v1_of_other_SDKs_and_the_providers_own_name_at_the_end_of_the_base_address_do_no_harm(string ending)
    {
        run.Plays([Replay.Of("anthropic/chat.json")], () => int.MaxValue);
        var outcome = await Sdk.RunAsync("chat", run.ServerAddress + ending, run.VirtualKey);
        Assert.Null(outcome.Raised);
        Assert.Equal("POST /v1/messages", Assert.Single(run.Asked()).Line);
    }

    [Fact]
    public async Task It_lists_the_models_that_the_key_may_use_and_finds_one()
    {
        var scoped = await run.NewKeyAsync(new { models = new[] { "claude-sonnet-4-5*" } });
        var listed = await Sdk.RunAsync("models", run.ServerAddress + Base, scoped);
        var found = await Sdk.RunAsync("model", run.ServerAddress + Base, scoped);
        var names = JsonDocument.Parse(listed.Result!).RootElement.EnumerateArray().Select(model => model.GetProperty("id").GetString()!).ToList();
        Assert.Contains("claude-sonnet-4-5", names);
        Assert.All(names, name => Assert.StartsWith("claude-sonnet-4-5", name, StringComparison.Ordinal));
        Assert.Equal("claude-sonnet-4-5", JsonDocument.Parse(found.Result!).RootElement.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData(Noes.UnknownKey, "AuthenticationError", 401, "invalid_api_key", 1)]
    [InlineData(Noes.RevokedKey, "PermissionDeniedError", 403, "key_revoked", 1)]
    [InlineData(Noes.OtherModel, "PermissionDeniedError", 403, "model_not_allowed", 1)]
    [InlineData(Noes.RefusedProviderKey, "InternalServerError", 502, "provider_auth_failed", 1)]
    [InlineData(Noes.DeadProvider, "InternalServerError", 502, "provider_unreachable", 3)]
    public async Task Our_no_raises_its_own_exception_with_our_words_and_is_tried_again_only_where_that_can_help(
        string no, string type, int status, string code, int hits)
    {
        var outcome = await Noes.AskAsync(run, Sdk, no, "chat", Base, "anthropic/401.json");
        Noes.AssertOurs(outcome, type, status, code, hits);
    }

    [Theory]
    [InlineData("anthropic/429.json", "RateLimitError", 3)]
    [InlineData("anthropic/500.json", "InternalServerError", 3)]
    public Task The_providers_no_is_to_the_program_what_it_was_and_tried_as_often(string answer, string type, int hits) =>
        Noes.AssertTheirsAsync(run, Sdk, "chat", Base, answer, type, hits);
}
