using System.Globalization;
using KeyPass.Server.Budgets;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>Where a budget's period begins and ends: at midnight where its owner lives, whatever the clocks there do.</summary>
public sealed class BudgetPeriodTests
{
    private static readonly DateTimeOffset Made = At("2026-01-15T12:00:00Z");

    [Theory]
    [InlineData("Daily", "UTC", 0, 1, "2026-03-10T00:00:00Z", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")]
    [InlineData("Daily", "UTC", 0, 1, "2026-03-10T23:59:59Z", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")]
    // Clocks go forward in Berlin on 29 March, and back on 25 October: 23 hours, and 25.
    [InlineData("Daily", "Europe/Berlin", 0, 1, "2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")]
    [InlineData("Daily", "Europe/Berlin", 0, 1, "2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")]
    // In Santiago clocks jump over midnight: the day begins at one.
    [InlineData("Daily", "America/Santiago", 0, 1, "2026-09-06T12:00:00Z", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z")]
    // In Havana midnight comes twice: the first counts.
    [InlineData("Daily", "America/Havana", 0, 1, "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]
    // Samoa had no 30 December 2011.
    [InlineData("Daily", "Pacific/Apia", 0, 1, "2011-12-30T11:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z")]
    [InlineData("Weekly", "UTC", 0, 1, "2026-03-10T12:00:00Z", "2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z")]
    [InlineData("Weekly", "UTC", 0, 7, "2026-03-10T12:00:00Z", "2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z")]
    [InlineData("Weekly", "Asia/Tokyo", 0, 3, "2026-03-10T15:00:00Z", "2026-03-10T15:00:00Z", "2026-03-17T15:00:00Z")]
    [InlineData("Monthly", "UTC", 0, 1, "2026-02-10T12:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")]
    [InlineData("Monthly", "UTC", 0, 31, "2026-02-10T12:00:00Z", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z")]
    [InlineData("Monthly", "UTC", 0, 31, "2026-02-28T12:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z")]
    [InlineData("Monthly", "UTC", 0, 30, "2028-02-29T12:00:00Z", "2028-02-29T00:00:00Z", "2028-03-30T00:00:00Z")]
    [InlineData("Monthly", "UTC", 0, 29, "2026-12-31T12:00:00Z", "2026-12-29T00:00:00Z", "2027-01-29T00:00:00Z")]
    [InlineData("Custom", "UTC", 10, 1, "2026-01-24T23:59:59Z", "2026-01-15T00:00:00Z", "2026-01-25T00:00:00Z")]
    [InlineData("Custom", "UTC", 10, 1, "2026-01-25T00:00:00Z", "2026-01-25T00:00:00Z", "2026-02-04T00:00:00Z")]
    // A clock that was set back to before the budget was made.
    [InlineData("Custom", "UTC", 10, 1, "2026-01-14T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-15T00:00:00Z")]
    [InlineData("Hourly", "UTC", 0, 1, "2026-03-10T12:34:56Z", "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z")]
    public void A_period_has_its_first_and_its_last_moment(string kind, string zone, int days, int anchor, string now, string starts, string ends)
    {
        var window = new BudgetPeriod(Enum.Parse<PeriodKind>(kind), zone, days, anchor).WindowAt(At(now), Made);

        Assert.Equal((At(starts), At(ends)), (window.Starts, window.Ends));
    }

    [Fact]
    public void A_budget_without_a_period_never_begins_anew() =>
        Assert.Equal(new BudgetWindow(Made, null), new BudgetPeriod(PeriodKind.None).WindowAt(At("2031-01-01T00:00:00Z"), Made));

    [Fact]
    public void Windows_follow_each_other_without_a_gap_in_every_time_zone()
    {
        foreach (var zone in TimeZoneInfo.GetSystemTimeZones().Where(zone => zone.HasIanaId).Select(zone => zone.Id))
        {
            foreach (var period in new[] { new BudgetPeriod(PeriodKind.Daily, zone), new BudgetPeriod(PeriodKind.Monthly, zone, AnchorDay: 31) })
            {
                var now = At("2010-12-25T00:00:00Z");
                for (var step = 0; step < 400; step++)
                {
                    var window = period.WindowAt(now, Made);
                    Assert.True(window.Starts <= now && now < window.Ends, $"{zone} {period.Kind} {now:o}: {window}");
                    Assert.Equal(window, period.WindowAt(window.Ends!.Value.AddTicks(-1), Made));
                    now = window.Ends.Value;
                }
            }
        }
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
