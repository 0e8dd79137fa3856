namespace KeyPass.Server.Budgets;

internal enum PeriodKind
{
    /// <summary>One window for ever.</summary>
    None,

    /// <summary>Of the clock, everywhere the same: for limits on how fast money goes.</summary>
    Hourly,
    Daily,
    Weekly,
    Monthly,

    /// <summary>Every so many days, counted from the day the budget was made.</summary>
    Custom,
}

/// <summary>How often a budget begins anew: at midnight of a time zone, so that days have 23 hours or 25 where its clocks change.</summary>
/// <param name="Days">Of a custom period.</param>
/// <param name="AnchorDay">Of a weekly one 1 (Monday) to 7; of a monthly one 1 to 31, where a short month's last day stands in.</param>
internal sealed record BudgetPeriod(PeriodKind Kind, string TimeZone = "UTC", int Days = 0, int AnchorDay = 1)
{
    public const int MostDays = 366;

    /// <summary>Of a clock anywhere from the one in Greenwich, and a day that somebody left out.</summary>
    private static readonly TimeSpan MostOffset = TimeSpan.FromHours(40);

    /// <param name="since">When the budget was made.</param>
    public BudgetWindow WindowAt(DateTimeOffset now, DateTimeOffset since)
    {
        switch (Kind)
        {
            case PeriodKind.None:
                return new BudgetWindow(since, null);
            case PeriodKind.Hourly:
                var hour = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
                return new BudgetWindow(hour, hour.AddHours(1));
        }
        var zone = TimeZoneInfo.FindSystemTimeZoneById(TimeZone);
        var first = FirstDay(DayOf(now, zone), DayOf(since, zone));
        var (starts, ends) = (MidnightOf(first, zone), MidnightOf(After(first), zone));
        // Where a whole day is left out of the calendar its midnight is the next day's, and that window is over as it begins.
        for (; ends <= now; first = After(first))
            (starts, ends) = (ends, MidnightOf(After(After(first)), zone));
        return new BudgetWindow(starts, ends);
    }

    private DateOnly FirstDay(DateOnly today, DateOnly since)
    {
        switch (Kind)
        {
            case PeriodKind.Weekly:
                return today.AddDays(-(((int)today.DayOfWeek + 7 - (AnchorDay % 7)) % 7));
            case PeriodKind.Monthly:
                var thisMonths = InMonth(today.Year, today.Month);
                return thisMonths <= today ? thisMonths : InMonth(today.AddMonths(-1).Year, today.AddMonths(-1).Month);
            case PeriodKind.Custom:
                var passed = today.DayNumber - since.DayNumber;
                return since.AddDays((passed / Days - (passed % Days < 0 ? 1 : 0)) * Days);
            default:
                return today;
        }
    }

    private DateOnly After(DateOnly first) => Kind switch
    {
        PeriodKind.Weekly => first.AddDays(7),
        PeriodKind.Monthly => InMonth(first.AddDays(1 - first.Day).AddMonths(1).Year, first.AddDays(1 - first.Day).AddMonths(1).Month),
        PeriodKind.Custom => first.AddDays(Days),
        _ => first.AddDays(1),
    };

    private DateOnly InMonth(int year, int month) => new(year, month, Math.Min(AnchorDay, DateTime.DaysInMonth(year, month)));

    private static DateOnly DayOf(DateTimeOffset time, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time, zone).DateTime);

    /// <summary>The first moment of a day: where clocks jump over midnight, the moment they land; where it comes twice, the first.</summary>
    private static DateTimeOffset MidnightOf(DateOnly day, TimeZoneInfo zone)
    {
        // Sought, and not computed: a zone's rules say at which moment its clocks change, but not in every case what they show then.
        var middle = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var (before, after) = (middle - MostOffset, middle + MostOffset);
        while (after - before > TimeSpan.FromSeconds(1))
        {
            var half = before + TimeSpan.FromSeconds(Math.Floor((after - before).TotalSeconds / 2));
            if (DayOf(half, zone) >= day)
                after = half;
            else
                before = half;
        }
        return after;
    }
}

/// <param name="Ends">The first moment that is not in it any more; null where it never ends.</param>
internal readonly record struct BudgetWindow(DateTimeOffset Starts, DateTimeOffset? Ends);
