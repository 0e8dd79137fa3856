using System.Text;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Tests.Gateway;

public class MeterFuzzTests
{
    private static readonly (string Provider, Operation Operation, string MediaType)[] Calls =
    [
        ("openai", Operation.Chat, Metered.Sse),
        ("xai", Operation.Chat, Metered.Json),
        ("openai", Operation.Responses, Metered.Sse),
        ("openai", Operation.Responses, Metered.Json),
        ("anthropic", Operation.Messages, Metered.Sse),
        ("anthropic", Operation.Messages, Metered.Json),
        ("google", Operation.StreamGenerateContent, Metered.Sse),
        ("google", Operation.StreamGenerateContent, Metered.Json),
        ("cohere", Operation.Chat, Metered.Sse),
        ("openai", Operation.ImageGenerations, Metered.Json),
        ("openai", Operation.Transcriptions, Metered.Json),
    ];

    private static readonly string[] Scraps =
    [
        "data: ", "data:", "data", "event: x", "\n", "\r", "\r\n", "\n\n", ":", "\uFEFF", "{", "}", "[", "]", ",", "\"", "\\", "\\u00", "null", "-1",
        "1e400", "99999999999999999999", "1.5", "true", "\"usage\":{", "\"prompt_tokens\":", "\"choices\":[]",
        "\"model\":\"m\"", "\"usageMetadata\":", "\"iterations\":[",
        "\"error\":", "\"candidates\":[{", "\"response\":{", "é", "😀", "[DONE]", "\0", " ",
    ];

    [Fact]
    public void Odd_bytes_cut_anywhere_never_throw_and_never_lose_a_byte()
    {
        var draws = new Draws(7);
        for (var round = 0; round < 20_000; round++)
        {
            var (provider, operation, mediaType) = Calls[round % Calls.Length];
            var answer = Odd(draws);
            var read = Metered.Run(provider, operation, mediaType, answer, () => 1 + draws.Below(20));
            Assert.True(answer.AsSpan().SequenceEqual(read.Passed), $"round {round}");
        }
    }

    [Fact]
    public void What_a_withholding_meter_passes_does_not_depend_on_the_cuts()
    {
        var draws = new Draws(8);
        for (var round = 0; round < 10_000; round++)
        {
            var answer = Odd(draws);
            var whole = Metered.Run("openai", Operation.Chat, Metered.Sse, answer, withholds: true);
            var pieces = Metered.Run("openai", Operation.Chat, Metered.Sse, answer, () => 1 + draws.Below(9), withholds: true);
            Assert.True(whole.Passed.AsSpan().SequenceEqual(pieces.Passed), $"round {round}");
            Assert.Equal(whole.Reading, pieces.Reading);
        }
    }

    [Fact]
    public void A_million_reads_of_one_byte_are_read_in_passing()
    {
        var answer = Encoding.UTF8.GetBytes(
            """data: {"model":"m","choices":[{"delta":"LONG"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"""
                .Replace("LONG", new string('x', 1_000_000), StringComparison.Ordinal) + "\n\n");
        var read = Metered.Run("openai", Operation.Chat, Metered.Sse, answer, () => 1, withholds: true);
        Assert.Equal(answer, read.Passed);
        Assert.Equal("m [] Input 3, Output 4", read.Reading);
    }

    [Fact]
    public void A_provider_that_only_sends_rubbish_is_not_read_for_ever()
    {
        var answer = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data: {\"usage\":\n\n", 1000))
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n");
        var read = Metered.Run("openai", Operation.Chat, Metered.Sse, answer);
        Assert.Equal(answer, read.Passed);
        Assert.Equal("- []", read.Reading);
    }

    private static byte[] Odd(Draws draws)
    {
        var text = new StringBuilder();
        for (var scraps = draws.Below(60); scraps > 0; scraps--)
            text.Append(Scraps[draws.Below(Scraps.Length)]);
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        for (var flips = draws.Below(3); flips > 0 && bytes.Length > 0; flips--)
            bytes[draws.Below(bytes.Length)] = (byte)draws.Below(256);
        return bytes;
    }
}
