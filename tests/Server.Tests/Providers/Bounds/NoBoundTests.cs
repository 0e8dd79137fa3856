namespace KeyPass.Server.Tests.Providers.Bounds;

/// <summary>Calls that a key with a budget cannot make, because nobody can say what they cost at most.</summary>
public sealed class NoBoundTests
{
    private const string Chat = "/chat/completions";
    private const string Gemini = "/models/gem:generateContent";

    [Theory]
    [InlineData("openai", Chat, """{"model":"gpt-77","messages":[]}""", "PUT /v1/prices/openai/gpt-77")]
    [InlineData("custom:/v1", Chat, """{"model":"llama","messages":[]}""", "PUT /v1/prices/custom/llama")]
    [InlineData("openai", Chat, """{"model":"m","models":["gpt-77"],"messages":[]}""", "'gpt-77'")]
    [InlineData("openai", Chat, """{"model":"whisper","messages":[],"max_tokens":1}""", "'whisper'")]
    [InlineData("openai", "/embeddings", """{"model":"whisper","input":"a"}""", "'whisper'")]
    [InlineData("mistral", "/moderations", """{"model":"mistral-moderation","input":"a"}""", "'mistral-moderation'")]
    public void A_model_that_nobody_prices_is_named_with_where_to_price_it(string provider, string path, string json, string part)
    {
        var why = Bounded.Refused(provider, path, json);
        Assert.True(why.IsPriceUnknown);
        Assert.Contains(part, why.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai", "/responses", """{"model":"m","input":"a","tools":[{"type":"web_search"}]}""", "max_tool_calls")]
    [InlineData("openai", "/responses", """{"model":"m","input":"a","max_tool_calls":1,"tools":[{"type":"mcp","server_url":"https://example.com"}]}""", "mcp")]
    [InlineData("openai", "/responses", """{"model":"m","input":"a","max_tool_calls":1,"tools":[{"type":"code_interpreter"}]}""", "code_interpreter")]
    [InlineData("openai", "/responses", """{"model":"m","input":"a","max_tool_calls":1,"tools":[{"type":"image_generation"}]}""", "image_generation")]
    [InlineData("openai", "/responses", """{"model":"m","input":"a","tools":[{"type":"namespace","tools":[{"type":"web_search"}]}]}""", "web_search")]
    [InlineData("openai", "/responses", """{"model":"m","input":[{"type":"additional_tools","tools":[{"type":"web_search"}]}]}""", "additional_tools")]
    [InlineData("openai", Chat, """{"model":"m","messages":[],"web_search_options":{}}""", "web_search_options")]
    [InlineData("openai", Chat, """{"model":"m","messages":[],"tools":[{"type":"web_search"}]}""", "web_search")]
    [InlineData("openrouter", Chat, """{"model":"o","messages":[],"plugins":[{"id":"web"}]}""", "plugins")]
    [InlineData("openrouter", Chat, """{"model":"o:online","messages":[]}""", "o:online")]
    [InlineData("xai", Chat, """{"model":"x","messages":[],"search_parameters":{"mode":"on"}}""", "x")]
    [InlineData("anthropic", "/messages", """{"model":"c","messages":[],"max_tokens":1,"tools":[{"type":"web_search_20250305"}]}""", "max_uses")]
    [InlineData("anthropic", "/messages", """{"model":"c","messages":[],"max_tokens":1,"tools":[{"type":"code_execution_20250825"}]}""", "code_execution")]
    [InlineData("anthropic", "/messages", """{"model":"c","messages":[],"max_tokens":1,"tools":[{"type":"advisor_20260301","model":"dear"}]}""", "advisor")]
    [InlineData("anthropic", "/messages", """{"model":"c","messages":[],"max_tokens":1,"mcp_servers":[]}""", "mcp_servers")]
    [InlineData("google", Gemini, """{"contents":[],"tools":[{"googleSearch":{}}]}""", "googleSearch")]
    [InlineData("google", Gemini, """{"contents":[],"tools":[{"functionDeclarations":[]},{"codeExecution":{}}]}""", "codeExecution")]
    [InlineData("openai", "/images/generations", """{"prompt":"a cat"}""", "model")]
    [InlineData("openai", "/images/generations", """{"model":"gpt-image-2","prompt":"a cat"}""", "maxOutputTokens")]
    [InlineData("openai", "/audio/transcriptions", """{"model":"whisper","url":"https://example.com"}""", "file")]
    [InlineData("openai", "/embeddings", """{"model":"e","input":[{"video_url":{"url":"https://example.com"}}]}""", "film")]
    public void What_has_no_documented_end_is_named(string provider, string path, string json, string part) =>
        Assert.Contains(part, Bounded.Refused(provider, path, json).Sentence, StringComparison.Ordinal);

    [Fact]
    public void Sound_by_address_is_refused()
    {
        var (form, type) = Bounded.Form(10, ("model", "whisper"), ("file_url", "https://example.com/a.wav"));
        Assert.Null(Bounded.Read("/audio/transcriptions", form, type).BoundFor("openai", Bounded.Book, Bounded.Now, tightly: false, out var why));
        Assert.Contains("form", why!.Sentence, StringComparison.Ordinal);
    }

    /// <summary>The names of what a program of the caller's defines are nobody's but the caller's.</summary>
    [Theory]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"function","function":{"parameters":{"type":"mcp","properties":{"type":{"type":"z"}}}}}]}""")]
    [InlineData("""{"model":"m","messages":[],"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"zzz"}}}}""")]
    [InlineData("""{"model":"m","messages":[],"tool_choice":{"type":"function","function":{"name":"web_search"}}}""")]
    public void What_only_looks_like_a_tool_of_the_provider_s_is_none(string json) => Bounded.Of("openai", Chat, json);
}
