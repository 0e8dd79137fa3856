using KeyPass.Server.Pricing;

namespace KeyPass.Server.Tests.Providers.Bounds;

/// <summary>
/// What calls can cost at most. Every number was worked out apart from the code: bytes, and two for each name, value and bracket; 1,024 tokens that
/// the vendor may add; the dearest rate that may apply; and sixteen nano-USD for what each class is rounded up by.
/// </summary>
public sealed class BoundTests
{
    private const string Chat = "/chat/completions";

    [Theory]
    // 84 bytes + 2 × 14, × 100; 1,000 or 256 × 400.
    [InlineData("sandbox", Chat, """{"model":"sandbox-ok","messages":[{"role":"user","content":"Hi"}],"max_tokens":1000}""", 112, 1000, 411_216, 113_616)]
    // 66 + 2 × 12; the model's own 4,096.
    [InlineData("sandbox", Chat, """{"model":"sandbox-ok","messages":[{"role":"user","content":"Hi"}]}""", 90, 4096, 1_647_416, 111_416)]
    // 117 + 2 × 18 + 1,024, × 1,250, because it may be written to a cache; three answers × 4,000.
    [InlineData(
        "openai", Chat, """{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":1000,"n":3,"service_tier":"default"}""",
        1177, 3000, 13_471_266, 4_543_266)]
    // 75 + 2 × 14 + 1,024. The project may serve it with priority: twice the price.
    [InlineData("openai", Chat, """{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":1000}""", 1127, 1000, 10_817_516, 4_865_516)]
    // 38 + 2 × 10 + 1,024; sixteen tokens for each of two prompts, twice.
    [InlineData("openai", "/completions", """{"model":"m","prompt":["a","b"],"n":2}""", 1082, 64, 1_608_516, 1_608_516)]
    // 73 + 2 × 9 + 1,024. Where there is no room for the cheap tier, the usual may serve.
    [InlineData(
        "openai", "/responses", """{"model":"m","input":"Hi","max_output_tokens":1000,"service_tier":"flex"}""", 1115, 1000, 5_393_766, 2_417_766)]
    // The window of 10,000 before, between and after two searches, each ten million.
    [InlineData(
        "openai", "/responses",
        """{"model":"m","input":"Hi","max_output_tokens":1000,"service_tier":"default","max_tool_calls":2,"tools":[{"type":"web_search"}]}""",
        30_000, 1000, 61_500_016, 58_524_016)]
    // 75 + 2 × 14 + 1,024, × 1,000 and 5,000, and a tenth more because it may run in the United States.
    [InlineData("anthropic", "/messages", """{"model":"c","max_tokens":1000,"messages":[{"role":"user","content":"Hi"}]}""", 1127, 1000, 6_739_716, 2_647_716)]
    // 182 + 2 × 31 + 1,024, × 2,200 for an hour in the cache. Less than 2,000 of thinking and 256 is of no use.
    [InlineData(
        "anthropic", "/messages",
        """{"model":"c","max_tokens":3000,"thinking":{"type":"enabled","budget_tokens":2000},"system":[{"type":"text","text":"a","cache_control":"""
        + """{"type":"ephemeral","ttl":"1h"}}],"messages":[]}""",
        1268, 3000, 19_289_616, 15_197_616)]
    // Three rounds, each of which may answer in full.
    [InlineData(
        "anthropic", "/messages",
        """{"model":"c","max_tokens":1000,"inference_geo":"global","tools":[{"type":"web_search_20250305","name":"web_search","max_uses":2}],"messages":[]}""",
        30_000, 3000, 72_500_016, 61_340_016)]
    [InlineData("openai", "/embeddings", """{"model":"e","input":["a","b"]}""", 47, 0, 956, 956)]
    [InlineData("openai", "/moderations", """{"input":"Hi"}""", 0, 0, 0, 0)]
    [InlineData("openai", "/moderations", """{"model":"free","input":"Hi"}""", 39, 0, 0, 0)]
    [InlineData("openai", "/responses/input_tokens", """{"model":"m","input":"Hi"}""", 0, 0, 0, 0)]
    [InlineData("anthropic", "/messages/count_tokens", """{"model":"c","messages":[]}""", 0, 0, 0, 0)]
    // Two pictures of 6,240 tokens; the prompt at the price of pictures, which it may have.
    [InlineData("openai", "/images/generations", """{"model":"gpt-image-1","prompt":"a cat","n":2}""", 60, 12_480, 499_800_016, 499_800_016)]
    [InlineData("openai", "/images/generations", """{"model":"picture","prompt":"a cat","n":2}""", 0, 0, 80_000_000, 80_000_000)]
    [InlineData("openai", "/audio/speech", """{"model":"tts","input":"Hello","voice":"alloy"}""", 0, 0, 75_000, 75_000)]
    // 103 + 2 × 20 + 1,024; two candidates.
    [InlineData(
        "google", "/models/gem:generateContent",
        """{"contents":[{"parts":[{"text":"Hi"}]}],"generationConfig":{"maxOutputTokens":1000,"candidateCount":2}}""", 1167, 2000, 5_167_016, 2_191_016)]
    // 94 + 2 × 22 + 1,024 + 50,000 for the picture, all at the price of pictures.
    [InlineData(
        "google", "/models/gem:streamGenerateContent",
        """{"contents":[{"parts":[{"text":"Hi"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}]}""", 51_162, 2000, 157_486_016, 153_998_016)]
    [InlineData("google", "/models/gem:embedContent", """{"content":{"parts":[{"text":"Hi"}]}}""", 59, 0, 59_016, 59_016)]
    public void A_call_costs_at_most(string provider, string path, string json, long input, long output, long nanoUsd, long least)
    {
        var bound = Bounded.Of(provider, path, json);
        Assert.Equal((input, output, nanoUsd, least), (bound.InputTokens, bound.OutputTokens, bound.NanoUsd, bound.LeastNanoUsd));
        Assert.Equal(nanoUsd != least, bound.IsClampable);
    }

