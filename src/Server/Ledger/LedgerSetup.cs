namespace KeyPass.Server.Ledger;

internal static class LedgerSetup
{
    public static void AddLedger(this IServiceCollection services, LedgerSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<LedgerStore>();
        services.AddSingleton<CallLedger>();
        services.AddHostedService(provider => provider.GetRequiredService<CallLedger>());
    }
}
