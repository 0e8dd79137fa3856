namespace KeyPass.Sdk;

/// <summary>A limit refused the call (402): the user allowed less than it can cost.</summary>
public sealed class KeyPassBudgetException : KeyPassException
{
    internal KeyPassBudgetException(string code, string message, BudgetRefusal budget)
        : base(code, message) => Budget = budget;

    /// <summary>Which limit, how much is left of it and until when.</summary>
    public BudgetRefusal Budget { get; }
}
