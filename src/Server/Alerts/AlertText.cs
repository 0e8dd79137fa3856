using System.Globalization;

namespace KeyPass.Server.Alerts;

/// <summary>Budgets in the words of their owners.</summary>
internal static class AlertText
{
    public static string Of(BudgetAlert alert) => alert.Owner switch
    {
        "virtual_key" => $"the virtual key “{alert.Name}”",
        "connection" => $"the connection to “{alert.Name}”",
        "provider_key" => $"the provider key “{alert.Name}”",
        _ => "the whole account",
    };

    public static string Dollars(long nanoUsd) => "$" + (nanoUsd / 1_000_000_000m).ToString("0.00", CultureInfo.InvariantCulture);
}
