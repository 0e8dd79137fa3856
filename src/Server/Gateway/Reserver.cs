using System.Globalization;
using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers.Bounds;

namespace KeyPass.Server.Gateway;

/// <summary>What a call may spend: held in every cell of its chain, or unlimited where nobody set a limit.</summary>
/// <param name="ClampTo">The output it may have, where that is less than it asked for.</param>
internal sealed record Reserved(Hold? Hold, long? ClampTo)
{
    public static readonly Reserved Unlimited = new(null, null);
}

/// <summary>
/// The third step of a call: the most that it can cost, held before a byte of it leaves. A call that asks for more output than fits is made
/// with less, where every budget of its chain allows that.
/// </summary>
internal sealed class Reserver(LiveBudgets budgets)
{
    public async ValueTask<(Reserved? Reserved, RefusalResult? Refusal)> ReserveAsync(
        LiveGrant grant, GrantKey chosen, CallWish wish, PriceBook book, DateTimeOffset at, CancellationToken cancel)
    {
        var chain = grant.Chains[chosen.Row.KeyId];
        if (chain.Count == 0)
            return (Reserved.Unlimited, null);
        if (wish.BoundFor(chosen.Provider, book, at, tightly: false, out var noBound) is not { } bound)
            return (null, BudgetRefusal.Of(noBound!));
        var mayClamp = bound.IsClampable && chain.All(budget => budget.Clamps);
        var (hold, supply) = await budgets.HoldAsync(chain, bound.NanoUsd, mayWait: !mayClamp, cancel);
        if (hold is null && supply.Shortage is not null && wish.BoundFor(chosen.Provider, book, at, tightly: true, out _) is { } tight
            && tight.NanoUsd < bound.NanoUsd)
        {
            bound = tight;
            (hold, supply) = await budgets.HoldAsync(chain, bound.NanoUsd, mayWait: !mayClamp, cancel);
        }
        if (hold is null && mayClamp && supply.Shortage is not null)
        {
            var asked = new Elastic(bound.LeastNanoUsd, bound.NanoUsd, free => bound.NanoUsdOf(bound.TokensWithin(free)));
            (hold, supply) = await budgets.HoldShareAsync(chain, asked, cancel);
        }
        if (hold is not null)
            return (new Reserved(hold, hold.NanoUsd < bound.NanoUsd ? bound.TokensWithin(hold.NanoUsd) : null), null);
        return (null, supply.Shortage is { } why
            ? BudgetRefusal.Of(why, bound, mayClamp, ModelsThatFit(grant, chosen, bound, why, book, at))
            : Admission.Unavailable());
    }

    /// <summary>What is left, as far as this server knows without asking; and what the call was let have of the output that it asked for.</summary>
    public void Tell(IHeaderDictionary headers, LiveGrant grant, GrantKey chosen, Reserved reserved)
    {
        if (reserved.Hold is null)
            return;
        if (budgets.KnownFree(grant.Chains[chosen.Row.KeyId]) is { } free)
            headers["x-keypass-budget-remaining"] = BudgetRefusal.Dollars(free)[1..];
        if (reserved.ClampTo is { } tokens)
            headers["x-keypass-max-tokens-clamped"] = tokens.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Of the same provider and within the scope, what would answer the same question for what is left: the dearest first, which is mostly the best.
    /// </summary>
    private static IReadOnlyList<string> ModelsThatFit(LiveGrant grant, GrantKey chosen, Bound bound, Shortage why, PriceBook book, DateTimeOffset at) =>
    [
        .. from price in book.ModelsOf(chosen.Provider)
           where price.IsValid(at) && !price.IsApproximate && grant.Scope.AllowsModel(price.Id)
           let cost = LeastCost(price, bound)
           where cost > 0 && cost <= why.Free
           orderby cost descending, price.Id
           select price.Id into model
           select model,
    ];

    private static long LeastCost(ModelPrice price, Bound bound) =>
        price.Rates.Of(UsageClass.Input) is { } input && price.Rates.Of(UsageClass.Output) is { } output
            ? Cost.Of(bound.InputTokens, input, PriceFactors.Whole) + Cost.Of(bound.LeastTokens * bound.Answers, output, PriceFactors.Whole)
            : 0;
}
