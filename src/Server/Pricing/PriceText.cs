using System.Globalization;
using System.Text.Json;

namespace KeyPass.Server.Pricing;

/// <summary>Reads the prices that this build carries. They are ours, and tested: what does not fit is a bug, and stops the start.</summary>
internal static class PriceText
{
    public static string Name(UsageClass kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    public static UsageClass? FindClass(string name) =>
        Enum.GetValues<UsageClass>().Cast<UsageClass?>().FirstOrDefault(kind => Name(kind!.Value) == name);

    public static IReadOnlyList<ModelPrice> ReadCatalogue()
    {
        using var own = Open("prices-own.json");
        using var made = Open("prices.json");
        var factors = own.RootElement.GetProperty("factors").EnumerateArray()
            .ToLookup(factor => factor.GetProperty("provider").GetString()!, ReadFactor, StringComparer.Ordinal);
        var prices = Read(made).Concat(Read(own)).ToList();
        var byProvider = prices.Select(price => price.Provider).Distinct()
            .ToDictionary(provider => provider, provider => new PriceFactors([.. factors[provider], .. factors["*"]]), StringComparer.Ordinal);
        return prices.ConvertAll(price => price with { Factors = byProvider[price.Provider] });
    }

    private static JsonDocument Open(string file)
    {
        using var stream = typeof(PriceText).Assembly.GetManifestResourceStream($"KeyPass.Server.Pricing.{file}")!;
        return JsonDocument.Parse(stream);
    }

    private static IEnumerable<ModelPrice> Read(JsonDocument file)
    {
        var version = file.RootElement.GetProperty("version").GetString()!;
        return file.RootElement.GetProperty("models").EnumerateArray().Select(model => new ModelPrice(
            model.GetProperty("provider").GetString()!,
            model.GetProperty("id").GetString()!,
            model.TryGetProperty("also", out var also) ? [.. also.EnumerateArray().Select(name => name.GetString()!)] : [],
            Number(model, "context"),
            Number(model, "maxOutput"),
            ReadRates(model),
            model.TryGetProperty("above", out var above)
                ? [.. above.EnumerateArray().Select(tier => new LongInput(tier.GetProperty("inputTokens").GetInt64(), ReadRates(tier)))]
                : [],
            Day(model, "from"),
            Day(model, "to"),
            model.GetProperty("source").GetString()!,
            version,
            model.TryGetProperty("approximate", out _)));
    }

    private static PriceFactor ReadFactor(JsonElement factor) => new(
        Text(factor, "tier"), Text(factor, "speed"), Text(factor, "region"), factor.GetProperty("percent").GetInt32(),
        factor.TryGetProperty("approximate", out _));

    private static Rates ReadRates(JsonElement parent) => new(parent.GetProperty("rates").EnumerateObject()
        .Select(rate => KeyValuePair.Create(FindClass(rate.Name)!.Value, rate.Value.GetInt64())));

    private static long? Number(JsonElement parent, string name) => parent.TryGetProperty(name, out var member) ? member.GetInt64() : null;

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var member) ? member.GetString() : null;

    private static DateTimeOffset? Day(JsonElement parent, string name) => Text(parent, name) is { } day
        ? DateTimeOffset.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
        : null;
}
