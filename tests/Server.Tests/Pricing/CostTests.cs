using System.Globalization;
using KeyPass.Server.Pricing;

namespace KeyPass.Server.Tests.Pricing;

/// <summary>
/// What calls cost. Every expected number was worked out from count and rate apart from the code, as exact fractions rounded up once a class.
/// </summary>
public sealed class CostTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    /// <summary>As on the day of writing, so that a new catalogue changes no test. How tiers are charged is the catalogue's.</summary>
    private static readonly PriceBook Book = PriceBook.Of(
    [
        Priced("openai", "gpt-5",
            "Input=1_250_000_000 CachedInput=125_000_000 Output=10_000_000_000 WebSearches=10_000_000_000_000 FileSearches=2_500_000_000_000"),
        Priced("openai", "gpt-5.5",
            "Input=5_000_000_000 CachedInput=500_000_000 Output=30_000_000_000", 271_999,
            "Input=10_000_000_000 CachedInput=1_000_000_000 Output=45_000_000_000"),
        Priced("openai", "gpt-6-sol",
            "Input=2_000_000_000 CachedInput=200_000_000 CacheWrite=2_500_000_000 CacheWriteLong=2_500_000_000 Output=10_000_000_000"),
        Priced("openai", "gpt-audio", "Input=2_500_000_000 Output=10_000_000_000 InputAudio=32_000_000_000 OutputAudio=64_000_000_000"),
        Priced("openai", "gpt-realtime",
            "Input=4_000_000_000 CachedInput=400_000_000 Output=16_000_000_000 InputAudio=32_000_000_000 "
            + "CachedInputAudio=400_000_000 OutputAudio=64_000_000_000 InputImage=5_000_000_000 CachedInputImage=500_000_000"),
        Priced("openai", "gpt-image-1.5",
            "Input=5_000_000_000 CachedInput=1_250_000_000 Output=10_000_000_000 "
            + "InputImage=8_000_000_000 CachedInputImage=2_000_000_000 OutputImage=32_000_000_000"),
        Priced("openai", "whisper-1", "AudioMilliseconds=100_000_000"),
        Priced("openai", "text-embedding-3-small", "Input=20_000_000"),
        Priced("openai", "tts", "Characters=15_000_000_000"),
        Priced("openai", "picture", "Images=40_000_000_000_000"),
        Priced("anthropic", "claude-opus-4-5",
            "Input=5_000_000_000 CachedInput=500_000_000 CacheWrite=6_250_000_000 "
            + "CacheWriteLong=10_000_000_000 Output=25_000_000_000 WebSearches=10_000_000_000_000"),
        Priced("anthropic", "claude-haiku-5-5",
            "Input=100_000_000 CachedInput=10_000_000 CacheWrite=125_000_000 CacheWriteLong=200_000_000 Output=500_000_000", 100_000,
            "Input=500_000_000 CachedInput=50_000_000 CacheWrite=625_000_000 CacheWriteLong=1_000_000_000 Output=2_500_000_000"),
        Priced("anthropic", "claude-fable-5-1",
            "Input=10_000_000_000 CachedInput=250_000_000 CacheWrite=12_500_000_000 CacheWriteLong=20_000_000_000 Output=50_000_000_000"),
        Priced("google", "gemini-2.5-pro",
            "Input=1_250_000_000 CachedInput=125_000_000 Output=10_000_000_000", 200_000,
            "Input=2_500_000_000 CachedInput=250_000_000 Output=15_000_000_000"),
        Priced("google", "gemini-2.5-flash",
            "Input=300_000_000 CachedInput=30_000_000 Output=2_500_000_000 InputAudio=1_000_000_000 CachedInputAudio=100_000_000"),
        Priced("deepseek", "deepseek-v4-flash", "Input=440_000_000 CachedInput=2_800_000 Output=1_320_000_000"),
        Priced("groq", "whisper-large-v3", "AudioMilliseconds=30_833_334"),
        Priced("cohere", "rerank", "Requests=2_000_000_000_000"),
        Priced("sandbox", "sandbox-ok", "Input=100_000_000 CachedInput=10_000_000 Output=400_000_000"),
    ]);

    [Theory]
    [InlineData("openai/gpt-5", "", "Input=1", 1_250)]
    [InlineData("openai/gpt-5", "", "Output=1", 10_000)]
    [InlineData("openai/gpt-5", "", "CachedInput=1", 125)]
    [InlineData("openai/gpt-5", "", "Input=1000 Output=500", 6_250_000)]
    [InlineData("openai/gpt-5", "", "Input=976 CachedInput=1024 Output=300", 4_348_000)]
    [InlineData("openai/gpt-5", "", "Input=1 CachedInput=1 Output=1", 11_375)]
    [InlineData("openai/gpt-5", "", "Input=1 WebSearches=1", 10_001_250)]
    [InlineData("openai/gpt-5", "", "Input=100 WebSearches=3 FileSearches=2 Output=7", 35_195_000)]
    [InlineData("openai/gpt-5", "flex", "Input=1000 Output=500", 3_125_000)]
    [InlineData("openai/gpt-5", "flex", "Input=1 Output=1", 5_625)]
    [InlineData("openai/gpt-5", "flex", "CachedInput=1", 63)]
    [InlineData("openai/gpt-5", "flex", "CachedInput=3 WebSearches=1", 10_000_188)]
    [InlineData("openai/gpt-5", "batch", "Input=123457 Output=891", 81_615_625)]
    [InlineData("openai/gpt-5", "default", "Input=12 Output=34", 355_000)]
    [InlineData("openai/gpt-5", "priority", "Input=1000 Output=500", 12_500_000)]
    [InlineData("openai/gpt-5", "fast", "CachedInput=1", 250)]
    [InlineData("openai/gpt-5.5", "", "Input=271999 Output=1000", 1_389_995_000)]
    [InlineData("openai/gpt-5.5", "", "Input=272000 Output=1000", 2_765_000_000)]
    [InlineData("openai/gpt-5.5", "", "Input=200000 CachedInput=71999 Output=1", 1_036_029_500)]
    [InlineData("openai/gpt-5.5", "", "Input=200000 CachedInput=72000 Output=1", 2_072_045_000)]
    [InlineData("openai/gpt-5.5", "flex", "Input=300001 Output=999", 1_522_482_500)]
    [InlineData("openai/gpt-6-sol", "", "Input=10 CacheWrite=2048 Output=5", 5_190_000)]
    [InlineData("openai/gpt-6-sol", "", "CacheWriteLong=2048 CachedInput=10", 5_122_000)]
    [InlineData("openai/gpt-6-sol", "batch", "CacheWrite=1 CacheWriteLong=1", 2_500)]
    [InlineData("openai/gpt-audio", "", "Input=50 InputAudio=1000 Output=20 OutputAudio=400", 57_925_000)]
    [InlineData("openai/gpt-audio", "", "CachedInputAudio=10", 320_000)]
    [InlineData("openai/gpt-audio", "", "InputAudio=1", 32_000)]
    [InlineData("openai/gpt-realtime", "", "Input=100 CachedInput=50 InputAudio=300 CachedInputAudio=200 Output=40 OutputAudio=500", 42_740_000)]
    [InlineData("openai/gpt-realtime", "", "InputImage=765 CachedInputImage=255", 3_952_500)]
    [InlineData("openai/gpt-realtime", "", "CachedInputAudio=1", 400)]
    [InlineData("openai/gpt-image-1.5", "", "Input=32 OutputImage=4160", 133_280_000)]
    [InlineData("openai/gpt-image-1.5", "", "InputImage=1105 CachedInputImage=5 OutputImage=272 Output=12", 17_674_000)]
    [InlineData("openai/gpt-image-1.5", "batch", "OutputImage=1056", 16_896_000)]
    [InlineData("openai/whisper-1", "", "AudioMilliseconds=60000", 6_000_000)]
    [InlineData("openai/whisper-1", "", "AudioMilliseconds=1", 100)]
    [InlineData("openai/whisper-1", "flex", "AudioMilliseconds=1000", 100_000)]
    [InlineData("openai/text-embedding-3-small", "", "Input=1", 20)]
    [InlineData("openai/text-embedding-3-small", "", "Input=8191", 163_820)]
    [InlineData("openai/text-embedding-3-small", "batch", "Input=3", 30)]
    [InlineData("openai/tts", "", "Characters=4096", 61_440_000)]
    [InlineData("openai/picture", "", "Images=3", 120_000_000)]
    [InlineData("anthropic/claude-opus-4-5", "", "Input=3 CacheWrite=2051 CachedInput=10240 Output=412", 28_253_750)]
    [InlineData("anthropic/claude-opus-4-5", "", "CacheWriteLong=2051 Output=1", 20_535_000)]
    [InlineData("anthropic/claude-opus-4-5", "", "CacheWrite=1 CacheWriteLong=1", 16_250)]
    [InlineData("anthropic/claude-opus-4-5", "", "Input=15665 Output=520 WebSearches=2", 111_325_000)]
    [InlineData("anthropic/claude-opus-4-5", "batch", "Input=333 Output=77", 1_795_000)]
    [InlineData("anthropic/claude-opus-4-5", "standard", "Input=333 Output=77", 3_590_000)]
    [InlineData("anthropic/claude-opus-4-5", "|fast", "Input=333 Output=77", 21_540_000)]
    [InlineData("anthropic/claude-opus-4-5", "||us", "Input=333 Output=77", 3_949_000)]
    [InlineData("anthropic/claude-opus-4-5", "|fast|us", "Input=1 Output=1 WebSearches=1", 10_198_000)]
    [InlineData("anthropic/claude-opus-4-5", "||global", "CachedInput=7", 3_500)]
    [InlineData("anthropic/claude-opus-4-5", "batch||us", "CachedInput=1 CacheWrite=3", 10_588)]
    [InlineData("anthropic/claude-haiku-5-5", "", "Input=100000 Output=10", 10_005_000)]
    [InlineData("anthropic/claude-haiku-5-5", "", "Input=100001 Output=10", 50_025_500)]
    [InlineData("anthropic/claude-haiku-5-5", "", "Input=1 CachedInput=99999 CacheWrite=1 Output=1", 5_003_575)]
    [InlineData("anthropic/claude-haiku-5-5", "", "CacheWriteLong=100001", 100_001_000)]
    [InlineData("anthropic/claude-fable-5-1", "", "CachedInput=200001 Output=3", 50_150_250)]
    [InlineData("anthropic/claude-fable-5-1", "", "Input=8 CacheWrite=16 CacheWriteLong=32 CachedInput=64 Output=128", 7_336_000)]
    [InlineData("google/gemini-2.5-pro", "", "Input=9 Output=208", 2_091_250)]
    [InlineData("google/gemini-2.5-pro", "", "Input=200000 Output=1", 250_010_000)]
    [InlineData("google/gemini-2.5-pro", "", "Input=200001 Output=1", 500_017_500)]
    [InlineData("google/gemini-2.5-pro", "ON_DEMAND", "CachedInput=3", 375)]
    [InlineData("google/gemini-2.5-pro", "ON_DEMAND_PRIORITY", "CachedInput=3 Output=3", 60_750)]
    [InlineData("google/gemini-2.5-flash", "", "Input=20 InputAudio=640 CachedInputAudio=33 Output=99", 896_800)]
    [InlineData("google/gemini-2.5-flash", "", "InputImage=258 OutputImage=10 CachedInputImage=1", 102_430)]
    [InlineData("google/gemini-2.5-flash", "flex", "Input=1 CachedInput=1", 165)]
    [InlineData("deepseek/deepseek-v4-flash", "", "CachedInput=1", 3)]
    [InlineData("deepseek/deepseek-v4-flash", "", "CachedInput=128 Input=7 Output=11", 17_959)]
    [InlineData("groq/whisper-large-v3", "", "AudioMilliseconds=10000", 308_334)]
    [InlineData("groq/whisper-large-v3", "", "AudioMilliseconds=12345", 380_638)]
    [InlineData("cohere/rerank", "", "Requests=2", 4_000_000)]
    [InlineData("sandbox/sandbox-ok", "", "Input=11 Output=9", 4_700)]
    [InlineData("sandbox/sandbox-ok", "priority", "Input=11 CachedInput=5 Output=9", 9_500)]
    public void A_call_costs_what_the_price_list_says(string model, string served, string counted, long nanoUsd)
    {
        var (provider, name) = (model.Split('/')[0], model.Split('/')[1]);

        var cost = Cost.Of(Read(served, Usage(counted)), provider, name, Book, Now);

        Assert.Equal(nanoUsd, cost.NanoUsd);
        Assert.Equal(nanoUsd, cost.Lines.Sum(line => line.NanoUsd));
        Assert.NotNull(cost.PriceVersion);
        Assert.False(cost.IsClamped);
    }

    [Fact]
    public void Each_part_costs_what_its_own_model_does()
    {
        // An advisor that took part: 2,728 × 5,000 + 3,880 × 25,000 beside 100 × 100 + 50 × 500.
        var reading = Read("", Usage("Input=100 Output=50"), Usage("Input=2728 Output=3880", "claude-opus-4-5"));

        var cost = Cost.Of(reading, "anthropic", "claude-haiku-5-5", Book, Now);

        Assert.Equal(110_675_000, cost.NanoUsd);
        Assert.Equal(["claude-haiku-5-5", "claude-haiku-5-5", "claude-opus-4-5", "claude-opus-4-5"], cost.Lines.Select(line => line.Model));
    }

    [Fact]
    public void What_served_is_priced_and_not_what_was_asked_for()
    {
        var reading = Read("", Usage("Input=1"));
        reading.Model = "gpt-5.5-2026-04-23";

        Assert.Equal(5_000, Cost.Of(reading, "openai", "gpt-5", Book, Now).NanoUsd);
    }

    [Fact]
    public void An_answer_that_names_an_unknown_model_is_priced_by_the_request_and_says_that_it_is_a_guess()
    {
        var reading = Read("", Usage("Input=1"));
        reading.Model = "my-deployment";

        var cost = Cost.Of(reading, "openai", "gpt-5", Book, Now);

        Assert.Equal((1_250, Exactness.Estimated), (cost.NanoUsd, cost.Exactness));
    }

    [Theory]
    [InlineData("openai", "gpt-77", "Input=1000")]
    [InlineData("nowhere", "gpt-5", "Input=1000")]
    [InlineData("openai", "whisper-1", "Input=1000 Output=10")]
    [InlineData("openai", "text-embedding-3-small", "AudioMilliseconds=1000")]
    public void What_nobody_prices_is_unpriced_and_never_free(string provider, string model, string counted)
    {
        var cost = Cost.Of(Read("", Usage(counted)), provider, model, Book, Now);

        Assert.Null(cost.NanoUsd);
        Assert.Equal(Exactness.Unpriced, cost.Exactness);
    }

    [Fact]
    public void One_part_of_an_unknown_model_makes_the_whole_unpriced()
    {
        var cost = Cost.Of(Read("", Usage("Input=1"), Usage("Input=1", "claude-77")), "anthropic", "claude-opus-4-5", Book, Now);

        Assert.Equal((null, Exactness.Unpriced), (cost.NanoUsd, cost.Exactness));
    }

    [Fact]
    public void A_reading_without_counts_is_unpriced() =>
        Assert.Equal((null, Exactness.Unpriced), Shown(Cost.Of(Read(""), "openai", "gpt-5", Book, Now)));

    [Fact]
    public void A_stream_that_broke_off_says_so_with_what_was_counted_until_then()
    {
        var reading = Read("", Usage("Input=1000"));
        reading.IsFinal = false;

        Assert.Equal((1_250_000, Exactness.Interrupted), Shown(Cost.Of(reading, "openai", "gpt-5", Book, Now)));
    }

    [Fact]
    public void What_the_provider_says_it_charged_wins()
    {
        var reading = Read("", Usage("Input=1000"));
        reading.ReportedNanoUsd = 42;

        var cost = Cost.Of(reading, "openai", "gpt-77", Book, Now);

        Assert.Equal((42, Exactness.Exact), Shown(cost));
        Assert.Equal("reported by the provider", cost.PriceVersion);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(1_000_000_000_000_001)]
    public void A_reported_cost_that_cannot_be_is_not_believed(long reported)
    {
        var reading = Read("", Usage("Input=1000"));
        reading.ReportedNanoUsd = reported;

        var cost = Cost.Of(reading, "openai", "gpt-5", Book, Now);

        Assert.Equal((1_250_000, Exactness.Estimated), Shown(cost));
        Assert.True(cost.IsClamped);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(10_000_000_001, 12_500_000_000_000)]
    [InlineData(long.MaxValue, 12_500_000_000_000)]
    public void A_count_that_cannot_be_is_cut_to_what_can_and_reported(long count, long nanoUsd)
    {
        var usage = Usage("Output=0");
        usage[UsageClass.Input] = count;

        var cost = Cost.Of(Read("", usage), "openai", "gpt-5", Book, Now);

        Assert.Equal((nanoUsd, Exactness.Estimated), Shown(cost));
        Assert.True(cost.IsClamped);
    }

    [Theory]
    [InlineData("scale", "Estimated")]
    [InlineData("priority", "Estimated")]
    [InlineData("flex", "Exact")]
    [InlineData("default", "Exact")]
    [InlineData("|slow", "Estimated")]
    [InlineData("||moon", "Exact")]
    public void A_tier_whose_price_is_not_known_for_sure_makes_an_estimate(string served, string exactness) =>
        Assert.Equal(exactness, Cost.Of(Read(served, Usage("Input=1000")), "openai", "gpt-5", Book, Now).Exactness.ToString());

    [Fact]
    public void A_search_without_a_price_makes_the_rest_an_estimate()
    {
        var cost = Cost.Of(Read("", Usage("Input=1000 WebSearches=1")), "deepseek", "deepseek-v4-flash", Book, Now);

        Assert.Equal((440_000, Exactness.Estimated), Shown(cost));
        Assert.Null(cost.Lines[^1].PerMillionNanoUsd);
    }

    [Fact]
    public void Most_calls_have_no_price_of_their_own_beside_their_tokens() =>
        Assert.Equal((1_250, Exactness.Exact), Shown(Cost.Of(Read("", Usage("Input=1 Requests=1")), "openai", "gpt-5", Book, Now)));

    [Fact]
    public void The_order_of_parts_changes_nothing_and_no_cost_is_negative_or_under_the_exact_one()
    {
        var random = new Xorshift(20_261_121);
        foreach (var model in new[] { "openai/gpt-5.5", "openai/gpt-realtime", "anthropic/claude-haiku-5-5", "google/gemini-2.5-pro" })
        {
            var (provider, name) = (model.Split('/')[0], model.Split('/')[1]);
            for (var round = 0; round < 500; round++)
            {
                var parts = Enumerable.Range(0, 1 + (int)random.Below(4)).Select(_ => Random(random)).ToArray();
                var served = new[] { "", "batch", "priority", "|fast|us" }[random.Below(4)];

                var one = Cost.Of(Read(served, parts), provider, name, Book, Now);
                var other = Cost.Of(Read(served, [.. parts.Reverse()]), provider, name, Book, Now);

                Assert.Equal(one.NanoUsd, other.NanoUsd);
                Assert.All(one.Lines, line =>
                {
                    var exact = (System.Numerics.BigInteger)line.Count * line.PerMillionNanoUsd!.Value * line.FactorPerMillion;
                    var scaled = line.NanoUsd * System.Numerics.BigInteger.Pow(10, 12);
                    Assert.InRange(scaled - exact, 0, System.Numerics.BigInteger.Pow(10, 12) - 1);
                });
            }
        }
    }

    [Fact]
    public void More_of_anything_never_costs_less()
    {
        foreach (var kind in Enum.GetValues<UsageClass>().Where(kind => kind < UsageClass.AudioMilliseconds))
        {
            var last = -1L;
            foreach (var count in new long[] { 0, 1, 2, 999, 100_000, 100_001, 271_999, 272_000, 10_000_000_000 })
            {
                var usage = new Usage { [kind] = count };
                var cost = Cost.Of(Read("", usage), "openai", "gpt-5.5", Book, Now).NanoUsd!.Value;
                Assert.True(cost >= last, $"{count} of {kind} cost {cost}, fewer {last}");
                last = cost;
            }
        }
    }

    [Fact]
    public void The_largest_count_at_the_highest_rate_is_the_most_that_a_long_holds() =>
        Assert.Equal(long.MaxValue, Cost.Of(Cost.MostCounted, Rates.Highest, 6_600_000));

    private static (long?, Exactness) Shown(Cost cost) => (cost.NanoUsd, cost.Exactness);

    /// <summary>"tier|speed|region", of which each may be left out.</summary>
    private static Reading Read(string served, params Usage[] parts)
    {
        var words = served.Split('|').Select(word => word.Length == 0 ? null : word).Concat([null, null]).ToArray();
        var reading = new Reading { Tier = words[0], Speed = words[1], Region = words[2], IsFinal = true };
        reading.Parts.AddRange(parts);
        return reading;
    }

    private static Usage Usage(string counted, string? model = null)
    {
        var usage = new Usage { Model = model };
        foreach (var (kind, count) in Pairs(counted))
            usage[kind] = count;
        return usage;
    }

    private static Usage Random(Xorshift random)
    {
        var usage = new Usage();
        foreach (var kind in Enum.GetValues<UsageClass>().Where(kind => kind < UsageClass.AudioMilliseconds && random.Below(3) == 0))
            usage[kind] = random.Below(300_000);
        return usage;
    }

    private static ModelPrice Priced(string provider, string id, string rates, long above = 0, string? aboveRates = null) => new(
        provider, id, [], null, null, new Rates(Pairs(rates)), aboveRates is null ? [] : [new LongInput(above, new Rates(Pairs(aboveRates)))],
        null, null, "test", "test 1", IsApproximate: false)
    {
        Factors = PriceBook.Catalogue.ModelsOf(provider)[0].Factors,
    };

    private static IEnumerable<KeyValuePair<UsageClass, long>> Pairs(string text) => text.Split(' ').Select(pair => KeyValuePair.Create(
        Enum.Parse<UsageClass>(pair.Split('=')[0]),
        long.Parse(pair.Split('=')[1].Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)));

    /// <summary>The same numbers on every run.</summary>
    private sealed class Xorshift(ulong state)
    {
        public long Below(int limit)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return (long)(state % (ulong)limit);
        }
    }
}
