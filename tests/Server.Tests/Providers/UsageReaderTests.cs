using KeyPass.Server.Providers;
using KeyPass.Server.Tests.Gateway;

namespace KeyPass.Server.Tests.Providers;

public class UsageReaderTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10}""", "Input 100, Output 10")]
    [InlineData(
        """{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":30}"""
        + ""","completion_tokens_details":{"reasoning_tokens":40}}""",
        "Input 10, CachedInput 60, CacheWrite 30, Output 50")]
    [InlineData(
        """{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"cache_write_tokens":30"""
        + ""","cache_write_tokens_details":{"ttl_30m_tokens":10,"ttl_12h_tokens":20}}}""",
        "Input 70, CacheWrite 10, CacheWriteLong 20, Output 50")]
    [InlineData(
        """{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"audio_tokens":70,"cached_tokens":20}"""
        + ""","completion_tokens_details":{"audio_tokens":45}}""",
        "Input 10, CachedInput 20, Output 5, InputAudio 70, OutputAudio 45")]
    [InlineData(
        """{"prompt_tokens":100,"completion_tokens":0,"prompt_tokens_details":{"audio_tokens":70,"cached_tokens":50"""
        + ""","cached_tokens_details":{"audio_tokens":45}}}""",
        "Input 25, CachedInput 5, InputAudio 25, CachedInputAudio 45")]
    [InlineData(
        """{"prompt_tokens":100,"completion_tokens":0,"prompt_tokens_details":{"audio_tokens":70,"cached_tokens":50}}""",
        "CachedInput 30, InputAudio 50, CachedInputAudio 20")]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":900}}""", "CachedInput 100, Output 5")]
    [InlineData(
        """{"prompt_tokens":12,"completion_tokens":1,"total_tokens":303,"completion_tokens_details":{"reasoning_tokens":290}}""",
        "Input 12, Output 291")]
    [InlineData("""{"prompt_tokens":-5,"completion_tokens":7}""", "Output 7")]
    [InlineData("""{"prompt_tokens":1e400,"completion_tokens":99999999999999999999}""", "Input 1000000000000, Output 1000000000000")]
    [InlineData("""{"prompt_tokens":3.0,"completion_tokens":1e1}""", "Input 3, Output 10")]
    public void Parts_of_a_chat_s_usage_shut_each_other_out(string usage, string expected) =>
        Assert.Equal("m [] " + expected, Chat("openai", usage).Reading);

    [Fact]
    public void Numbers_beyond_belief_are_noticed()
    {
        Assert.True(Chat("openai", """{"prompt_tokens":-5,"completion_tokens":7}""").HasClamped);
        Assert.True(Chat("openai", """{"prompt_tokens":5,"completion_tokens":1e400}""").HasClamped);
        Assert.False(Chat("openai", """{"prompt_tokens":5,"completion_tokens":7}""").HasClamped);
    }

    [Theory]
    [InlineData("xai", """{"prompt_tokens":12,"completion_tokens":1,"completion_tokens_details":{"reasoning_tokens":290}}""", "Input 12, Output 291")]
    [InlineData(
        "xai",
        """{"prompt_tokens":12,"completion_tokens":300,"total_tokens":312,"completion_tokens_details":{"reasoning_tokens":290}}""",
        "Input 12, Output 300")]
    [InlineData("xai", """{"prompt_tokens":4,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":11}}""", "Input 4, CachedInput 11, Output 1")]
    [InlineData("google", """{"prompt_tokens":9,"completion_tokens":23,"total_tokens":217}""", "Input 9, Output 208")]
    [InlineData(
        "deepseek",
        """{"completion_tokens":10,"prompt_cache_hit_tokens":320,"prompt_cache_miss_tokens":175}""",
        "Input 175, CachedInput 320, Output 10")]
    [InlineData("mistral", """{"prompt_tokens":20,"completion_tokens":10,"num_cached_tokens":8}""", "Input 12, CachedInput 8, Output 10")]
    public void Providers_mean_different_things_by_one_field(string provider, string usage, string expected) =>
        Assert.Equal("m [] " + expected, Chat(provider, usage).Reading);

    [Theory]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":1,"cost":0.00014}""", 140_000L)]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":1,"cost":1.4e-10}""", 1L)]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":1,"cost":0.01,"is_byok":true,"cost_details":{"upstream_inference_cost":0.2}}""", 210_000_000L)]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":1,"cost":0.01,"is_byok":false,"cost_details":{"upstream_inference_cost":0.2}}""", 10_000_000L)]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":1,"cost_in_usd_ticks":1466251}""", 146_626L)]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":1}""", null)]
    public void What_the_provider_says_that_it_charged_is_read_and_rounded_up(string usage, long? expected) =>
        Assert.Equal(expected, Chat("openrouter", usage).ReportedNanoUsd);

    [Theory]
    [InlineData("""{"model":"m","usage":null,"choices":[{"usage":{}}],"usage":{"prompt_tokens":3,"completion_tokens":4}}""")]
    [InlineData("""{"model":"m","text_usage": null,"usage": {"prompt_tokens":3,"completion_tokens":4}}""")]
    [InlineData("""{"model":"m","choices":[{"delta":{"content":"\"usage\":null"}}],"usage":{"prompt_tokens":3,"completion_tokens":4}}""")]
    public void A_null_hides_no_numbers_that_stand_beside_it(string last) => Assert.Equal("m [] Input 3, Output 4", Metered.Run(
        "openai", Operation.Chat, Metered.Sse, $$$"""
            data: {"model":"m","usage":null,"choices":[]}

            data: {"model":"m","usage": null,"choices":[]}

            data: {{{last}}}


            """).Reading);

    [Fact]
    public void Usage_that_a_server_repeats_in_every_event_counts_once_and_is_final_at_the_end()
    {
        const string Answer = """
            data: {"model":"m","choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}

            data: {"model":"m","choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}


            """;
        Assert.Equal("m [] Input 5, Output 2", Metered.Run("custom:/v1", Operation.Chat, Metered.Sse, Answer).Reading);
    }

    [Fact]
    public void Anthropics_cache_is_split_by_its_life()
    {
        Assert.Equal("m [] Input 10, CachedInput 7, CacheWrite 5, CacheWriteLong 15, Output 3", Message(
            """{"input_tokens":10,"output_tokens":3,"cache_read_input_tokens":7,"cache_creation_input_tokens":20"""
            + ""","cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":15}}"""));
        Assert.Equal("m [] Input 10, CacheWrite 20, Output 3", Message("""{"input_tokens":10,"output_tokens":3,"cache_creation_input_tokens":20}"""));
        Assert.Equal("m [] Input 10, CacheWriteLong 20, Output 3", Message(
            """{"input_tokens":10,"output_tokens":3,"cache_creation_input_tokens":20}""", longCache: true));
    }

    [Fact]
    public void What_grew_of_anthropics_cache_during_a_stream_is_of_the_longer_life_where_that_was_used()
    {
        const string Answer = """
            event: message_start
            data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":10,"output_tokens":1,
            data: "cache_creation_input_tokens":20,"cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":15},
            data: "speed":"fast","inference_geo":"us","service_tier":"priority"}}}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":null,"output_tokens":9,"cache_creation_input_tokens":50}}


            """;
        var read = Metered.Run("anthropic", Operation.Messages, Metered.Sse, Answer);
        Assert.Equal("m [priority fast us] Input 10, CacheWrite 5, CacheWriteLong 45, Output 9", read.Reading);
        Assert.True(read.IsFinal);
    }

    [Fact]
    public void Geminis_modalities_thoughts_and_tools_are_told_apart()
    {
        const string Answer = """
            {"candidates":[{"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["a","b","c"]}}],"modelVersion":"gemini-2.5-flash",
             "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":30,"thoughtsTokenCount":5,"toolUsePromptTokenCount":8,
              "promptTokensDetails":[{"modality":"TEXT","tokenCount":50},{"modality":"AUDIO","tokenCount":30},{"modality":"IMAGE","tokenCount":20}],
              "cacheTokensDetails":[{"modality":"TEXT","tokenCount":30},{"modality":"AUDIO","tokenCount":10}],
              "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":25}],"trafficType":"ON_DEMAND_PRIORITY"}}
            """;
        Assert.Equal(
            "gemini-2.5-flash [priority] Input 28, CachedInput 30, Output 10, InputAudio 20, CachedInputAudio 10, InputImage 20, OutputImage 25, WebSearches 1",
            Metered.Run("google", Operation.GenerateContent, Metered.Json, Answer).Reading);
    }

    [Theory]
    [InlineData(nameof(Operation.Embeddings), "openai", """{"object":"list","model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}""", "e [] Input 8")]
    [InlineData(nameof(Operation.Embeddings), "together", """{"model":"e","usage":{"total_tokens":8}}""", "e [] Input 8")]
    [InlineData(nameof(Operation.Embeddings), "cohere", """{"meta":{"billed_units":{"input_tokens":6}}}""", "- [] Input 6")]
    [InlineData(nameof(Operation.EmbedContent), "google", """{"embedding":{"values":[0.1]},"usageMetadata":{"promptTokenCount":5}}""", "- [] Input 5")]
    [InlineData(
        nameof(Operation.Moderations),
        "mistral",
        """{"model":"mod","results":[],"usage":{"prompt_tokens":5,"total_tokens":5,"completion_tokens":0}}""",
        "mod [] Input 5")]
    [InlineData(
        nameof(Operation.Transcriptions),
        "openai",
        """{"text":"a","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":4,"audio_tokens":10},"output_tokens":6}}""",
        "- [] Input 4, Output 6, InputAudio 10")]
    [InlineData(nameof(Operation.Transcriptions), "openai", """{"text":"a","usage":{"type":"duration","seconds":3}}""", "- [] AudioMilliseconds 3000")]
    [InlineData(nameof(Operation.Translations), "groq", """{"task":"translate","duration":2.5001,"text":"a"}""", "- [] AudioMilliseconds 2501")]
    [InlineData(
        nameof(Operation.Responses),
        "xai",
        """{"model":"g","usage":{"input_tokens":5,"output_tokens":6,"server_side_tool_usage_details":{"web_search_calls":1,"x_search_calls":2}}}""",
        "g [] Input 5, Output 6, WebSearches 3")]
    public void Other_answers_are_read_each_in_its_shape(string operation, string provider, string answer, string expected)
    {
        var read = Metered.Run(provider, Enum.Parse<Operation>(operation), Metered.Json, answer);
        Assert.Equal(expected, read.Reading);
        Assert.True(read.IsFinal);
    }

    [Fact]
    public void An_answer_of_plain_text_has_no_reading()
    {
        var read = Metered.Run("openai", Operation.Transcriptions, "text/plain", "1\n00:00:00,000 --> 00:00:01,000\nHello");
        Assert.Equal("- []", read.Reading);
        Assert.False(read.IsFinal);
    }

    private static Metered Chat(string provider, string usage) =>
        Metered.Run(provider, Operation.Chat, Metered.Json, $$"""{"id":"c","model":"m","choices":[{"finish_reason":"stop"}],"usage":{{usage}}}""");

    private static string Message(string usage, bool longCache = false) =>
        Metered.Run("anthropic", Operation.Messages, Metered.Json, System.Text.Encoding.UTF8.GetBytes($$"""{"model":"m","usage":{{usage}}}"""),
            asked: new Asked(0, longCache)).Reading;
}
