namespace KeyPass.Server.Budgets;

/// <summary>This server among the others: under which incarnation its leases stand, and what time the database has.</summary>
internal sealed class Node
{
    private readonly TimeProvider _clock;
    private volatile Beat _beat;

    /// <summary>Boxed, so that nobody reads half of one and half of the next.</summary>
    private volatile object _incarnation;

    public Node(TimeProvider clock)
    {
        _clock = clock;
        _incarnation = NewIncarnation();
        _beat = new Beat(clock.GetUtcNow(), clock.GetTimestamp(), Living: 1);
    }

    public Guid Incarnation => (Guid)_incarnation;

    /// <summary>By the database's clock, carried on by a clock of ours that never jumps.</summary>
    public DateTimeOffset Now => _beat is var beat ? beat.At + _clock.GetElapsedTime(beat.Heard) : default;

    /// <summary>Servers that share what is limited by count and not by money.</summary>
    public int Living => _beat.Living;

    public void Heard(Heartbeat heartbeat) => _beat = new Beat(heartbeat.Now, _clock.GetTimestamp(), heartbeat.Living);

    /// <summary>The others gave this server up. It goes on as another one, with nothing leased.</summary>
    public void BeginAs(Guid incarnation) => _incarnation = incarnation;

    public Guid NewIncarnation() => Guid.CreateVersion7(_clock.GetUtcNow());

    private sealed record Beat(DateTimeOffset At, long Heard, int Living);
}
