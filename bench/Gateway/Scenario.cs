namespace KeyPass.Bench.Gateway;

/// <summary>A kind of load.</summary>
/// <param name="Ways">Each caller goes through them in turn.</param>
/// <param name="Slice">How long one contender is under it before the next one's turn: short, as a shared machine's moods last some seconds.</param>
internal sealed record Scenario(string Name, IReadOnlyList<Way> Ways, int Callers, TimeSpan Slice)
{
    /// <summary>Also measured without any gateway, so that what a gateway adds can be told.</summary>
    public bool AlsoDirect { get; init; }

    /// <summary>Left out where a contender makes something else of it than the others do.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>Between the first calls of two callers.</summary>
    public TimeSpan Between { get; init; }

    public static readonly Scenario Json = new("JSON, 32 callers", [Way.Json], 32, TimeSpan.FromSeconds(1));

    public static readonly Scenario Burst = new("stream at once, 16 callers", [Way.Burst], 16, TimeSpan.FromSeconds(1));

    public static readonly Scenario Paced = new("64 paced streams", [Way.Paced], 64, TimeSpan.FromSeconds(3))
    {
        AlsoDirect = true,
        Between = TimeSpan.FromMilliseconds(16),
    };

    public static readonly Scenario Single = new("JSON, one caller", [Way.Json], 1, TimeSpan.FromSeconds(1)) { AlsoDirect = true };

    /// <summary>Portkey tries failed calls again, which is other work.</summary>
    public static readonly Scenario Weather = new(
        "failures among answers", [Way.Json, Way.Failed, Way.Json, Way.Limited, Way.Burst, Way.Reset, Way.Json, Way.Stalled], 64, TimeSpan.FromSeconds(2))
    {
        Without = [Contenders.Portkey],
    };

    public static readonly IReadOnlyList<Scenario> All = [Json, Burst, Paced, Single, Weather];
}