    [Fact]
    public void Sound_is_at_most_as_long_as_its_bytes_at_two_kilobit()
    {
        var (form, type) = Bounded.Form(25_000, ("model", "whisper"));
        Assert.Equal(101_000 * 100, Bounded.Of("openai", Bounded.Read("/audio/transcriptions", form, type)).NanoUsd);
    }

    [Fact]
    public void Sound_that_is_counted_in_tokens_has_at_most_thirty_two_a_second()
    {
        // The fields have 6 + 2 bytes; 1,024 that the vendor adds; 101 seconds. All at the price of sound.
        var (form, type) = Bounded.Form(25_000, ("model", "scribe"), ("language", "en"));
        var bound = Bounded.Of("openai", Bounded.Read("/audio/translations", form, type));
        Assert.Equal(6 + 2 + 1024 + (101 * 32), bound.InputTokens);
        Assert.Equal((bound.InputTokens * 6000) + (2_000 * 10_000) + 16, bound.NanoUsd);
    }

    [Fact]
    public void A_sound_of_nothing_costs_what_a_vendor_bills_at_least()
    {
        var (form, type) = Bounded.Form(0, ("model", "whisper"));
        Assert.Equal(10_000 * 100, Bounded.Of("openai", Bounded.Read("/audio/transcriptions", form, type)).NanoUsd);
    }

    [Fact]
    public void An_edit_counts_each_of_its_files()
    {
        var (form, type) = Bounded.Form(10, ("model", "gpt-image-1"), ("prompt", "a hat"), ("n", "2"), ("partial_images", "3"));
        var bound = Bounded.Of("openai", Bounded.Read("/images/edits", form, type));
        Assert.Equal((11 + 5 + 1 + 1 + 10_000, 2 * (6_240 + 300)), (bound.InputTokens, bound.OutputTokens));
    }

