using System.Buffers;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Providers;
using KeyPass.Server.Tests.Gateway;

namespace KeyPass.Server.Tests.Providers;

public class CallBodyTests
{
    [Fact]
    public void A_plain_call_is_read()
    {
        var body = Read("""{"model":"gpt-6","messages":[{"role":"user","content":"model \"x\""}],"stream":true,"max_tokens":5,"n":null}""");
        Assert.Equal("gpt-6", body.Model);
        Assert.True(body.Stream);
        Assert.False(body.AsksForUsage);
        Assert.Empty(body.OtherModels);
    }

    [Theory]
    [InlineData("""{"model":"a","model":"b"}""")]
    [InlineData("""{"model":"a","\u006dodel":"b"}""")]
    [InlineData("""{"messages":[{"role":"user","content":1,"role":"x"}],"model":"a"}""")]
    [InlineData("""{"a":{"b":{"c":[{"d":1,"\u0064":2}]}}}""")]
    [InlineData("""{"generationConfig":{},"generation_config":{}}""")]
    [InlineData("""{"generationConfig":{"maxOutputTokens":1,"max_output_tokens":2}}""")]
    public void A_member_given_twice_is_refused(string json) => Problem(json, "twice");

    [Fact]
    public void A_member_given_twice_among_very_many_is_refused()
    {
        var many = string.Join(',', Enumerable.Range(0, 5000).Select(one => $"\"member number {one}\":1"));
        Assert.NotNull(Read($$$"""{"model":"a","logit_bias":{{{{many}}}}}"""));
        Problem($$$"""{"model":"a","logit_bias":{{{{many}}},"member number 77":1}}""", "twice");
    }

    [Theory]
    [InlineData("api_base")]
    [InlineData("base_url")]
    [InlineData("baseURL")]
    [InlineData("api_key")]
    [InlineData("API-Key")]
    [InlineData("organization")]
    [InlineData("extra_headers")]
    [InlineData("extra_body")]
    [InlineData("litellm_params")]
    [InlineData("aws_bedrock_runtime_endpoint")]
    [InlineData("vertex_credentials")]
    [InlineData("azure_ad_token")]
    [InlineData("\\u0061pi_base")]
    public void A_member_that_names_another_address_or_key_is_refused(string name) =>
        Problem($$"""{"model":"a","{{name}}":"https://elsewhere.example"}""", "another address");

