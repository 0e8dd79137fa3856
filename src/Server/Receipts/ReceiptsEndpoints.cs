namespace KeyPass.Server.Receipts;

/// <summary>What calls cost and how they went, for the account that they were made for.</summary>
internal static class ReceiptsEndpoints
{
    public static void AddReceipts(this IServiceCollection services, ReceiptSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<ReceiptStore>();
        services.AddSingleton<ReceiptQueue>();
        services.AddHostedService(provider => provider.GetRequiredService<ReceiptQueue>());
    }
}
