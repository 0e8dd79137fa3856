using System.Text.Json;

namespace KeyPass.Conformance;

/// <summary>OpenAI's SDK for JavaScript.</summary>
public sealed class OpenAiNodeTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string Base = "/v1";

    private ISdk Sdk => run.Node("openai.mjs");

    [Theory]
    [InlineData("chat", "openai/chat.json")]
    [InlineData("tools", "openai/tools-1.json", "openai/tools-2.json")]
    [InlineData("vision", "openai/chat.json")]
    [InlineData("stream", "openai/chat.sse")]
    [InlineData("stream-with-usage", "openai/chat.sse")]
    [InlineData("stream-tools", "openai/tools.sse")]
    [InlineData("responses", "openai/responses.json")]
    [InlineData("responses-stream", "openai/responses.sse")]
    [InlineData("responses-count", "openai/count.json")]
    [InlineData("completions", "openai/completions.json")]
    [InlineData("embeddings", "openai/embeddings.json")]
    [InlineData("images", "openai/images.json")]
    [InlineData("image-edits", "openai/images.json")]
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
        Assert.Contains(Convert.ToBase64String(Replay.Sound.Body), outcome.Result!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_calls_Google_in_OpenAIs_words() =>
        Assert.Null((await Unfelt.AssertAsync(run, Sdk, "chat-google", "/v1beta/openai", Replay.Of("google/compat.json"))).Raised);

    [Theory]
    [InlineData("chat", "/v1/v1", "/v1/chat/completions")]
    [InlineData("chat", "/openai/v1", "/v1/chat/completions")]
    [InlineData("chat", "/groq/openai/v1", "/openai/v1/chat/completions")]
    [InlineData("chat-google", "/v1", "/v1beta/openai/chat/completions")]
    [InlineData("chat-google", "/gemini/v1beta/openai", "/v1beta/openai/chat/completions")]
    public async Task The_provider_is_the_one_that_the_base_address_names_or_else_the_one_that_has_the_model(string name, string ours, string theirs)
    {
        run.Plays([Replay.Of("openai/chat.json")], () => int.MaxValue);
        var outcome = await Sdk.RunAsync(name, run.ServerAddress + ours, run.VirtualKey);
        Assert.Null(outcome.Raised);
        Assert.Equal("POST " + theirs, Assert.Single(run.Asked()).Line);
    }

    [Fact]
    public async Task Of_a_programs_own_headers_those_go_on_that_say_how_to_answer_and_none_that_say_whose_account_it_is()
    {
        run.Plays([Replay.Of("openai/chat.json")], () => int.MaxValue);
        var outcome = await Sdk.RunAsync("chat-with-headers", run.ServerAddress + Base, run.VirtualKey);
        Assert.Null(outcome.Raised);
        var came = Assert.Single(run.Asked()).Headers;
        Assert.Equal(("something=v1", "mine-1", "once"), (came["OpenAI-Beta"], came["X-Client-Request-Id"], came["Idempotency-Key"]));
        foreach (var dropped in (string[])["OpenAI-Organization", "OpenAI-Project", "X-Anything", "Cookie", "X-Forwarded-For"])
            Assert.DoesNotContain(dropped, came.Keys);
    }

    [Fact]
    public Task The_first_event_of_a_stream_is_there_before_the_provider_has_sent_the_second() =>
        Streams.AssertFirstComesFirstAsync(run, Sdk, Base, Replay.Of("openai/chat.sse"));

    [Fact]
    public Task A_stream_that_breaks_off_at_the_provider_breaks_off_for_the_program() =>
        Streams.AssertBreaksAsync(run, Sdk, Base, Replay.Of("openai/chat.sse"));

    [Fact]
    public async Task It_lists_the_models_that_the_key_may_use_and_finds_one()
    {
        var scoped = await run.NewKeyAsync(new { models = new[] { "gpt-4o-mini*" } });
        var listed = await Sdk.RunAsync("models", run.ServerAddress + Base, scoped);
        var found = await Sdk.RunAsync("model", run.ServerAddress + Base, scoped);
        var names = JsonDocument.Parse(listed.Result!).RootElement.EnumerateArray().Select(model => model.GetProperty("id").GetString()!).ToList();
        Assert.Contains("gpt-4o-mini", names);
        Assert.All(names, name => Assert.StartsWith("gpt-4o-mini", name, StringComparison.Ordinal));
        Assert.Equal("gpt-4o-mini", JsonDocument.Parse(found.Result!).RootElement.GetProperty("id").GetString());
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
        var outcome = await Noes.AskAsync(run, Sdk, no, "chat", Base, "openai/401.json");
        Noes.AssertOurs(outcome, type, status, code, hits);
        Assert.Equal(code, outcome.Raised!.Code);
    }

    [Theory]
    [InlineData("openai/429.json", "RateLimitError", 3)]
    [InlineData("openai/500.json", "InternalServerError", 3)]
    public Task The_providers_no_is_to_the_program_what_it_was_and_tried_as_often(string answer, string type, int hits) =>
        Noes.AssertTheirsAsync(run, Sdk, "chat", Base, answer, type, hits);
}
