namespace KeyPass.Server.Tests.Budgets;

internal enum Move
{
    Extend,
    Return,
    Commit,
    Abort,
    Tell,
    Cut,
    Look,
    Hold,
    Release,
    CallOut,
    End,
    Free,
    Write,
    WriteAgain,
    Crash,
    Restart,
    DeclareLost,
    CallTheRoll,
    BeginAnew,
    EndWindow,
    LowerLimit,
}

/// <param name="Who">A server or a call.</param>
/// <param name="Which">A window, a cost, or how much of a journal is left.</param>
internal readonly record struct Step(Move Move, int Who = 0, int Which = 0)
{
    public override string ToString() => $"{Move} {Who} {Which}";
}
