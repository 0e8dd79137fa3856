using System.Text.Json;

namespace KeyPass.Conformance;

/// <summary>Google's SDK for JavaScript.</summary>
public sealed class GoogleNodeTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string Base = "";

    private ISdk Sdk => run.Node("google.mjs");

    [Theory]
    [InlineData("chat", "google/chat.json")]
    [InlineData("chat-with-patience", "google/chat.json")]
    [InlineData("tools", "google/tools-1.json", "google/tools-2.json")]
    [InlineData("vision", "google/chat.json")]
    [InlineData("stream", "google/chat.sse")]
    [InlineData("embeddings", "google/embeddings.json")]
    [InlineData("count", "google/count.json")]
    public async Task A_call_is_to_program_and_provider_what_it_was_without_us(string name, params string[] answers)
    {
        var outcome = await Unfelt.AssertAsync(run, Sdk, name, Base, [.. answers.Select(Replay.Of)]);
        Assert.Null(outcome.Raised);
    }

    [Theory]
    [InlineData("/gemini")]
    [InlineData("/google")]
    public async Task The_providers_own_name_at_the_end_of_the_base_address_does_no_harm(string ending)
    {
        run.Plays([Replay.Of("google/chat.json")], () => int.MaxValue);
        var outcome = await Sdk.RunAsync("chat", run.ServerAddress + ending, run.VirtualKey);
        Assert.Null(outcome.Raised);
        Assert.Equal("POST /v1beta/models/gemini-2.5-flash:generateContent", Assert.Single(run.Asked()).Line);
    }

    [Fact]
    public Task The_first_event_of_a_stream_is_there_before_the_provider_has_sent_the_second() =>
        Streams.AssertFirstComesFirstAsync(run, Sdk, Base, Replay.Of("google/chat.sse"), betweenEvents: "\r\n\r\n");

    [Fact]
    public Task A_stream_that_breaks_off_at_the_provider_breaks_off_for_the_program() =>
        Streams.AssertBreaksAsync(run, Sdk, Base, Replay.Of("google/chat.sse"), betweenEvents: "\r\n\r\n");

    [Fact]
    public async Task It_lists_the_models_that_the_key_may_use_and_finds_one()
    {
        var scoped = await run.NewKeyAsync(new { models = new[] { "gemini-2.5-flash*" } });
        var listed = await Sdk.RunAsync("models", run.ServerAddress + Base, scoped);
        var found = await Sdk.RunAsync("model", run.ServerAddress + Base, scoped);
        var names = JsonDocument.Parse(listed.Result!).RootElement.EnumerateArray().Select(model => model.GetProperty("name").GetString()!).ToList();
        Assert.Contains("models/gemini-2.5-flash", names);
        Assert.All(names, name => Assert.StartsWith("models/gemini-2.5-flash", name, StringComparison.Ordinal));
        Assert.Equal("models/gemini-2.5-flash", JsonDocument.Parse(found.Result!).RootElement.GetProperty("name").GetString());
    }

    [Theory]
    [InlineData(Noes.UnknownKey, "ApiError", 401, "invalid_api_key", 1)]
    [InlineData(Noes.RevokedKey, "ApiError", 403, "key_revoked", 1)]
    [InlineData(Noes.OtherModel, "ApiError", 403, "model_not_allowed", 1)]
    [InlineData(Noes.RefusedProviderKey, "ApiError", 502, "provider_auth_failed", 1)]
    [InlineData(Noes.DeadProvider, "ApiError", 502, "provider_unreachable", 1)]
    public async Task Our_no_raises_its_own_exception_with_our_words_and_is_tried_again_only_where_that_can_help(
        string no, string type, int status, string code, int hits)
    {
        var outcome = await Noes.AskAsync(run, Sdk, no, "chat", Base, "google/400.json");
        Noes.AssertOurs(outcome, type, status, code, hits);
    }

    [Theory]
    [InlineData("google/429.json", "ApiError", 1)]
    [InlineData("google/500.json", "ApiError", 1)]
    public Task The_providers_no_is_to_the_program_what_it_was_and_tried_as_often(string answer, string type, int hits) =>
        Noes.AssertTheirsAsync(run, Sdk, "chat", Base, answer, type, hits);
}
