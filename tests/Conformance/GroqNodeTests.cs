using System.Text.Json;

namespace KeyPass.Conformance;

/// <summary>Groq's SDK for JavaScript, which writes /openai/v1 after whatever base address it is given.</summary>
public sealed class GroqNodeTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string Base = "";

    private ISdk Sdk => run.Node("groq.mjs");

    [Theory]
    [InlineData("chat", "groq/chat.json")]
    [InlineData("tools", "groq/tools-1.json", "groq/tools-2.json")]
    [InlineData("vision", "groq/chat.json")]
    [InlineData("stream", "groq/chat.sse")]
    [InlineData("transcription", "groq/transcription.json")]
    public async Task A_call_is_to_program_and_provider_what_it_was_without_us(string name, params string[] answers)
    {
        var outcome = await Unfelt.AssertAsync(run, Sdk, name, Base, [.. answers.Select(Replay.Of)]);
        Assert.Null(outcome.Raised);
    }

    [Fact]
    public async Task A_sound_comes_back_byte_for_byte()
    {
        var outcome = await Unfelt.AssertAsync(run, Sdk, "speech", Base, Replay.Sound);
        Assert.Contains(Convert.ToBase64String(Replay.Sound.Body), outcome.Result!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_providers_own_name_at_the_end_of_the_base_address_does_no_harm()
    {
        run.Plays([Replay.Of("groq/chat.json")], () => int.MaxValue);
        var outcome = await Sdk.RunAsync("chat", run.ServerAddress + "/groq", run.VirtualKey);
        Assert.Null(outcome.Raised);
        Assert.Equal("POST /openai/v1/chat/completions", Assert.Single(run.Asked()).Line);
    }

    [Fact]
    public Task The_first_event_of_a_stream_is_there_before_the_provider_has_sent_the_second() =>
        Streams.AssertFirstComesFirstAsync(run, Sdk, Base, Replay.Of("groq/chat.sse"));

    [Fact]
    public Task A_stream_that_breaks_off_at_the_provider_breaks_off_for_the_program() =>
        Streams.AssertBreaksAsync(run, Sdk, Base, Replay.Of("groq/chat.sse"));

    [Fact]
    public async Task It_lists_the_models_that_the_key_may_use()
    {
        var scoped = await run.NewKeyAsync(new { models = new[] { "llama-3.3-70b*" } });
        var listed = await Sdk.RunAsync("models", run.ServerAddress + Base, scoped);
        var names = JsonDocument.Parse(listed.Result!).RootElement.EnumerateArray().Select(model => model.GetProperty("id").GetString()!).ToList();
        Assert.Contains("llama-3.3-70b-versatile", names);
        Assert.All(names, name => Assert.StartsWith("llama-3.3-70b", name, StringComparison.Ordinal));
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
        var outcome = await Noes.AskAsync(run, Sdk, no, "chat", Base, "groq/401.json");
        Noes.AssertOurs(outcome, type, status, code, hits);
    }

    [Theory]
    [InlineData("groq/429.json", "RateLimitError", 3)]
    [InlineData("groq/500.json", "InternalServerError", 3)]
    public Task The_providers_no_is_to_the_program_what_it_was_and_tried_as_often(string answer, string type, int hits) =>
        Noes.AssertTheirsAsync(run, Sdk, "chat", Base, answer, type, hits);
}