    [Theory]
    [InlineData("""{"model":"long","messages":[],"service_tier":"default","max_tokens":1}""", 1024 + 70 + (2 * 10), 2000, 8000)]
    [InlineData("""{"model":"voice","messages":[],"service_tier":"default","max_tokens":1}""", 1024 + 71 + (2 * 10), 1000, 64_000)]
    [InlineData(
        """{"model":"voice","messages":[{"content":[{"input_audio":{}}]}],"service_tier":"default","max_tokens":1}""", 1024 + 103 + (2 * 20), 32_000, 64_000)]
    public void The_dearest_price_that_may_apply_is_taken(string json, long input, long inputRate, long outputRate)
    {
        var bound = Bounded.Of("openai", Chat, json);
        Assert.Equal((input, (input * inputRate) + outputRate + 16), (bound.InputTokens, bound.NanoUsd));
    }

    [Theory]
    [InlineData("default", 100)]
    [InlineData("flex", 100)]
    [InlineData("auto", 200)]
    [InlineData("priority", 200)]
    [InlineData("one that is new", 200)]
    public void A_tier_that_is_asked_for_may_be_served_or_the_usual_one(string tier, long percent)
    {
        var bound = Bounded.Of("openai", Chat, $$"""{"model":"m","messages":[],"service_tier":"{{tier}}","max_tokens":0}""");
        Assert.Equal(16 + (bound.InputTokens * 1250 * percent / 100), bound.NanoUsd);
    }

    [Theory]
    [InlineData("", 110)]
    [InlineData(""","inference_geo":"us" """, 110)]
    [InlineData(""","inference_geo":"global" """, 100)]
    [InlineData(""","speed":"fast","inference_geo":"global" """, 600)]
    [InlineData(""","speed":"fast" """, 660)]
    public void Speed_and_region_of_Anthropics_are_in_the_bound(string asked, long percent)
    {
        var bound = Bounded.Of("anthropic", "/messages", $$"""{"model":"c","messages":[],"max_tokens":0{{asked}}}""");
        Assert.Equal(16 + (bound.InputTokens * 1000 * percent / 100), bound.NanoUsd);
    }

    [Fact]
    public void Of_models_that_may_serve_in_each_other_s_place_the_dearest_counts_for_input_and_for_output()
    {
        var bound = Bounded.Of("openrouter", Chat, """{"model":"o","models":["dearer"],"messages":[],"max_tokens":10}""");
        Assert.Equal((bound.InputTokens * 3000) + (10 * 2000) + 16, bound.NanoUsd);
    }

    [Fact]
    public void Anthropics_fallbacks_are_each_paid_for()
    {
        var bound = Bounded.Of(
            "anthropic", "/messages", """{"model":"c","fallbacks":[{"model":"dear"}],"messages":[],"max_tokens":10,"inference_geo":"global"}""");
        Assert.Equal((bound.InputTokens / 2 * 11_000) + (10 * 55_000) + 32, bound.NanoUsd);
    }

    [Fact]
    public void An_advisor_may_read_all_and_say_all_each_time()
    {
        const string Json = """
            {"model":"c","max_tokens":10,"inference_geo":"global","messages":[],
             "tools":[{"type":"advisor_20260301","name":"advisor","model":"dear","max_uses":2}]}
            """;
        var plain = Bounded.Of("anthropic", "/messages", Json.Replace("advisor_20260301", "custom", StringComparison.Ordinal));
        var bound = Bounded.Of("anthropic", "/messages", Json);
        Assert.Equal(10_000 * 2, bound.InputTokens - plain.InputTokens - (2 * 2 * ("advisor_20260301".Length - "custom".Length)) / 2);
        Assert.Equal(4_000 * 2, bound.ExtraOutputTokens);
    }

