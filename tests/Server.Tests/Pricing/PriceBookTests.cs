using System.Diagnostics;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Pricing;

/// <summary>The prices that this build carries, and how a model is found among them.</summary>
public sealed class PriceBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("openai", "gpt-4o", "gpt-4o")]
    [InlineData("openai", "GPT-4o", "gpt-4o")]
    [InlineData("openai", "openai/gpt-4o", "gpt-4o")]
    [InlineData("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13")]
    [InlineData("openai", "gpt-4o-2031-12-24", "gpt-4o")]
    [InlineData("openai", "gpt-5-2025-08-07", "gpt-5")]
    [InlineData("openai", "ft:gpt-4o-2024-08-06:acme::9Xyz", "ft:gpt-4o")]
    [InlineData("anthropic", "claude-3-5-haiku-20241022", "claude-3-5-haiku-latest")]
    [InlineData("anthropic", "claude-opus-4-5-20251101", "claude-opus-4-5-20251101")]
    [InlineData("anthropic", "claude-sonnet-5-5-20261001", "claude-sonnet-5-5")]
    [InlineData("google", "models/gemini-2.5-pro", "gemini-2.5-pro")]
    [InlineData("google", "gemini-2.5-flash-001", "gemini-2.5-flash")]
    [InlineData("vertex", "claude-sonnet-4-5@20250929", "claude-sonnet-4-5")]
    [InlineData("vertex", "publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro")]
    [InlineData("bedrock", "us.anthropic.claude-opus-5-5", "us.anthropic.claude-opus-5-5")]
    [InlineData("bedrock", "apac.anthropic.claude-opus-5-5-20261001-v1:0", "anthropic.claude-opus-5-5")]
    [InlineData("bedrock", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-5-5-v1:0", "anthropic.claude-opus-5-5")]
    [InlineData("openrouter", "anthropic/claude-opus-4.5:nitro", "anthropic/claude-opus-4.5")]
    [InlineData("fireworks", "ember-1", "accounts/fireworks/models/ember-1")]
    [InlineData("sandbox", "sandbox-ok", "sandbox-ok")]
    public void A_model_is_found_by_every_way_of_naming_it(string provider, string asked, string found) =>
        Assert.Equal(found, PriceBook.Catalogue.Find(provider, asked, Now)?.Id);

    [Theory]
    [InlineData("openai", "gpt-77")]
    [InlineData("openai", "gpt-5.5-turbo-max")]
    [InlineData("anthropic", "claude-sonnet-5-6")]
    [InlineData("anthropic", "gpt-4o")]
    [InlineData("azure", "mai-ds-r1")] // free is what is called so, and no other
    [InlineData("nowhere", "gpt-4o")]
    [InlineData("openai", "")]
    [InlineData("custom:/v1", "gpt-4o")]
    public void A_model_that_nobody_prices_is_not_found_by_a_likeness(string provider, string asked) =>
        Assert.Null(PriceBook.Catalogue.Find(provider, asked, Now));

    [Theory]
    [InlineData("gpt-4-0613", "gpt-4-0613")]
    [InlineData("mistral-large-2411", "mistral-large-2411")]
    [InlineData("a-20250101-latest", "a-20250101")]
    [InlineData("-", "")]
    [InlineData("@", "")]
    [InlineData("x/", "")]
    [InlineData("ft:", "ft:")]
    public void A_plain_name_keeps_what_tells_models_apart(string name, string plain) => Assert.Equal(plain, ModelName.Plain("openai", name).ToString());

    [Fact]
    public void A_price_that_will_change_is_the_one_of_the_day()
    {
        var before = PriceBook.Catalogue.Find("google", "gemini-3.6-flash", new DateTimeOffset(2026, 12, 31, 23, 59, 59, TimeSpan.Zero))!;
        var after = PriceBook.Catalogue.Find("google", "gemini-3.6-flash", new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero))!;

        Assert.Equal((750_000_000, 1_500_000_000), (before.Rates.Of(UsageClass.Input), after.Rates.Of(UsageClass.Input)));
    }

    [Fact]
    public void Every_price_is_of_a_provider_of_the_catalogue_and_within_bounds()
    {
        foreach (var provider in PriceBook.Catalogue.Providers)
        {
            Assert.NotNull(ProviderCatalog.Find(provider));
            Assert.All(PriceBook.Catalogue.ModelsOf(provider), price =>
            {
                Assert.NotEmpty(price.Rates.Listed);
                Assert.All(price.Rates.Listed.Concat(price.Above.SelectMany(tier => tier.Rates.Listed)), rate => Assert.InRange(rate.Value, 0, Rates.Highest));
                Assert.True(price.Rates.Listed.Any(rate => rate.Value > 0) || price.Id.EndsWith(":free", StringComparison.Ordinal)
                    || price.Id.Contains("moderation", StringComparison.Ordinal), $"{provider} {price.Id} is free");
                Assert.Equal(price.Above.Select(tier => tier.InputTokens).Order(), price.Above.Select(tier => tier.InputTokens));
            });
        }
    }

    [Fact]
    public void What_is_asked_of_every_call_allocates_nothing()
    {
        string[] names = ["gpt-5", "gpt-5-2031-01-01", "gpt-77", "openai/gpt-4o"];
        long allocated = 0;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var name in names)
                PriceBook.Catalogue.Find("openai", name, Now);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task The_committed_prices_are_what_the_generator_makes_of_the_two_catalogues()
    {
        if (!Directory.Exists(Path.Combine(Artifacts.RepositoryRoot, "node_modules", "@pydantic", "genai-prices")))
            Assert.Skip("the price catalogue's package is not installed: npm ci");

        using var check = Process.Start(new ProcessStartInfo("node", ["eng/prices/make.mjs", "--check"])
        {
            WorkingDirectory = Artifacts.RepositoryRoot,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var (said, wrong) = (check.StandardOutput.ReadToEndAsync(), await check.StandardError.ReadToEndAsync());
        await check.WaitForExitAsync();

        Assert.True(check.ExitCode == 0, await said + wrong);
    }

    [Fact]
    public async Task Where_the_two_catalogues_agree_the_price_is_theirs()
    {
        using var catalogue = System.Text.Json.JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(Artifacts.RepositoryRoot, "eng", "prices", "pi-ai.json")));
        var compared = 0;
        foreach (var model in catalogue.RootElement.GetProperty("models").EnumerateArray())
        {
            var provider = model.GetProperty("provider").GetString()!;
            var id = model.GetProperty("id").GetString()!;
            if (PriceBook.Catalogue.ModelsOf(provider).FirstOrDefault(price => price.Id == id) is not { Source: "both", ValidTo: null } found)
                continue;
            compared++;
            Assert.Equal(model.GetProperty("cost").GetProperty("input").GetDecimal() * 1_000_000_000, (decimal)found.Rates.Of(UsageClass.Input)!.Value);
            Assert.Equal(model.GetProperty("cost").GetProperty("output").GetDecimal() * 1_000_000_000, (decimal)found.Rates.Of(UsageClass.Output)!.Value);
        }

        Assert.InRange(compared, 200, int.MaxValue);
    }
}