    [Theory]
    [InlineData("""{"Model":"a"}""")]
    [InlineData("""{"STREAM":true}""")]
    [InlineData("""{"maxTokens":5}""")]
    [InlineData("""{"stream_options":{"includeUsage":false}}""")]
    [InlineData("""{"ſtream":true}""")]
    public void A_known_name_in_another_spelling_is_refused(string json) => Problem(json, null);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\uFEFF{}")]
    [InlineData("{} {}")]
    [InlineData("{},")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{/**/}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"a\":\"\u0001\"}")]
    public void What_is_not_one_object_of_strict_json_is_refused(string json) => Problem(json, null);

    [Fact]
    public void Utf_16_broken_utf_8_and_a_depth_beyond_64_are_refused()
    {
        Assert.False(CallBody.TryRead(Encoding.Unicode.GetBytes("{\"model\":\"a\"}"), Operation.Chat, out _, out _));
        Assert.False(CallBody.TryRead([.. "{\"model\":\"a"u8, 0xC3, .. "\"}"u8], Operation.Chat, out _, out _));
        Assert.NotNull(Read($$"""{"a":{{new string('[', 63)}}{{new string(']', 63)}}}"""));
        Problem($$"""{"a":{{new string('[', 64)}}{{new string(']', 64)}}}""", "deeper");
        Problem($$"""{"a":{{new string('[', 1000)}}{{new string(']', 1000)}}}""", "deeper");
    }

    [Theory]
    [InlineData("""{"model":1}""")]
    [InlineData("""{"model":null}""")]
    [InlineData("""{"model":""}""")]
    [InlineData("""{"model":"  "}""")]
    [InlineData("""{"model":"a\nb"}""")]
    [InlineData("""{"model":["a"]}""")]
    [InlineData("""{"model":{"a":1}}""")]
    [InlineData("""{"model":"\udc00"}""")]
    [InlineData("""{"stream":"true"}""")]
    [InlineData("""{"stream":1}""")]
    [InlineData("""{"stream_options":[]}""")]
    [InlineData("""{"stream_options":{"include_usage":"true"}}""")]
    [InlineData("""{"n":-1}""")]
    [InlineData("""{"n":1.5}""")]
    [InlineData("""{"max_tokens":1e3}""")]
    [InlineData("""{"max_tokens":1e400}""")]
    [InlineData("""{"max_completion_tokens":"5"}""")]
    [InlineData("""{"max_output_tokens":4294967296}""")]
    [InlineData("""{"best_of":true}""")]
    [InlineData("""{"generationConfig":{"maxOutputTokens":-5}}""")]
    [InlineData("""{"generation_config":{"candidate_count":2.0}}""")]
    public void A_field_that_servers_would_read_in_different_ways_is_refused(string json) => Problem(json, null);

    [Fact]
    public void A_name_longer_than_any_model_s_is_refused() => Problem($$"""{"model":"{{new string('a', 300)}}"}""", "model");

    [Theory]
    [InlineData("""{"model":"a","models":["b","c"]}""", "b,c")]
    [InlineData("""{"model":"a","fallbacks":[{"model":"b"},"c"]}""", "b,c")]
    [InlineData("""{"model":"a","tools":[{"type":"image_generation","model":"b"},{"type":"function","function":{"model":"c"}}]}""", "b")]
    [InlineData("""{"requests":[{"model":"models/b","content":{}}]}""", "models/b")]
    [InlineData("""{"model":"a","messages":[{"content":[{"input":{"model":"x"}}]}],"metadata":{"model":"y"}}""", "")]
    public void Every_model_that_the_body_names_is_found(string json, string expected) =>
        Assert.Equal(expected, string.Join(',', Read(json).OtherModels));

    [Theory]
    [InlineData("""{"stream":true,"model":"a"}""", """{"stream_options":{"include_usage":true},"stream":true,"model":"a"}""")]
    [InlineData("""{ "stream" : true , "stream_options" : null }""", """{ "stream" : true , "stream_options" : {"include_usage":true} }""")]
    [InlineData("""{"stream_options":{ },"stream":true}""", """{"stream_options":{"include_usage":true },"stream":true}""")]
    [InlineData("""{"stream_options":{"x":[1]},"stream":true}""", """{"stream_options":{"include_usage":true,"x":[1]},"stream":true}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":false}}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData(
        """{"stream":true,"stream_options":{"include_\u0075sage":null,"y":1}}""",
        """{"stream":true,"stream_options":{"include_\u0075sage":true,"y":1}}""")]
    public void Asking_for_usage_changes_one_place_and_no_other_byte(string json, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes("\n " + json + " ");
        Assert.True(CallBody.TryRead(bytes, Operation.Chat, out var body, out _));
        var sent = Splice.Into(bytes, body.AskForUsage()!).ToArray();
        Assert.Equal("\n " + expected + " ", Encoding.UTF8.GetString(sent));
        Assert.True(CallBody.TryRead(sent, Operation.Chat, out var again, out _));
        Assert.True(again.AsksForUsage);
        Assert.Null(again.AskForUsage());
    }

    [Fact]
    public void A_call_without_a_stream_is_not_asked_for_its_usage() =>
        Assert.Null(Read("""{"model":"a","stream":false}""").AskForUsage());

    [Theory]
    [InlineData("Hello", 5)]
    [InlineData("é😀", 2)]
    [InlineData("\\n\\\"\\u00e9\\uD83D\\uDE00", 4)]
    public void Text_to_speak_is_counted_in_characters(string input, long expected) =>
        Assert.Equal(expected, Read($$"""{"model":"tts-1","input":"{{input}}"}""", Operation.Speech).Asked.Characters);

    [Fact]
    public void A_prompt_cache_of_an_hour_is_noticed()
    {
        Assert.True(Read("""{"system":[{"text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]}""").Asked.LongCache);
        Assert.False(Read("""{"system":[{"text":"ttl","cache_control":{"type":"ephemeral","ttl":"5m"}}]}""").Asked.LongCache);
    }

    [Theory]
    [InlineData("openai", nameof(Operation.Chat), null, true)]
    [InlineData("openai", nameof(Operation.Responses), null, false)]
    [InlineData("custom:/v1", nameof(Operation.Chat), null, true)]
    [InlineData("mistral", nameof(Operation.Chat), null, false)]
    [InlineData("groq", nameof(Operation.Chat), null, false)]
    [InlineData("azure", nameof(Operation.Chat), null, true)]
    [InlineData("azure", nameof(Operation.Chat), "preview", true)]
    [InlineData("azure", nameof(Operation.Chat), "2024-06-01", false)]
    [InlineData("azure", nameof(Operation.Chat), "2024-10-21", true)]
    public void Usage_is_asked_for_where_the_provider_takes_it_well(string provider, string operation, string? version, bool expected) =>
        Assert.Equal(expected, UsageInjection.Helps(provider, Enum.Parse<Operation>(operation), version));

    /// <summary>The platform's own strict reader is the judge of what is JSON with no member given twice.</summary>
    [Fact]
    public void Bodies_of_chance_are_taken_only_where_the_platform_s_strict_reader_takes_them()
    {
        string[] scraps =
            ["{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"\\u0061\"", "1", "null", "true", "\"x\":{}", "\"y\":[{}]", "{\"a\":1}", " ", "\"a\":1,"];
        var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
        var draws = new Draws(3);
        for (var round = 0; round < 50_000; round++)
        {
            var text = new StringBuilder("{");
            for (var count = draws.Below(12); count > 0; count--)
                text.Append(scraps[draws.Below(scraps.Length)]);
            var bytes = Encoding.UTF8.GetBytes(text.Append('}').ToString());
            Assert.True(Parses(bytes, strict) == CallBody.TryRead(bytes, Operation.Chat, out _, out _), text.ToString());
        }
    }

    private static bool Parses(byte[] json, JsonDocumentOptions options)
    {
        try
        {
            using var document = JsonDocument.Parse(json, options);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static CallBody Read(string json, Operation operation = Operation.Chat)
    {
        Assert.True(CallBody.TryRead(Encoding.UTF8.GetBytes(json), operation, out var body, out var problem), problem?.Sentence);
        return body;
    }

    private static void Problem(string json, string? part)
    {
        Assert.False(CallBody.TryRead(Encoding.UTF8.GetBytes(json), Operation.Chat, out _, out var problem));
        Assert.Contains(part ?? "", problem.Sentence, StringComparison.Ordinal);
    }
}
