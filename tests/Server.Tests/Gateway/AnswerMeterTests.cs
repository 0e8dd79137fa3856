using System.Text;
using KeyPass.Server.Gateway;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Tests.Gateway;

public class AnswerMeterTests
{
    private const string First = """data: {"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]}""";
    private const string Word = """data: {"id":"c1","model":"gpt-6","choices":[{"index":0,"delta":{"content":"usage: none, \"usage\":{}"}}],"usage":null}""";
    private const string Ending = """data: {"id":"c1","model":"gpt-6","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}""";
    private const string Usage = """data: {"id":"c1","model":"gpt-6","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}""";
    private const string Done = "data: [DONE]";

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void The_event_we_asked_for_is_withheld_with_its_blank_line_and_nothing_else(string end)
    {
        var answer = Events(end, First, Word, Ending, Usage, Done);
        var expected = Events(end, First, Word, Ending, Done);
        for (var size = 1; size < 200; size++)
        {
            var read = Metered.Run("azure", Operation.Chat, Metered.Sse, answer, () => size, withholds: true);
            Assert.Equal(expected, read.PassedText);
            Assert.Equal("gpt-6 [] Input 9, Output 4", read.Reading);
            Assert.True(read.IsFinal);
        }
    }

    [Fact]
    public void What_the_client_asked_for_itself_passes()
    {
        var answer = Events("\n", First, Word, Ending, Usage, Done);
        var read = Metered.Run("openai", Operation.Chat, Metered.Sse, answer, () => 7);
        Assert.Equal(answer, read.PassedText);
        Assert.Equal("gpt-6 [] Input 9, Output 4", read.Reading);
    }

    [Fact]
    public void Usage_on_an_event_with_choices_passes()
    {
        var last = Ending.Replace("null}", """{"prompt_tokens":9,"completion_tokens":4}}""", StringComparison.Ordinal);
        var answer = Events("\n", Word, last, Done);
        var read = Metered.Run("custom:/v1", Operation.Chat, Metered.Sse, answer, () => 11, withholds: true);
        Assert.Equal(answer, read.PassedText);
        Assert.Equal("gpt-6 [] Input 9, Output 4", read.Reading);
    }

    [Fact]
    public void A_usage_event_without_its_blank_line_at_the_end_is_withheld_too()
    {
        var answer = Events("\n", Word, Ending) + Usage;
        var read = Metered.Run("openai", Operation.Chat, Metered.Sse, answer, () => 13, withholds: true);
        Assert.Equal(Events("\n", Word, Ending), read.PassedText);
        Assert.Equal("gpt-6 [] Input 9, Output 4", read.Reading);
    }

    [Fact]
    public void Any_other_half_event_at_the_end_passes()
    {
        var answer = Events("\n", Word) + Ending[..40];
        var read = Metered.Run("openai", Operation.Chat, Metered.Sse, answer, () => 13, withholds: true);
        Assert.Equal(answer, read.PassedText);
    }

    [Fact]
    public void Where_nothing_is_asked_for_the_very_same_memory_goes_on()
    {
        using var meter = new AnswerMeter(UsageReader.For("openai", Operation.Chat)!, Metered.Sse, withholdsUsage: false);
        ReadOnlyMemory<byte> read = Encoding.UTF8.GetBytes(Events("\n", Word, Usage)[..^5]);
        Assert.True(meter.Pass(read).Equals(read));
    }

    [Fact]
    public void Whole_events_go_on_without_a_copy_even_where_usage_is_withheld()
    {
        using var meter = new AnswerMeter(UsageReader.For("openai", Operation.Chat)!, Metered.Sse, withholdsUsage: true);
        ReadOnlyMemory<byte> read = Encoding.UTF8.GetBytes(Events("\n", Word, Ending));
        Assert.True(meter.Pass(read).Equals(read));
    }

    [Fact]
    public void A_comment_that_keeps_a_connection_alive_is_not_held_back()
    {
        using var meter = new AnswerMeter(UsageReader.For("openrouter", Operation.Chat)!, Metered.Sse, withholdsUsage: true);
        ReadOnlyMemory<byte> comment = Encoding.UTF8.GetBytes(": OPENROUTER PROCESSING\n");
        Assert.True(meter.Pass(comment).Equals(comment));
    }

    [Fact]
    public void A_long_event_is_not_held_back_until_its_end()
    {
        using var meter = new AnswerMeter(UsageReader.For("openai", Operation.Chat)!, Metered.Sse, withholdsUsage: true);
        var held = 0;
        for (var round = 0; round < 100; round++)
        {
            var piece = Encoding.UTF8.GetBytes((round == 0 ? "data: {\"model\":\"m\",\"choices\":[{\"delta\":\"" : "") + new string('x', 1000));
            held += piece.Length - meter.Pass(piece).Length;
        }
        Assert.Equal(0, held);
    }

