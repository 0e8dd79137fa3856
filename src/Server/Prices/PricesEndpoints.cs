using System.Globalization;
using System.Security.Claims;
using KeyPass.Server.Http;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Prices;

/// <summary>What models cost here. Operators set it for everybody; everybody for the models of servers of their own.</summary>
internal static class PricesEndpoints
{
    private const int LargestPage = 200;
    private const int UsualPage = 50;
    private const int LongestSearch = 100;

    private const string NoProvider = "'provider' is none of the list: GET /v1/providers has the names.";

    /// <summary>The provider of servers that an account runs itself.</summary>
    private const string Custom = "custom";

    internal sealed record PricePage(IReadOnlyList<PriceItem> Items, string? NextCursor);

    /// <param name="Override">Set by an operator, or by you; not the catalogue's.</param>
    /// <param name="SetAt">Where somebody here set it.</param>
    /// <param name="SetByYou">Else it was another operator, or one whose account is gone.</param>
    /// <param name="Approximate">The price of the same model at another vendor: costs that come of it are estimates.</param>
    internal sealed record PriceItem(
        string Provider, string Model, IReadOnlyList<string> AlsoNamed, long? ContextTokens, long? MaxOutputTokens,
        IReadOnlyDictionary<string, long> NanoUsdPerMillion, IReadOnlyList<LongInputPrice> LongInput, DateTimeOffset? ValidFrom, DateTimeOffset? ValidTo,
        string Source, string Version, bool Approximate, bool Override, DateTimeOffset? SetAt, bool? SetByYou);

    public static void AddPrices(this IServiceCollection services)
    {
        services.AddSingleton<PriceStore>();
        services.AddSingleton<PriceBookSource>();
        services.AddHostedService<PriceWatch>();
    }

