using System.Text;
using KeyPass.Server.Providers.Bounds;
using KeyPass.Server.Tests.Gateway;

namespace KeyPass.Server.Tests.Providers.Bounds;

/// <summary>What must hold of every bound, whatever its numbers are.</summary>
public sealed class BoundPropertyTests
{
    [Fact]
    public void What_an_amount_pays_for_costs_no_more_than_the_amount_and_one_token_more_would()
    {
        var draws = new Draws(5);
        for (var round = 0; round < 20_000; round++)
        {
            var bound = Random(draws);
            var amount = draws.Below(10) switch
            {
                0 => bound.NanoUsd,
                1 => bound.LeastNanoUsd,
                2 => bound.LeastNanoUsd - 1,
                _ => bound.FixedNanoUsd + (draws.Below(1_000_000) * (1 + (long)draws.Below(100_000))),
            };
            var tokens = bound.TokensWithin(amount);
            Assert.InRange(tokens, 0, bound.AskedTokens);
            if (tokens > 0)
                Assert.True(bound.NanoUsdOf(tokens) <= amount);
            else
                Assert.True(bound.LeastNanoUsd > amount || bound.AskedTokens == 0 || bound.LeastTokens == 0);
            if (tokens > 0 && tokens < bound.AskedTokens)
                Assert.True(bound.NanoUsdOf(tokens + 1) > amount && tokens >= bound.LeastTokens);
        }
    }

    [Fact]
    public void More_output_never_costs_less()
    {
        var draws = new Draws(6);
        for (var round = 0; round < 5_000; round++)
        {
            var bound = Random(draws);
            var fewer = draws.Below(100_000);
            Assert.True(bound.NanoUsdOf(fewer) <= bound.NanoUsdOf(fewer + draws.Below(1000)));
        }
    }

    [Fact]
    public void The_largest_of_everything_is_the_most_that_a_long_holds()
    {
        var bound = new Bound
        {
            FixedNanoUsd = long.MaxValue - 5, PerMillion = long.MaxValue, Answers = long.MaxValue, AskedTokens = long.MaxValue, LeastTokens = 1,
        };
        Assert.Equal((long.MaxValue, 0), (bound.NanoUsd, bound.TokensWithin(1_000_000)));
    }

    [Fact]
    public void More_in_a_body_never_makes_its_bound_lower()
    {
        string[] more =
        [
            "{\"role\":\"user\",\"content\":\"more\"}", "{\"content\":[{\"type\":\"image_url\",\"image_url\":\"https://example.com\"}]}", "{\"a\":\"\\ufdfa\"}",
            "{\"content\":[{\"type\":\"file\",\"file\":{\"file_data\":\"AA\"}}]}", "{\"content\":\"漢\"}", "{\"x\":[[[]]]}",
        ];
        var draws = new Draws(9);
        for (var round = 0; round < 300; round++)
        {
            var (messages, last) = (new List<string>(), new long[2]);
            for (var count = 0; count < 8; count++)
            {
                messages.Add(more[draws.Below(more.Length)]);
                var wish = Bounded.Read("/chat/completions", $$"""{"model":"m","max_tokens":10,"messages":[{{string.Join(',', messages)}}]}""");
                long[] now = [Bounded.Of("openai", wish).NanoUsd, Bounded.Of("openai", wish, tightly: true).NanoUsd];
                Assert.True(now[0] >= last[0] && now[1] >= last[1] && now[1] <= now[0], string.Join(',', messages));
                last = now;
            }
        }
    }

    /// <summary>The scan and the bound meet bodies that nobody wrote by hand.</summary>
    [Fact]
    public void Bodies_of_chance_have_a_bound_or_a_reason()
    {
        string[] scraps =
        [
            "\"type\":\"image\"", "\"type\":\"web_search\"", "\"max_uses\":-1", "\"max_uses\":2147483647", "\"source\":{}", "\"inlineData\":[]",
            "\"image_url\":null", "\"cache_control\":{}", "\"type\":null", "\"type\":{}", "\"thinkingBudget\":-1", "\"mimeType\":\"image/png\"", 
            "\"url\":\"data:a\"", "\"type\":\"\\u0061\"",
        ];
        string[] tops =
        [
            "\"n\":2147483647", "\"best_of\":2147483647", "\"max_tokens\":2147483647", "\"max_tool_calls\":2147483647",
            "\"prompt\":[\"a\",[1]]", "\"thinking\":null",
            "\"generationConfig\":{\"candidateCount\":0}", "\"service_tier\":7", "\"speed\":\"\"", "\"prediction\":[]",
            "\"tools\":{}", "\"thinking\":{\"budget_tokens\":9}",
        ];
        (string Provider, string Path)[] calls =
        [
            ("openai", "/chat/completions"), ("openai", "/responses"), ("openai", "/completions"), ("openai", "/embeddings"), ("anthropic", "/messages"),
            ("google", "/models/m:generateContent"), ("openai", "/images/generations"),
        ];
        var draws = new Draws(10);
        for (var round = 0; round < 20_000; round++)
        {
            string Some(string[] from, int most) =>
                string.Join(',', Enumerable.Range(0, draws.Below(most)).Select(_ => from[draws.Below(from.Length)]).DistinctBy(Named));
            string Parts() => $"{{{Some(scraps, 4)}}}";
            var members = Some(tops, 5);
            var (provider, path) = calls[round % calls.Length];
            var model = provider == "anthropic" ? "c" : "m";
            var json = $$"""
                {"model":"{{model}}","tool_choice":[{{Parts()}}],"messages":[{{Parts()}}],{{members}}{{(members.Length > 0 ? "," : "")}}"input":[{{Parts()}}]}
                """;
            var wish = Bounded.Read(path, json);
            var bound = wish.BoundFor(provider, Bounded.Book, Bounded.Now, tightly: round % 2 == 0, out var why);
            Assert.True(bound is null != why is null, json);
            Assert.True(bound is null || (bound.NanoUsd >= bound.LeastNanoUsd && bound.LeastNanoUsd >= 0 && bound.InputTokens >= 0), json);
            if (bound is not null)
                Assert.NotEmpty(Encoding.UTF8.GetString(wish.BytesFor(provider, bound.AskedTokens).FirstSpan) + "x");
        }
    }

    private static string Named(string member) => member.Split(':')[0];

    private static Bound Random(Draws draws)
    {
        var asked = draws.Below(200_000);
        return new Bound
        {
            FixedNanoUsd = draws.Below(int.MaxValue),
            PerMillion = (long)draws.Below(int.MaxValue) * draws.Below(200),
            Answers = 1 + draws.Below(5),
            AskedTokens = asked,
            LeastTokens = Math.Min(asked, 256),
        };
    }
}
