namespace KeyPass.Server.Tests.Budgets;

/// <summary>How large the world is, and what may befall it: all of it at once is too much to visit, and any two or three of it are not.</summary>
/// <param name="Bound">The most that any call can cost.</param>
internal sealed record Shape(sbyte Limit, int Bound, int Calls, params Move[] Misfortunes)
{
    public static readonly Move[] All = [Move.Crash, Move.DeclareLost, Move.EndWindow, Move.LowerLimit, Move.Cut, Move.Abort];

    public bool Allows(Move move) => !All.Contains(move) || Misfortunes.Contains(move);
}
