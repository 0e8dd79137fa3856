using System.Buffers;
using System.Text;

namespace KeyPass.Server.Tests.Providers.Bounds;

/// <summary>A limit is lowered where the provider reads it, and no other byte changes.</summary>
public sealed class ClampTests
{
    private const string Chat = "/chat/completions";
    private const string Gemini = "/models/gem:generateContent";

    [Theory]
    // Each provider in its own word, where the body has none.
    [InlineData("openai", Chat, """{"model":"gpt-4o","messages":[]}""", """{"max_completion_tokens":300,"model":"gpt-4o","messages":[]}""")]
    [InlineData("groq", Chat, """{"model":"l","messages":[]}""", """{"max_completion_tokens":300,"model":"l","messages":[]}""")]
    [InlineData("mistral", Chat, """{"model":"l","messages":[]}""", """{"max_tokens":300,"model":"l","messages":[]}""")]
    [InlineData("deepseek", Chat, """{"model":"l","messages":[]}""", """{"max_tokens":300,"model":"l","messages":[]}""")]
    [InlineData("custom:/v1", Chat, """{"model":"llama","messages":[]}""", """{"max_tokens":300,"model":"llama","messages":[]}""")]
    [InlineData("custom:/v1", Chat, """{"model":"o3-mini","messages":[]}""", """{"max_completion_tokens":300,"model":"o3-mini","messages":[]}""")]
    [InlineData("openrouter", Chat, """{"model":"openai/gpt-5","messages":[]}""", """{"max_completion_tokens":300,"model":"openai/gpt-5","messages":[]}""")]
    [InlineData("openai", "/completions", """{"model":"i","prompt":"a"}""", """{"max_tokens":300,"model":"i","prompt":"a"}""")]
    [InlineData("openai", "/responses", """{"model":"m","input":"a"}""", """{"max_output_tokens":300,"model":"m","input":"a"}""")]
    [InlineData("anthropic", "/messages", """{"model":"c","messages":[]}""", """{"max_tokens":300,"model":"c","messages":[]}""")]
    [InlineData("google", Gemini, """{"contents":[]}""", """{"generationConfig":{"maxOutputTokens":300},"contents":[]}""")]
    [InlineData("google", Gemini, "{}", """{"generationConfig":{"maxOutputTokens":300}}""")]
    [InlineData("google", Gemini, """{"generationConfig": {} }""", """{"generationConfig": {"maxOutputTokens":300} }""")]
    [InlineData("google", Gemini, """{"generationConfig":null}""", """{"generationConfig":{"maxOutputTokens":300}}""")]
    [InlineData("google", Gemini, """{"generation_config":{"temperature":1}}""", """{"generation_config":{"maxOutputTokens":300,"temperature":1}}""")]
    // What is there is lowered, all of it, and never raised.
    [InlineData("openai", Chat, """{"model":"m", "max_tokens" : 1000 }""", """{"model":"m", "max_tokens" : 300 }""")]
    [InlineData("openai", Chat, """{"model":"m","max_tokens":200}""", """{"model":"m","max_tokens":200}""")]
    [InlineData(
        "openai", Chat, """{"model":"m","max_tokens":200,"max_completion_tokens":9000}""", """{"model":"m","max_tokens":200,"max_completion_tokens":300}""")]
    [InlineData(
        "openai", Chat, """{"max_tokens":8000,"model":"m","max_completion_tokens":9000}""", """{"max_tokens":300,"model":"m","max_completion_tokens":300}""")]
    [InlineData("openai", Chat, """{"max_completion_tokens":null,"model":"m"}""", """{"max_completion_tokens":300,"model":"m"}""")]
    [InlineData("openai", Chat, """{"max_tokens":null,"model":"m"}""", """{"max_completion_tokens":300,"max_tokens":null,"model":"m"}""")]
    [InlineData("mistral", Chat, """{"max_completion_tokens":9000,"model":"m"}""", """{"max_tokens":300,"max_completion_tokens":300,"model":"m"}""")]
    [InlineData("openai", Chat, """{"max_t\u006Fkens":1000,"model":"m"}""", """{"max_t\u006Fkens":300,"model":"m"}""")]
    [InlineData("openai", "/responses", """{"max_output_tokens":1000,"model":"m"}""", """{"max_output_tokens":300,"model":"m"}""")]
    [InlineData("anthropic", "/messages", """{"model":"c","max_tokens":64000}""", """{"model":"c","max_tokens":300}""")]
    [InlineData("google", Gemini, """{"generationConfig":{"maxOutputTokens":1000}}""", """{"generationConfig":{"maxOutputTokens":300}}""")]
    [InlineData("google", Gemini, """{"generation_config":{"max_output_tokens":null}}""", """{"generation_config":{"max_output_tokens":300}}""")]
    public void A_limit_is_lowered_byte_for_byte(string provider, string path, string json, string expected) =>
        Assert.Equal(expected, Sent(provider, path, json, 300));

    [Theory]
    [InlineData("""{"model":"m","stream":true}""", """{"max_completion_tokens":300,"stream_options":{"include_usage":true},"model":"m","stream":true}""")]
    [InlineData(
        """{"stream_options":{"include_usage":false},"model":"m","max_tokens":1000,"stream":true}""",
        """{"stream_options":{"include_usage":true},"model":"m","max_tokens":300,"stream":true}""")]
    [InlineData(
        """{"max_tokens":1000,"stream":true,"model":"m","stream_options":{}}""",
        """{"max_tokens":300,"stream":true,"model":"m","stream_options":{"include_usage":true}}""")]
    public void It_stands_beside_the_asking_for_usage(string json, string expected) => Assert.Equal(expected, Sent("openai", Chat, json, 300));

    [Fact]
    public void Without_a_limit_to_set_nothing_changes() =>
        Assert.Equal("""{"model":"m","max_tokens":1000}""", Sent("openai", Chat, """{"model":"m","max_tokens":1000}""", null));

    [Fact]
    public void What_goes_out_is_bounded_by_what_it_was_lowered_to()
    {
        var wish = Bounded.Read(Chat, """{"model":"m","n":3,"max_tokens":2000,"max_completion_tokens":1500,"messages":[],"service_tier":"default"}""");
        var bound = Bounded.Of("openai", wish);
        var amount = (bound.NanoUsd + bound.LeastNanoUsd) / 2;
        var tokens = bound.TokensWithin(amount);

        var sent = Bounded.Of("openai", Bounded.Read(Chat, wish.BytesFor("openai", tokens).ToArray()));

        Assert.Equal((tokens, tokens * 3), (sent.AskedTokens, sent.OutputTokens));
        Assert.InRange(sent.NanoUsd, 0, amount);
    }

    private static string Sent(string provider, string path, string json, long? tokens) =>
        Encoding.UTF8.GetString(Bounded.Read(path, json).BytesFor(provider, tokens).ToArray());
}
