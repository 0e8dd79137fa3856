namespace KeyPass.Server.Budgets;

/// <summary>What came of bringing a cell up: it has enough now, or it is known why not, or nobody can say in this moment.</summary>
internal readonly record struct Supply(bool IsEnough, Shortage? Shortage)
{
    public static readonly Supply Enough = new(true, null);
    public static readonly Supply Unavailable = new(false, null);

    public static Supply Short(Shortage shortage) => new(false, shortage);
}
