namespace KeyPass.Server.Tests.Gateway;

public class RecordedAnswersTests
{
    [Fact]
    public void Every_recording_passes_unchanged_and_reads_the_same_however_it_is_cut()
    {
        Recordings.SkipIfAbsent();
        var draws = new Draws(1);
        foreach (var one in Recordings.All())
        {
            var whole = Metered.Run(one.Provider, one.Operation, one.MediaType, one.Answer);
            Assert.True(one.Answer.AsSpan().SequenceEqual(whole.Passed), one.Name);
            Func<int>[] cuts = [() => 1, () => 1 + draws.Below(64), () => 1 + draws.Below(4000)];
            foreach (var cut in cuts)
            {
                var pieces = Metered.Run(one.Provider, one.Operation, one.MediaType, one.Answer, cut);
                Assert.True(one.Answer.AsSpan().SequenceEqual(pieces.Passed), one.Name);
                Assert.Equal((one.Name, whole.Reading, whole.IsFinal), (one.Name, pieces.Reading, pieces.IsFinal));
            }
        }
    }

    [Fact]
    public void Of_every_recording_at_most_the_event_that_only_tells_the_usage_is_withheld()
    {
        Recordings.SkipIfAbsent();
        var draws = new Draws(1);
        foreach (var one in Recordings.All())
        {
            var expected = Metered.Run(one.Provider, one.Operation, one.MediaType, one.Answer, withholds: true);
            foreach (var cut in (Func<int>[])[() => 1, () => 1 + draws.Below(300)])
            {
                var pieces = Metered.Run(one.Provider, one.Operation, one.MediaType, one.Answer, cut, withholds: true);
                Assert.True(expected.Passed.AsSpan().SequenceEqual(pieces.Passed), one.Name);
            }
            var removed = one.Answer.Length - expected.Passed.Length;
            Assert.True(removed == 0 || (one.MediaType == Metered.Sse && expected.Reading.Contains("Input", StringComparison.Ordinal)), one.Name);
        }
    }

    /// <summary>Numbers read by eye from the last lines of the files.</summary>
    [Theory]
    [InlineData("openai/openai-text.json", "gpt-4.1-nano-2025-04-14 [default] Input 16, Output 363")]
    [InlineData("openai/azure-model-router.1.chunks.txt", "gpt-5-nano-2025-08-07 [] Input 15, Output 78")]
    [InlineData("openai/openai-completion-text.chunks.txt", "gpt-3.5-turbo-instruct:20230824-v2 [] Input 14, Output 16")]
    [InlineData("openai/openai-embedding.json", "text-embedding-3-small [] Input 12")]
    [InlineData("openai/openai-compaction.1.chunks.txt", "gpt-5.2-2025-12-11 [default] Input 1305, CachedInput 49792, Output 2505")]
    [InlineData("openai/openai-web-search-tool.1.chunks.txt", "gpt-5-mini-2025-08-07 [default] Input 27361, CachedInput 3712, Output 4416, WebSearches 2")]
    [InlineData("openai/openai-file-search-tool.1.chunks.txt", "gpt-5-mini-2025-08-07 [default] Input 1433, CachedInput 2304, Output 621, FileSearches 1")]
    [InlineData(
        "openai/openai-image-generation-tool.1.chunks.txt",
        "gpt-5-2025-08-07 [default] Input 1021, CachedInput 1920, Output 1249 + gpt-image-1: Images 1")]
    [InlineData("azure/azure-deepseek-reasoning.1.chunks.txt", "deepseek-v4-pro [] Input 19, Output 1720")]
    [InlineData("azure/azure-code-interpreter-tool.1.chunks.txt", "gpt-5-mini [default] Input 863, CachedInput 1280, Output 919")]
    [InlineData("anthropic/anthropic-text.chunks.txt", "claude-sonnet-4-5-20250929 [standard] Input 12, Output 30")]
    [InlineData("anthropic/anthropic-web-search-tool.1.chunks.txt", "claude-sonnet-4-20250514 [standard] Input 15665, Output 795, WebSearches 1")]
    [InlineData("anthropic/anthropic-compaction.1.chunks.txt", "claude-opus-4-6 [standard global] Input 60997, Output 3341")]
    [InlineData(
        "anthropic/anthropic-advisor-20250301.1.chunks.txt",
        "claude-sonnet-4-6 [standard global] Input 4727, Output 3391 + claude-opus-4-7: Input 2728, Output 3880")]
    [InlineData("anthropic/anthropic-fallback.chunks.txt", "claude-fable-5 [] Input 408 + claude-opus-4-8: Input 412, Output 264")]
    [InlineData("anthropic/duplicate-message-start.chunks.txt", "claude-3-haiku-20240307 [] Input 17, Output 227")]
    [InlineData("anthropic/anthropic-claude-opus-5-reasoning-high.1.json", "claude-opus-5 [standard global] Input 51, Output 1699")]
    [InlineData("google/google-reasoning.chunks.txt", "gemini-3-pro-preview [] Input 9, Output 285")]
    [InlineData("google/google-tool-call.json", "gemini-3-pro-preview [] Input 29, Output 908")]
    [InlineData("google/google-stream-no-args-tool-call.chunks.txt", "gemini-3-flash-preview [provisioned] Input 249, Output 241")]
    [InlineData("groq/groq-reasoning.chunks.txt", "qwen/qwen3-32b [] Input 17, Output 1107")]
    [InlineData("mistral/mistral-text.chunks.txt", "mistral-small-latest [] Input 13, Output 8")]
    [InlineData("mistral/mistral-transcription.json", "voxtral-mini-latest [] AudioMilliseconds 36000")]
    [InlineData("deepseek/deepseek-json.json", "deepseek-reasoner [] Input 175, CachedInput 320, Output 144")]
    [InlineData("cohere/cohere-text.json", "- [] Input 12, Output 7")]
    [InlineData("xai/xai-text.chunks.txt", "grok-3-mini [] Input 1, CachedInput 11, Output 291")]
    [InlineData("xai/xai-tool-call.chunks.txt", "grok-3-mini [] Input 1, CachedInput 290, Output 222")]
    [InlineData("xai/xai-web-search-tool.1.json", "grok-4-fast-reasoning [] Input 994, CachedInput 947, Output 583, WebSearches 1")]
    [InlineData("xai/xai-x-search-tool.chunks.txt", "grok-4-fast-reasoning [] Input 22651, CachedInput 4585, Output 3077, WebSearches 1")]
    public void A_recording_reads_as_its_file_says(string name, string expected)
    {
        Recordings.SkipIfAbsent();
        var one = Recordings.Of(name);
        var read = Metered.Run(one.Provider, one.Operation, one.MediaType, one.Answer);
        Assert.Equal(expected, read.Reading);
        Assert.True(read.IsFinal);
    }

    [Fact]
    public void A_recorded_stream_that_ends_in_an_error_has_no_reading_and_says_so()
    {
        Recordings.SkipIfAbsent();
        var one = Recordings.Of("openai/openai-error.1.chunks.txt");
        var read = Metered.Run(one.Provider, one.Operation, one.MediaType, one.Answer);
        Assert.True(read.HasError);
        Assert.False(read.IsFinal);
    }
}
