using System.Collections.Frozen;

namespace KeyPass.Server.Pricing;

/// <summary>The prices in force, as they were at one moment: never changed, only replaced. Asking it allocates nothing.</summary>
internal sealed class PriceBook
{
    private const string Custom = "custom";

    private readonly FrozenDictionary<string, Shelf> _shelves;

    private PriceBook(FrozenDictionary<string, Shelf> shelves) => _shelves = shelves;

    /// <summary>What this build brings: the catalogues' prices and our own beside them.</summary>
    public static PriceBook Catalogue { get; } = Of(PriceText.ReadCatalogue());

    public IEnumerable<string> Providers => _shelves.Keys;

    public static PriceBook Of(IEnumerable<ModelPrice> prices) => new(prices.GroupBy(price => price.Provider, StringComparer.Ordinal)
        .ToFrozenDictionary(group => group.Key, group => new Shelf(group.Key, [.. group]), StringComparer.Ordinal));

    /// <summary>The same book with these in the place of what it has for the same models.</summary>
    public PriceBook With(IReadOnlyCollection<ModelPrice> overrides)
    {
        if (overrides.Count == 0)
            return this;
        var shelves = _shelves.ToDictionary(StringComparer.Ordinal);
        foreach (var group in overrides.GroupBy(price => price.Provider, StringComparer.Ordinal))
            shelves[group.Key] = new Shelf(group.Key, [.. Replaced(ModelsOf(group.Key), [.. group])]);
        return new PriceBook(shelves.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Null where nobody told us a price: such a call is unpriced, not free.</summary>
    public ModelPrice? Find(string provider, string model, DateTimeOffset at) =>
        _shelves.TryGetValue(ShelfOf(provider), out var shelf) ? shelf.Find(model, at) : null;

    /// <summary>By name, and of one name by date.</summary>
    public IReadOnlyList<ModelPrice> ModelsOf(string provider) => _shelves.GetValueOrDefault(ShelfOf(provider))?.Models ?? [];

    /// <summary>Servers of an account's own are one shelf, whatever their path is.</summary>
    private static string ShelfOf(string provider) => provider.StartsWith("custom:", StringComparison.Ordinal) ? Custom : provider;

    private static IEnumerable<ModelPrice> Replaced(IReadOnlyList<ModelPrice> models, IReadOnlyList<ModelPrice> overrides)
    {
        var names = overrides.Select(price => price.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var kept = models.Where(model => !names.Contains(model.Id));
        // How a provider charges for tiers is the same for all of its models, new ones too.
        var factors = models.Count > 0 ? models[0].Factors : PriceFactors.None;
        return kept.Concat(overrides.Select(price =>
            models.FirstOrDefault(model => model.Id.Equals(price.Id, StringComparison.OrdinalIgnoreCase)) is { } replaced
                ? price with { Id = replaced.Id, Also = replaced.Also, Factors = factors }
                : price with { Factors = factors }));
    }

    /// <summary>One provider's.</summary>
    private sealed class Shelf
    {
        private readonly string _provider;
        private readonly FrozenDictionary<string, ModelPrice[]>.AlternateLookup<ReadOnlySpan<char>> _named;

        public Shelf(string provider, IEnumerable<ModelPrice> models)
        {
            _provider = provider;
            Models = [.. models.OrderBy(model => model.Id, StringComparer.Ordinal).ThenBy(model => model.ValidFrom)];
            var byId = Models.GroupBy(model => model.Id, StringComparer.OrdinalIgnoreCase).Select(group => group.ToArray()).ToList();
            var named = byId.ToDictionary(periods => periods[0].Id, StringComparer.OrdinalIgnoreCase);
            foreach (var periods in byId)
            {
                foreach (var name in periods[0].Also)
                    named.TryAdd(name, periods);
            }
            // A name without its date may stand for several: the dearest answers for all of them. What is free is so under its own name only.
            var byDearness = named.Where(one => Dearness(one.Value) > 0).OrderByDescending(one => Dearness(one.Value));
            foreach (var (name, periods) in byDearness.ThenBy(one => one.Key, StringComparer.Ordinal).ToList())
                named.TryAdd(ModelName.Plain(provider, name).ToString(), periods);
            _named = named.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        }

        public IReadOnlyList<ModelPrice> Models { get; }

        public ModelPrice? Find(string model, DateTimeOffset at)
        {
            if (!_named.TryGetValue(model, out var periods) && !_named.TryGetValue(ModelName.Plain(_provider, model), out periods))
                return null;
            foreach (var price in periods)
            {
                if (price.IsValid(at))
                    return price;
            }
            return null;
        }

        private static long Dearness(ModelPrice[] periods) =>
            periods.Max(price => (price.Rates.Of(UsageClass.Input) ?? 0) + (price.Rates.Of(UsageClass.Output) ?? 0));
    }
}
