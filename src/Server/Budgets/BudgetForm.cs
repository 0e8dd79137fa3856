using System.Text.Json;
using KeyPass.Server.Http;

namespace KeyPass.Server.Budgets;

/// <summary>A budget as people set it.</summary>
internal sealed record BudgetWire(
    long LimitCents, string Period = BudgetForm.Never, int? Days = null, string TimeZone = "UTC", int? AnchorDay = null, bool Clamp = true);

/// <summary>A budget as people see it: what was set, and how its present window stands.</summary>
internal sealed record BudgetItem(
    long LimitCents, string Period, int? Days, string TimeZone, int? AnchorDay, bool Clamp, long LimitNanoUsd, long SpentNanoUsd, long ReservedNanoUsd,
    long RemainingNanoUsd, long UnaccountedNanoUsd, DateTimeOffset StartsAt, DateTimeOffset? ResetsAt, DateTimeOffset CreatedAt);

/// <summary>What is wished for a budget: null takes it away.</summary>
internal sealed record BudgetWish(long LimitNanoUsd, BudgetPeriod Period, bool Clamps);

/// <summary>Budgets in the words of the API.</summary>
internal static class BudgetForm
{
    public const string Never = "none";

    private static readonly Dictionary<string, PeriodKind> Periods = new(StringComparer.Ordinal)
    {
        [Never] = PeriodKind.None,
        ["daily"] = PeriodKind.Daily,
        ["weekly"] = PeriodKind.Weekly,
        ["monthly"] = PeriodKind.Monthly,
        ["custom"] = PeriodKind.Custom,
    };

    /// <summary>Of a change, where an absent member leaves everything as it is.</summary>
    /// <returns>Whether the member is there; then the wish, null to take the budget away.</returns>
    public static (bool IsGiven, BudgetWish? Wish) Read(FieldCheck check, string field, JsonElement given)
    {
        if (given.ValueKind == JsonValueKind.Undefined)
            return (false, null);
        if (given.ValueKind == JsonValueKind.Null)
            return (true, null);
        try
        {
            return (true, given.Deserialize<BudgetWire>(JsonSerializerOptions.Web) is { } wire ? Read(check, field, wire) : null);
        }
        catch (JsonException broken)
        {
            var member = field + broken.Path?.TrimStart('$');
            check.Require(false, member, $"'{member}' has the wrong type: a budget has 'limitCents' (a whole number), 'period', 'days', 'timeZone', "
                + "'anchorDay' and 'clamp'.");
            return (true, null);
        }
    }

    public static BudgetWish Read(FieldCheck check, string field, BudgetWire wire)
    {
        CheckCents(check, field + ".limitCents", wire.LimitCents);
        var isPeriod = Periods.TryGetValue(wire.Period, out var kind);
        check.Require(isPeriod, field + ".period", $"'{field}.period' takes {string.Join(", ", Periods.Keys)}.");
        check.Require(IanaZone.Exists(wire.TimeZone), field + ".timeZone", $"'{field}.timeZone' takes a name like Europe/Berlin, or UTC.");
        check.Require(kind == PeriodKind.Custom ? wire.Days is >= 1 and <= BudgetPeriod.MostDays : wire.Days is null,
            field + ".days", $"'{field}.days' takes 1 to {BudgetPeriod.MostDays}, with the period custom only.");
        var mostAnchor = kind switch { PeriodKind.Weekly => 7, PeriodKind.Monthly => 31, _ => 0 };
        check.Require(wire.AnchorDay is not { } anchor || (anchor >= 1 && anchor <= mostAnchor),
            field + ".anchorDay", $"'{field}.anchorDay' takes 1 (Monday) to 7 for weekly, 1 to 31 for monthly, and stands nowhere else.");
        return new BudgetWish(
            wire.LimitCents * Budget.NanoUsdPerCent, new BudgetPeriod(kind, wire.TimeZone, wire.Days ?? 0, wire.AnchorDay ?? 1), wire.Clamp);
    }

    /// <summary>How much may go in an hour: a budget of its own, beside the one that is set.</summary>
    public static BudgetWish? ReadVelocity(FieldCheck check, string field, long? centsPerHour)
    {
        if (centsPerHour is not { } cents)
            return null;
        CheckCents(check, field, cents);
        return new BudgetWish(cents * Budget.NanoUsdPerCent, new BudgetPeriod(PeriodKind.Hourly), Clamps: true);
    }

    public static BudgetItem Show(BudgetState state)
    {
        var (budget, spend) = state;
        var period = budget.Period;
        return new BudgetItem(
            budget.LimitNanoUsd / Budget.NanoUsdPerCent, NameOf(period.Kind), period.Kind == PeriodKind.Custom ? period.Days : null, period.TimeZone,
            period.Kind is PeriodKind.Weekly or PeriodKind.Monthly ? period.AnchorDay : null, budget.Clamps, budget.LimitNanoUsd, spend.Settled,
            spend.Reserved, Math.Max(0, budget.LimitNanoUsd - spend.Settled - spend.Reserved), spend.Unaccounted, spend.Window.Starts, spend.Window.Ends,
            budget.CreatedAt);
    }

    public static string NameOf(PeriodKind kind) => kind == PeriodKind.Hourly ? "hourly" : Periods.First(one => one.Value == kind).Key;

    public static PeriodKind KindOf(string name) => Periods.GetValueOrDefault(name, PeriodKind.Hourly);

    private static void CheckCents(FieldCheck check, string field, long cents) =>
        check.Require(cents is >= 0 and <= Budget.MostCents, field, $"'{field}' takes whole cents, 0 to {Budget.MostCents}.");
}
