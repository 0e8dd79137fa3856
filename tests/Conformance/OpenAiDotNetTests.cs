using System.Text.Json;

namespace KeyPass.Conformance;

public sealed class OpenAiDotNetTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string Base = "/v1";

    private static readonly OpenAiDotNet Sdk = new();

    [Theory]
    [InlineData("chat", "openai/chat.json")]
    [InlineData("tools", "openai/tools-1.json", "openai/tools-2.json")]
    [InlineData("vision", "openai/chat.json")]
    [InlineData("stream", "openai/chat.sse")]
    [InlineData("responses", "openai/responses.json")]
    [InlineData("responses-stream", "openai/responses.sse")]
    [InlineData("embeddings", "openai/embeddings.json")]
    [InlineData("images", "openai/images.json")]
    [InlineData("transcription", "openai/transcription.json")]
    [InlineData("moderations", "openai/moderations.json")]
    public async Task A_call_is_to_program_and_provider_what_it_was_without_us(string name, params string[] answers)
    {
        var outcome = await Unfelt.AssertAsync(run, Sdk, name, Base, [.. answers.Select(Replay.Of)]);
        Assert.Null(outcome.Raised);
    }

    [Fact]
    public async Task A_sound_comes_back_byte_for_byte()
    {
        var outcome = await Unfelt.AssertAsync(run, Sdk, "speech", Base, Replay.Sound);
        Assert.Equal(Replay.Sound.Body, JsonSerializer.Deserialize<byte[]>(outcome.Result!));
    }

    [Fact]
    public Task The_first_event_of_a_stream_is_there_before_the_provider_has_sent_the_second() =>
        Streams.AssertFirstComesFirstAsync(run, Sdk, Base, Replay.Of("openai/chat.sse"));

    [Fact]
    public async Task It_lists_the_models_that_the_key_may_use()
    {
        var scoped = await run.NewKeyAsync(new { models = new[] { "gpt-4o-mini*" } });
        var listed = await Sdk.RunAsync("models", run.ServerAddress + Base, scoped);
        var names = JsonSerializer.Deserialize<List<string>>(listed.Result!)!;
        Assert.Contains("gpt-4o-mini", names);
        Assert.All(names, name => Assert.StartsWith("gpt-4o-mini", name, StringComparison.Ordinal));
    }

    /// <summary>This SDK heeds no <c>x-should-retry</c>: it tries every 502 three more times.</summary>
    [Theory]
    [InlineData(Noes.UnknownKey, 401, "invalid_api_key", 1)]
    [InlineData(Noes.RevokedKey, 403, "key_revoked", 1)]
    [InlineData(Noes.OtherModel, 403, "model_not_allowed", 1)]
    [InlineData(Noes.RefusedProviderKey, 502, "provider_auth_failed", 4)]
    [InlineData(Noes.DeadProvider, 502, "provider_unreachable", 4)]
    public async Task Our_no_raises_its_own_exception_with_our_words_and_is_tried_again_also_where_that_cannot_help(
        string no, int status, string code, int hits)
    {
        var outcome = await Noes.AskAsync(run, Sdk, no, "chat", Base, "openai/401.json");
        Noes.AssertOurs(outcome, "ClientResultException", status, code, hits);
    }

    [Theory]
    [InlineData("openai/429.json", 4)]
    [InlineData("openai/500.json", 4)]
    public Task The_providers_no_is_to_the_program_what_it_was_and_tried_as_often(string answer, int hits) =>
        Noes.AssertTheirsAsync(run, Sdk, "chat", Base, answer, "ClientResultException", hits);
}
