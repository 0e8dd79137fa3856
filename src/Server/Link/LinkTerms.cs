using KeyPass.Server.Budgets;
using KeyPass.Server.Http;

namespace KeyPass.Server.Link;

/// <summary>What a person agrees to: of what was asked, that much.</summary>
internal sealed record LinkTerms(
    IReadOnlyList<string> Models, long BudgetCents, string Period, long CentsPerHour, DateTimeOffset? Until)
{
    public const string UsualPeriod = "monthly";

    /// <summary>Of a budget in one hour, where nobody says otherwise: what runs wild in the night is stopped before all is gone.</summary>
    private const int UsualShareOfHour = 5;

    /// <summary>So that small budgets are not cut into what pays for no call.</summary>
    private const long LeastCentsPerHour = 100;

    private static readonly string[] Periods = [BudgetForm.Never, "daily", "weekly", UsualPeriod];

    public static void CheckPeriod(FieldCheck check, string period) =>
        check.Require(Periods.Contains(period), "period", $"'period' takes {string.Join(", ", Periods)}.");

    public static void CheckCents(FieldCheck check, string field, long cents) =>
        check.Require(cents is > 0 and <= Budget.MostCents, field, $"'{field}' takes whole cents, 1 to {Budget.MostCents}.");

    /// <summary>Never more than the app asked for: that was what it was judged by. Money is the person's own to give.</summary>
    public static LinkTerms Read(
        FieldCheck check, LinkStore.SessionRow asked, IReadOnlyList<string>? models, long? budgetCents, string? period, DateTimeOffset? expiresAt,
        long? centsPerHour, DateTimeOffset now)
    {
        var chosen = models ?? asked.Models;
        check.Require(asked.Models.Length == 0 ? Asked.AreEntries(chosen) : chosen.Count > 0 && chosen.All(asked.Models.Contains), "models",
            "'models' takes of the models that the app asked for.");
        var cents = budgetCents ?? asked.BudgetCents;
        CheckCents(check, "budgetCents", cents);
        CheckPeriod(check, period ?? asked.Period);
        var until = expiresAt ?? asked.WantedUntil;
        check.Require(until is null || (until > now && !(until > asked.WantedUntil)), "expiresAt",
            "'expiresAt' takes a time to come, no later than the app asked for.");
        if (centsPerHour is { } hourly)
            CheckCents(check, "velocityCentsPerHour", hourly);
        var usualPerHour = Math.Max(cents / UsualShareOfHour, Math.Min(cents, LeastCentsPerHour));
        return new LinkTerms(chosen, cents, period ?? asked.Period, centsPerHour ?? usualPerHour, until?.ToUniversalTime());
    }

    public static BudgetWish Spend(long cents, string period) =>
        BudgetForm.Read(new FieldCheck(), "budget", new BudgetWire(cents, period));

    public static BudgetWish Velocity(long centsPerHour) => BudgetForm.ReadVelocity(new FieldCheck(), "velocity", centsPerHour)!;
}
