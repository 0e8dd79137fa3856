using KeyPass.Server.Budgets;
using KeyPass.Server.Http;
using KeyPass.Server.Prices;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;
using KeyPass.Server.Providers.Bounds;

namespace KeyPass.Server.Gateway;

/// <summary>What a virtual key may learn about itself: what it may do, what is left for it, and what a call would take of that.</summary>
internal static class OwnKeyEndpoints
{
    /// <summary>More bytes than this make a token in most of what people write.</summary>
    private const int BytesPerToken = 3;

    /// <summary>What most answers have less of.</summary>
    private const long LikelyTokens = 1_000;

    /// <summary>Of its provider keys only whose they are: their labels are their owner's.</summary>
    internal sealed record OwnKey(
        string Id, string Mode, IReadOnlyList<string> ProviderKeys, IReadOnlyList<string> Models, IReadOnlyList<string> Routes, IReadOnlyList<string> Tags,
        DateTimeOffset? ExpiresAt, IReadOnlyList<OwnBudget> Budgets, OwnRates RateLimits);

    internal sealed record OwnRates(int? RequestsPerMinute, int? TokensPerMinute, int? Concurrent);

    /// <param name="Of">virtual_key, connection, provider_key or account: which of them it limits.</param>
    /// <param name="Kind">spend, or velocity: what may go in an hour.</param>
    internal sealed record OwnBudget(
        string Of, string Kind, string? Provider, long LimitNanoUsd, long SpentNanoUsd, long ReservedNanoUsd, long RemainingNanoUsd, DateTimeOffset? ResetsAt);

    /// <param name="BoundNanoUsd">The most that the call can cost: so much would be held while it runs.</param>
    /// <param name="LeastNanoUsd">With the least output that is of use; the same where it cannot be made shorter.</param>
    /// <param name="LikelyNanoUsd">A guess, by the length of the text; nothing is held to it.</param>
    /// <param name="OutputTokens">That it can bring at the most, in all answers that it asks for.</param>
    /// <param name="MaxOutputTokens">Of one answer: that it asks for, or that the model may make.</param>
    /// <param name="AffordableMaxTokens">Of output; null where no budget limits it. 0 where not even the least fits.</param>
    internal sealed record Quote(
        string Provider, string Model, long InputTokens, long OutputTokens, long MaxOutputTokens, long BoundNanoUsd, long LeastNanoUsd,
        long LikelyNanoUsd, bool Affordable, long? AffordableMaxTokens, bool WouldBeClamped, OwnBudget? Tightest);

    public static void MapOwnKey(this WebApplication app)
    {
        app.MapGet("/v1/key", ShowAsync).TakesVirtualKey().WithTags("Virtual keys").WithName("getOwnKey")
            .WithSummary("What the virtual key that asks may do, and what is left for it").Produces<Envelope<OwnKey>>().RefusesWith(Refusals.InvalidApiKey);
        app.MapPost("/v1/quote", QuoteAsync).TakesVirtualKey().ChangesNothing().WithTags("Virtual keys").WithName("quoteCall")
            .WithSummary("What a call would cost at most, and whether the budgets allow it").WithDescription(
                "Send the very body of the call; 'path' names where it would go, like /messages or /v1beta/models/gemini-3-pro:generateContent "
                + "(else /chat/completions), and 'provider' which of the key's providers. Nothing is sent on, and nothing is held.")
            .Produces<Envelope<Quote>>()
            .RefusesWith(
                Refusals.InvalidApiKey, Refusals.InvalidRequest, Refusals.RouteNotAllowed, Refusals.ModelNotAllowed, Refusals.PriceUnknown,
                Refusals.NotBoundable);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, Admission admission, BudgetStore budgets)
    {
        var (caller, refusal) = await admission.AdmitAsync(http.Request, alsoInQuery: false, http.RequestAborted);
        using (caller)
        {
            if (caller is null)
                return refusal!;
            var (grant, limits) = (caller.Grant, caller.Grant.Limits);
            var chain = grant.Chains.Values.SelectMany(chain => chain).DistinctBy(budget => budget.Id);
            return TypedResults.Ok(Envelope.Of(new OwnKey(
                grant.Id.ToString("N"), limits.IsTest ? "test" : "live",
                [.. grant.Keys.Select(held => ProviderCatalog.NameOf(held.Provider)).Where(grant.Scope.AllowsProvider).Distinct()],
                limits.Models, limits.Routes, limits.Tags, grant.Found.Wrap.ExpiresAt, await StandAsync(grant, chain, budgets, http.RequestAborted),
                new OwnRates(limits.RequestsPerMinute, limits.TokensPerMinute, limits.Concurrent))));
        }
    }