    [Fact]
    public void What_is_compacted_is_read_twice_and_summarised_once()
    {
        var bound = Bounded.Of("anthropic", "/messages", """
            {"model":"c","max_tokens":10,"messages":[],"context_management":{"edits":[{"type":"compact_20260112"}]}}
            """);
        Assert.Equal(4_000, bound.ExtraOutputTokens);
        Assert.Equal(4_000 + (2 * (1024 + 104 + (2 * 18))), bound.InputTokens);
    }

    [Theory]
    [InlineData(Chat, """{"model":"m","messages":[{"content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AA"}}]}]}""")]
    [InlineData(Chat, """{"model":"m","messages":[{"content":[{"type":"image_url","image_url":{"url":"data:application/pdf;base64,AA"}}]}]}""")]
    [InlineData("/responses", """{"model":"m","input":[{"content":[{"type":"input_file","file_url":"https://example.com/a.pdf"}]}]}""")]
    [InlineData("/messages", """{"model":"c","max_tokens":1,"messages":[{"content":[{"type":"document","source":{"type":"url","url":"https://a.b"}}]}]}""")]
    [InlineData("/messages", """{"model":"c","max_tokens":1,"messages":[{"content":[{"type":"document","source":{"type":"base64","data":"AA"}}]}]}""")]
    [InlineData("/models/gem:generateContent", """{"contents":[{"parts":[{"fileData":{"fileUri":"https://example.com/film"}}]}]}""")]
    [InlineData("/models/gem:generateContent", """{"contents":[{"parts":[{"inlineData":{"mimeType":"audio/flac","data":"AA"}}]}]}""")]
    public void What_is_not_in_the_call_as_text_may_fill_the_window(string path, string json)
    {
        var provider = path == "/messages" ? "anthropic" : path == "/models/gem:generateContent" ? "google" : "openai";
        Assert.True(Bounded.Of(provider, path, json).InputTokens >= 10_000);
    }

    [Fact]
    public void What_is_free_has_a_bound_of_nothing() =>
        Assert.Equal(0, Bounded.Of("custom:/v1", Chat, """{"model":"nothing","messages":[{"role":"user","content":"Hi"}]}""").NanoUsd);

    [Fact]
    public void Where_a_price_names_no_maximum_the_call_can()
    {
        Assert.Equal(500, Bounded.Of("custom:/v1", Chat, """{"model":"own","messages":[],"max_tokens":500}""").OutputTokens);
        Assert.Contains("max_tokens", Bounded.Refused("custom:/v1", Chat, """{"model":"own","messages":[]}""").Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_a_price_names_no_maximum_the_largest_of_the_vendor_s_holds() =>
        Assert.Equal(2_000, Bounded.Of("openai", Chat, """{"model":"endless","messages":[]}""").OutputTokens);

    [Fact]
    public void A_prediction_that_does_not_come_true_is_paid_for()
    {
        var bound = Bounded.Of("openai", Chat, """{"model":"m","messages":[],"max_tokens":10,"prediction":{"type":"content","content":"abc"}}""");
        Assert.Equal(bound.InputTokens - 1024, bound.ExtraOutputTokens);
    }

    [Fact]
    public void The_catalogue_s_chat_models_have_bounds()
    {
        foreach (var provider in (string[])["openai", "groq", "mistral", "deepseek", "xai", "cohere"])
        {
            foreach (var model in PriceBook.Catalogue.ModelsOf(provider).Where(model => model.Rates.Of(UsageClass.Output) is not null))
            {
                var wish = Bounded.Read(Chat, $$"""{"model":"{{model.Id}}","messages":[],"max_tokens":100}""");
                if (wish.BoundFor(provider, PriceBook.Catalogue, Bounded.Now, tightly: false, out var why) is null)
                    Assert.Contains("searches by itself", why!.Sentence, StringComparison.Ordinal);
            }
        }
    }
}
