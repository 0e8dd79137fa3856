namespace KeyPass.Server.Budgets;

/// <summary>What servers tell each other about a budget.</summary>
internal static class BudgetNews
{
    private const string RecallWord = "recall";

    /// <summary>Its limit or its window is another: the table's trigger says so.</summary>
    private const string ChangedWord = "changed";

    /// <summary>Somebody needs what others lease and do not hold.</summary>
    public static string Recall(Guid budgetId) => $"{RecallWord}:{budgetId}";

    public static bool TryRead(string news, out Guid budgetId, out bool isChange)
    {
        var parts = news.Split(':');
        isChange = parts[0] == ChangedWord;
        return Guid.TryParse(parts[^1], out budgetId) && parts.Length == 2 && (isChange || parts[0] == RecallWord);
    }
}
