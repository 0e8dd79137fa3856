using System.Globalization;
using KeyPass.Server.Budgets;
using KeyPass.Server.Http;
using KeyPass.Server.Providers.Bounds;

namespace KeyPass.Server.Gateway;

/// <summary>The noes about money: which limit it was, how it stands, and what would have gone.</summary>
internal static class BudgetRefusal
{
    private const int MostModels = 5;

    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(1);

    public static RefusalResult Of(NoBound why) =>
        (why.IsPriceUnknown ? Refusals.PriceUnknown : Refusals.NotBoundable).Because(why.Sentence, why.Field);

    public static RefusalResult Of(Shortage why, Bound bound, bool mayClamp, IEnumerable<string> models)
    {
        var least = mayClamp ? bound.LeastNanoUsd : bound.NanoUsd;
        var isSpent = why.Remaining < least;
        var budget = new RefusalBudget(
            OwnerOf(why.Budget), why.Limit, why.Spent, why.Reserved, why.Remaining, least, why.Resets,
            bound.IsClampable ? bound.TokensWithin(why.Free) : null, [.. models.Take(MostModels)]);
        var needs = $"This call can cost {Dollars(least)}{(mayClamp ? " at the least" : "")}";
        var ends = why.Resets is { } reset ? $" It begins anew at {reset.UtcDateTime:yyyy-MM-dd HH:mm} UTC." : "";
        if (why.Budget.Kind == BudgetKind.Velocity)
            return (Refusals.VelocityExceeded.Because(
                $"{needs}, and of the {Dollars(why.Limit)} an hour of {budget.Of} {Dollars(why.Free)} is left.{ends}")) with { Budget = budget };
        return isSpent
            ? Refusals.BudgetExceeded.Because($"{needs}, and of the budget of {Dollars(why.Limit)} of {budget.Of} {Dollars(why.Remaining)} is left.{ends}")
                with { Budget = budget }
            : Refusals.BudgetInFlight.Because(
                $"{needs}, and other calls hold what is left of the budget of {Dollars(why.Limit)} of {budget.Of} until they end. Try again shortly.",
                retryAfter: InFlight) with { Budget = budget };
    }

    public static string Dollars(long nanoUsd) => "$" + (nanoUsd / 1_000_000_000m).ToString("0.00#######", CultureInfo.InvariantCulture);

    private static string OwnerOf(Budget budget) => budget.Owner switch
    {
        BudgetOwner.Account => "the account",
        BudgetOwner.ProviderKey => "the provider key",
        BudgetOwner.Connection => "the connection",
        _ => "this key",
    };
}
