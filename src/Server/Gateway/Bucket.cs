namespace KeyPass.Server.Gateway;

/// <summary>So many in a minute, coming back evenly: what was not used for a while can be used at once, and no more than a minute's worth.</summary>
internal struct Bucket
{
    private const double Minute = 60;

    private double _level;
    private long _filledAt;

    /// <summary>How much is there after the time that passed.</summary>
    public double Fill(double mostInAMinute, long now, TimeProvider clock)
    {
        _level = _filledAt == 0
            ? mostInAMinute
            : Math.Min(mostInAMinute, _level + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * mostInAMinute / Minute));
        _filledAt = now;
        return _level;
    }

    /// <summary>Also more than there is: what was used is used, and the next wait longer.</summary>
    public void Take(double amount) => _level -= amount;

    public static TimeSpan Until(double amount, double level, double mostInAMinute) =>
        TimeSpan.FromSeconds(Math.Max(0, (Math.Min(amount, mostInAMinute) - level) * Minute / mostInAMinute));
}
