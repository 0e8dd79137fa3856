using System.Buffers;
using System.Globalization;
using System.Text.Json;
using KeyPass.Server.Http;
using KeyPass.Server.Pricing;

namespace KeyPass.Server.Prices;

/// <param name="NanoUsdPerMillion">By class: <c>input</c>, <c>output</c>, <c>cachedInput</c>…</param>
internal sealed record PriceRequest(
    IReadOnlyDictionary<string, long> NanoUsdPerMillion, long? ContextTokens = null, long? MaxOutputTokens = null,
    IReadOnlyList<LongInputPrice>? LongInput = null);

/// <summary>Above so many tokens of input every token of the call costs this; a class that is left out costs what it does below.</summary>
internal sealed record LongInputPrice(long AboveInputTokens, IReadOnlyDictionary<string, long> NanoUsdPerMillion);

/// <summary>A price as a person sets it: checked, then kept as it came.</summary>
internal static class PriceForm
{
    public const int LongestModel = 200;

    /// <summary>As a price's source says who set it.</summary>
    public const string OfOperator = "operator";
    public const string OfAccount = "account";

    private const long MostTokens = 1_000_000_000;
    private const int MostTiers = 5;

    private static readonly SearchValues<char> Name =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/:@~+");

    private static readonly string Classes = string.Join(", ", Enum.GetValues<UsageClass>().Select(PriceText.Name));

    public static void Check(FieldCheck check, string model, PriceRequest body)
    {
        check.Require(model.Length is > 0 and <= LongestModel && !model.AsSpan().ContainsAnyExcept(Name), "model",
            $"'model' takes 1 to {LongestModel} letters, digits and . _ - / : @ ~ +.");
        check.Require(body.NanoUsdPerMillion.Count > 0, "nanoUsdPerMillion", $"'nanoUsdPerMillion' takes at least one price, of: {Classes}.");
        CheckRates(check, "nanoUsdPerMillion", body.NanoUsdPerMillion, tokensOnly: false);
        check.Require(body.ContextTokens is null or (>= 1 and <= MostTokens), "contextTokens", $"'contextTokens' takes 1 to {MostTokens}.");
        check.Require(body.MaxOutputTokens is null or (>= 1 and <= MostTokens), "maxOutputTokens", $"'maxOutputTokens' takes 1 to {MostTokens}.");
        var tiers = body.LongInput ?? [];
        check.Require(tiers.Count <= MostTiers, "longInput", $"'longInput' takes at most {MostTiers} lengths.");
        var last = 0L;
        foreach (var (tier, index) in tiers.Take(MostTiers).Select((tier, index) => (tier, index)))
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"longInput[{index}]");
            check.Require(tier.AboveInputTokens > last && tier.AboveInputTokens <= MostTokens, $"{field}.aboveInputTokens",
                $"'{field}.aboveInputTokens' takes 1 to {MostTokens}, and more than the one before.");
            CheckRates(check, $"{field}.nanoUsdPerMillion", tier.NanoUsdPerMillion, tokensOnly: true);
            last = tier.AboveInputTokens;
        }
    }

    public static string Write(PriceRequest body) => JsonSerializer.Serialize(body, JsonSerializerOptions.Web);

    public static ModelPrice Read(PriceStore.PriceRow row)
    {
        var body = JsonSerializer.Deserialize<PriceRequest>(row.Price, JsonSerializerOptions.Web)!;
        var source = row.AccountId is null ? OfOperator : OfAccount;
        return new ModelPrice(
            row.Provider, row.Model, [], body.ContextTokens, body.MaxOutputTokens, RatesOf(row.Model, body.NanoUsdPerMillion),
            [
                .. (body.LongInput ?? []).Select(tier => new LongInput(tier.AboveInputTokens,
                    RatesOf(row.Model, body.NanoUsdPerMillion.Where(below => !tier.NanoUsdPerMillion.ContainsKey(below.Key)).Concat(tier.NanoUsdPerMillion)))),
            ],
            ValidFrom: null, ValidTo: null, source, string.Create(CultureInfo.InvariantCulture, $"{source} {row.Id}"), IsApproximate: false);
    }

    private static Rates RatesOf(string model, IEnumerable<KeyValuePair<string, long>> named) =>
        new Rates(named.Select(rate => KeyValuePair.Create(PriceText.FindClass(rate.Key)!.Value, rate.Value))).FilledFor(model);

    private static void CheckRates(FieldCheck check, string field, IReadOnlyDictionary<string, long> rates, bool tokensOnly)
    {
        foreach (var (name, rate) in rates)
        {
            if (PriceText.FindClass(name) is not { } kind)
                check.Require(false, field, $"'{field}' has a class that there is not. There are: {Classes}.");
            else
                check.Require(!tokensOnly || kind < UsageClass.AudioMilliseconds, $"{field}.{name}",
                    $"'{field}.{name}' does not depend on the input's length.");
            check.Require(rate is >= 0 and <= Rates.Highest, $"{field}.{name}", $"'{field}.{name}' takes nano-USD for a million, 0 to {Rates.Highest}.");
        }
    }
}