    private static async Task<IResult> QuoteAsync(
        HttpContext http, Admission admission, BodyReader bodies, PriceBookSource prices, BudgetStore budgets, TimeProvider clock,
        string path = "/chat/completions", string? provider = null)
    {
        var (caller, refusal) = await admission.AdmitAsync(http.Request, alsoInQuery: false, http.RequestAborted);
        using var _ = caller;
        if (caller is null)
            return refusal!;
        if (Find(path) is not { } address)
            return Refusals.RouteNotAllowed.Because($"'path' names nothing that KeyPass forwards: it looks like /chat/completions or /messages.", "path");
        if (!CallWish.Takes(address, http.Request.ContentType))
            return Refusals.UnsupportedMediaType.Because("The body must be the call's own: send it with 'Content-Type: application/json'.");
        var (body, unread) = await bodies.ReadAsync(http, address.MayBeMultipart ? BodyReader.MostForm : BodyReader.MostJson, http.RequestAborted);
        if (body is null)
            return unread!;
        using var held = body;
        if (!CallWish.TryRead(address, http.Request.ContentType, body.Content, out var wish, out var problem))
            return Refusals.InvalidRequest.Because(problem.Sentence, problem.Field);
        var (now, book) = (clock.GetUtcNow(), prices.For(caller.Grant.AccountId));
        var (chosen, forbidden) = KeyChoice.Choose(
            caller.Grant, address, one => provider is null || ProviderCatalog.NameOf(one.Provider) == provider, wish.Models, book, now);
        if (chosen is null)
            return forbidden!;
        if (wish.BoundFor(chosen.Provider, book, now, tightly: true, out var noBound) is not { } bound)
            return BudgetRefusal.Of(noBound!);
        var chain = caller.Grant.Chains[chosen.Row.KeyId];
        var tightest = (await StandAsync(caller.Grant, chain, budgets, http.RequestAborted)).MinBy(budget => budget.RemainingNanoUsd);
        return TypedResults.Ok(Envelope.Of(Answer(chosen.Provider, wish, bound, tightest, chain.All(budget => budget.Clamps), book, now)));
    }

    private static Quote Answer(
        string provider, CallWish wish, Bound bound, OwnBudget? tightest, bool mayClamp, PriceBook book, DateTimeOffset now)
    {
        var (model, left) = (wish.Models.Count > 0 ? wish.Models[0] : "", tightest?.RemainingNanoUsd ?? long.MaxValue);
        var reading = new Reading { IsFinal = true };
        reading.Parts.Add(new Usage
        {
            [UsageClass.Input] = wish.Size / BytesPerToken + 1,
            [UsageClass.Output] = Math.Min(bound.AskedTokens * bound.Answers, LikelyTokens),
        });
        var likely = Cost.Of(reading, provider, model, book, now).NanoUsd ?? bound.NanoUsd;
        var least = mayClamp ? bound.LeastNanoUsd : bound.NanoUsd;
        return new Quote(
            ProviderCatalog.NameOf(provider), model, bound.InputTokens, bound.OutputTokens, bound.AskedTokens, bound.NanoUsd, least,
            Math.Min(likely, bound.NanoUsd), least <= left, tightest is null ? null : bound.TokensWithin(left),
            least <= left && bound.NanoUsd > left, tightest);
    }

    private static async Task<IReadOnlyList<OwnBudget>> StandAsync(
        LiveGrant grant, IEnumerable<Budget> chain, BudgetStore budgets, CancellationToken cancel)
    {
        var asked = chain.ToDictionary(budget => budget.Id);
        if (asked.Count == 0)
            return [];
        var states = await budgets.ListAsync(grant.AccountId, [.. asked.Values.Select(budget => budget.OwnerId).Distinct()], cancel);
        return
        [
            .. from state in states.SelectMany(states => states)
               where asked.ContainsKey(state.Budget.Id)
               orderby state.Budget.Breadth
               select new OwnBudget(
                   NameOf(state.Budget.Owner), state.Budget.Kind == BudgetKind.Velocity ? "velocity" : "spend",
                   grant.Keys.Where(held => held.Row.KeyId == state.Budget.OwnerId).Select(held => ProviderCatalog.NameOf(held.Provider)).FirstOrDefault(),
                   state.Budget.LimitNanoUsd, state.Spend.Settled, state.Spend.Reserved,
                   Math.Max(0, state.Budget.LimitNanoUsd - state.Spend.Settled - state.Spend.Reserved), state.Spend.Window.Ends),
        ];
    }

    private static CallAddress? Find(string path)
    {
        if (path.StartsWith("/v1beta", StringComparison.Ordinal))
            return CallAddress.Find(Surface.Gemini, HttpMethods.Post, path["/v1beta".Length..]);
        var rest = path.StartsWith("/v1/", StringComparison.Ordinal) ? path["/v1".Length..] : path;
        return CallAddress.Find(Surface.OpenAi, HttpMethods.Post, rest) ?? CallAddress.Find(Surface.Anthropic, HttpMethods.Post, rest);
    }

    private static string NameOf(BudgetOwner owner) => BudgetStore.OwnerName.Of(owner);
}