    public static void MapPrices(this WebApplication app)
    {
        var prices = app.MapGroup("/v1").WithTags("Prices");
        prices.MapGet("/prices", List).Requires(Credentials.Session)
            .WithName("listPrices").WithSummary("What models cost here")
            .WithDescription("The prices that calls are charged at, with where each comes from. Amounts are nano-USD for a million of what is counted.")
            .Produces<Envelope<PricePage>>().RefusesWith(Refusals.InvalidRequest);
        prices.MapPut("/prices/custom/{**model}", SetOwnAsync).Requires(Credentials.Session)
            .WithName("setOwnPrice").WithSummary("Say what a model on a server of your own costs")
            .WithDescription("For the keys of the provider 'custom' in your vault, and for nobody else's.")
            .Produces<Envelope<PriceItem>>().RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson);
        prices.MapDelete("/prices/custom/{**model}", RemoveOwnAsync).Requires(Credentials.Session)
            .WithName("removeOwnPrice").WithSummary("Forget what a model on a server of your own costs")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
        prices.MapPut("/prices/{provider}/{**model}", SetAsync).Requires(Credentials.Operator)
            .WithName("setPrice").WithSummary("Add a price, or override the catalogue's, for everybody")
            .WithDescription("The whole price: what is left out is not the catalogue's any more.")
            .Produces<Envelope<PriceItem>>().RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson);
        prices.MapDelete("/prices/{provider}/{**model}", RemoveAsync).Requires(Credentials.Operator)
            .WithName("removePrice").WithSummary("Take an override back")
            .WithDescription("The catalogue's price counts again, if there is one.")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
    }

    private static IResult List(
        ClaimsPrincipal caller, PriceBookSource source, int limit = UsualPage, string? cursor = null, string? provider = null, string? search = null,
        bool overrides = false)
    {
        var check = new FieldCheck();
        check.Require(limit is >= 1 and <= LargestPage, "limit", $"'limit' takes 1 to {LargestPage}.");
        check.Require(provider is null || ProviderCatalog.Find(provider) is not null, "provider", NoProvider);
        check.Require(search is null || search.Length <= LongestSearch, "search", $"'search' takes at most {LongestSearch} characters.");
        if (check.Refusal is { } refusal)
            return refusal;
        var book = source.For(caller.AccountId());
        var found = ProviderCatalog.All.Where(one => provider is null || one.Id == provider).SelectMany(one => book.ModelsOf(one.Id))
            .Where(price => search is null || price.Also.Prepend(price.Id).Any(name => name.Contains(search, StringComparison.OrdinalIgnoreCase)))
            .Where(price => !overrides || IsOverride(price));
        if (cursor is not null)
        {
            if (PlaceOf(cursor) is not { } last)
                return Refusals.InvalidRequest.Because("'cursor' is not one this route gave: leave it out to start with the first.", "cursor");
            found = found.Where(price => last.CompareTo(PlaceOf(price)) < 0);
        }
        var page = found.Take(limit + 1).ToList();
        return TypedResults.Ok(Envelope.Of(new PricePage(
            [.. page.Take(limit).Select(price => Show(price, source, caller.AccountId()))], page.Count > limit ? CursorOf(page[limit - 1]) : null)));
    }

    private static Task<IResult> SetOwnAsync(
        string model, PriceRequest body, ClaimsPrincipal caller, PriceStore store, PriceBookSource source, CancellationToken cancel) =>
        ReplaceAsync(caller.AccountId(), Custom, Plain(model), body, caller, store, source, cancel);

    private static async Task<IResult> SetAsync(
        string provider, string model, PriceRequest body, ClaimsPrincipal caller, PriceStore store, PriceBookSource source, CancellationToken cancel) =>
        ProviderCatalog.Find(provider) is null
            ? Refusals.InvalidRequest.Because(NoProvider, "provider")
            : await ReplaceAsync(owner: null, provider, Plain(model), body, caller, store, source, cancel);

    private static async Task<IResult> ReplaceAsync(
        Guid? owner, string provider, string model, PriceRequest body, ClaimsPrincipal caller, PriceStore store, PriceBookSource source,
        CancellationToken cancel)
    {
        var check = new FieldCheck();
        PriceForm.Check(check, model, body);
        if (check.Refusal is { } refusal)
            return refusal;
        if (!await store.SetAsync(owner, provider, model, PriceForm.Write(body), caller.AccountId(), cancel))
            return Refusals.InvalidRequest.Because($"An account has at most {PriceStore.MostOfAnAccount} prices of its own: remove one first.", "model");
        await source.RefreshAsync(cancel);
        var set = source.For(caller.AccountId()).ModelsOf(provider).First(price => price.Id.Equals(model, StringComparison.OrdinalIgnoreCase));
        return TypedResults.Ok(Envelope.Of(Show(set, source, caller.AccountId())));
    }

    private static Task<IResult> RemoveOwnAsync(
        string model, ClaimsPrincipal caller, PriceStore store, PriceBookSource source, CancellationToken cancel) =>
        TakeBackAsync(caller.AccountId(), Custom, model, caller, store, source, cancel);

    private static Task<IResult> RemoveAsync(
        string provider, string model, ClaimsPrincipal caller, PriceStore store, PriceBookSource source, CancellationToken cancel) =>
        TakeBackAsync(owner: null, provider, model, caller, store, source, cancel);

    private static async Task<IResult> TakeBackAsync(
        Guid? owner, string provider, string model, ClaimsPrincipal caller, PriceStore store, PriceBookSource source, CancellationToken cancel)
    {
        if (!await store.RemoveAsync(owner, provider, Plain(model), caller.AccountId(), cancel))
            return Refusals.NotFound.Because("Nobody set a price for that model here.");
        await source.RefreshAsync(cancel);
        return TypedResults.NoContent();
    }

    /// <summary>The framework leaves this one escape in place.</summary>
    private static string Plain(string model) => model.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static bool IsOverride(ModelPrice price) => price.Source is PriceForm.OfOperator or PriceForm.OfAccount;

    private static PriceItem Show(ModelPrice price, PriceBookSource source, Guid reader)
    {
        var set = IsOverride(price) ? source.SettingOf(reader, price) : null;
        return new PriceItem(
            price.Provider, price.Id, price.Also, price.ContextTokens, price.MaxOutputTokens, Show(price.Rates),
            [.. price.Above.Select(tier => new LongInputPrice(tier.InputTokens, Show(tier.Rates)))],
            price.ValidFrom, price.ValidTo, price.Source, price.Version, price.IsApproximate, IsOverride(price),
            set?.At, set is null ? null : set.Value.By == reader);
    }

    private static Dictionary<string, long> Show(Rates rates) =>
        rates.Listed.ToDictionary(rate => PriceText.Name(rate.Key), rate => rate.Value, StringComparer.Ordinal);

    private static string CursorOf(ModelPrice price) =>
        string.Create(CultureInfo.InvariantCulture, $"{price.Provider} {price.Id} {price.ValidFrom?.ToUnixTimeSeconds() ?? 0}");

    private static Place? PlaceOf(string cursor) =>
        cursor.Split(' ') is [var provider, var model, var from] && ProviderCatalog.Find(provider) is not null
            && long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? new Place(provider, model, seconds)
            : null;

    private static Place PlaceOf(ModelPrice price) => new(price.Provider, price.Id, price.ValidFrom?.ToUnixTimeSeconds() ?? 0);

    /// <summary>Where a price stands in the list: by the catalogue's order of providers, then by name, then by date.</summary>
    private sealed record Place(string Provider, string Model, long From) : IComparable<Place>
    {
        public int CompareTo(Place? other) => other is null ? 1
            : Rank.CompareTo(other.Rank) is not 0 and var byProvider ? byProvider
            : string.CompareOrdinal(Model, other.Model) is not 0 and var byModel ? byModel
            : From.CompareTo(other.From);

        private int Rank => ProviderCatalog.All.TakeWhile(provider => provider.Id != Provider).Count();
    }
}