    [Fact]
    public void An_answer_with_pictures_of_megabytes_is_read_with_little_memory()
    {
        var picture = new string('A', 3_000_000);
        var answer = """
            {"created":1,"data":[{"b64_json":"PICTURE"},{"b64_json":"PICTURE"}],"usage":{"input_tokens":30,
            "input_tokens_details":{"text_tokens":10,"image_tokens":20},"output_tokens":272,"total_tokens":302}}
            """.Replace("PICTURE", picture, StringComparison.Ordinal);
        var read = Metered.Run("openai", Operation.ImageGenerations, Metered.Json, answer, () => 5000);
        Assert.Equal("- [] Input 10, InputImage 20, OutputImage 272", read.Reading);
        Assert.True(read.IsFinal);
    }

    [Fact]
    public void Pictures_without_usage_are_counted()
    {
        var picture = new string('A', 200_000);
        var answer = $$"""{"created":1,"data":[{"b64_json":"{{picture}}"},{"b64_json":"{{picture}}","revised_prompt":"a {\"b\":[1"}]}""";
        Assert.Equal("- [] Images 2", Metered.Run("openai", Operation.ImageGenerations, Metered.Json, answer, () => 900).Reading);
        var small = answer.Replace(picture, "", StringComparison.Ordinal);
        Assert.Equal("- [] Images 2", Metered.Run("openai", Operation.ImageGenerations, Metered.Json, small).Reading);
    }

    [Fact]
    public void An_event_of_megabytes_is_read_too()
    {
        var picture = new string('A', 3_000_000);
        var answer = Events("\n", """data: {"type":"response.created","response":{"model":"gpt-6","service_tier":"auto"}}""",
            """
            data: {"type":"response.completed","response":{"output":[{"type":"image_generation_call","result":"PICTURE"},{"type":"web_search_call"}],
            data: "model":"gpt-6-2026","service_tier":"flex","usage":{"input_tokens":5,"output_tokens":6},
            data: "tools":[{"type":"image_generation","model":"gpt-image-2"}],
            data: "tool_usage":{"image_gen":{"input_tokens":7,"output_tokens":8,"input_tokens_details":{"image_tokens":3}}}}}
            """.Replace("PICTURE", picture, StringComparison.Ordinal));
        var read = Metered.Run("openai", Operation.Responses, Metered.Sse, answer, () => 10_000);
        Assert.Equal("gpt-6-2026 [flex] Input 5, Output 6, WebSearches 1 + gpt-image-2: Input 4, InputImage 3, OutputImage 8", read.Reading);
        Assert.Equal(answer, read.PassedText);
    }

    [Fact]
    public void Geminis_stream_of_one_array_is_read_piece_by_piece()
    {
        const string Answer = """
            [{"candidates":[{"content":{"parts":[{"text":"a]}\""}]}}],"modelVersion":"gemini-3-pro",
              "usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1}}
            ,
            {"candidates":[{"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["a","b"]}}],"modelVersion":"gemini-3-pro",
             "usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":23,"thoughtsTokenCount":185,"totalTokenCount":217}}]
            """;
        for (var size = 1; size < 60; size++)
        {
            var read = Metered.Run("google", Operation.StreamGenerateContent, Metered.Json, Answer, () => size);
            Assert.Equal("gemini-3-pro [] Input 9, Output 208, WebSearches 2", read.Reading);
            Assert.True(read.IsFinal);
        }
    }

    [Fact]
    public void A_stream_that_breaks_off_has_only_what_it_said_and_is_not_final()
    {
        using var meter = new AnswerMeter(UsageReader.For("anthropic", Operation.Messages)!, Metered.Sse, withholdsUsage: false);
        meter.Pass(Encoding.UTF8.GetBytes(Events("\n",
            """data: {"type":"message_start","message":{"model":"claude-opus-5","usage":{"input_tokens":12,"output_tokens":1}}}""",
            """data: {"type":"content_block_delta","delta":{"text":"Hello"}}""")));
        Assert.Equal("claude-opus-5 [] Input 12, Output 1", Metered.Told(meter.Reading));
        Assert.False(meter.Reading.IsFinal);
    }

    [Theory]
    [InlineData("openai", nameof(Operation.Chat), """data: {"error":{"message":"overloaded","code":503}}""")]
    [InlineData("anthropic", nameof(Operation.Messages), """data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""")]
    [InlineData("openai", nameof(Operation.Responses), """data: {"type":"error","code":"server_error","message":"sorry"}""")]
    [InlineData("google", nameof(Operation.StreamGenerateContent), """data: {"error":{"code":503,"status":"UNAVAILABLE"}}""")]
    public void An_error_inside_a_stream_is_noticed(string provider, string operation, string error) =>
        Assert.True(Metered.Run(provider, Enum.Parse<Operation>(operation), Metered.Sse, Events("\n", error)).HasError);

    [Fact]
    public void Sound_passes_untouched_and_is_billed_by_what_the_request_said()
    {
        var sound = new byte[10_000];
        sound.AsSpan().Fill(0x7B);
        var read = Metered.Run("openai", Operation.Speech, "audio/mpeg", sound, () => 999, asked: new Asked(Characters: 42, LongCache: false));
        Assert.Equal(sound, read.Passed);
        Assert.Equal("- [] Characters 42", read.Reading);
        Assert.True(read.IsFinal);
    }

    private static string Events(string end, params string[] events) => string.Concat(events.Select(one => one + end + end));
}
