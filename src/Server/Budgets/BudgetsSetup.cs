namespace KeyPass.Server.Budgets;

internal static class BudgetsSetup
{
    public static void AddBudgets(this IServiceCollection services)
    {
        services.AddSingleton<BudgetStore>();
        services.AddSingleton<LeaseStore>();
        services.AddSingleton<NodeStore>();
        services.AddSingleton<Node>();
        services.AddSingleton<LiveBudgets>();
        services.AddSingleton<BudgetWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<BudgetWatch>());
    }
}
