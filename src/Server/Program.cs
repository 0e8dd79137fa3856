using KeyPass.Server;
using KeyPass.Server.Accounts;
using KeyPass.Server.Alerts;
using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Connections;
using KeyPass.Server.Gateway;
using KeyPass.Server.Http;
using KeyPass.Server.Ledger;
using KeyPass.Server.Link;
using KeyPass.Server.Mail;
using KeyPass.Server.Operators;
using KeyPass.Server.Persistence;
using KeyPass.Server.Prices;
using KeyPass.Server.Providers;
using KeyPass.Server.Receipts;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using KeyPass.Server.VirtualKeys;

return await CommandLine.RunAsync(args);

/// <summary>The composition: one Add… and one Map… a slice. Nothing here decides anything.</summary>
internal static partial class Program
{
    /// <param name="add">What a test adds to the server it talks to: its probe routes' needs, a clock, a log.</param>
    /// <param name="map">The probe routes themselves.</param>
    public static WebApplication Compose(
        Settings settings, Database database, Ring ring, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.AddHttp(settings.Http);
        builder.Services.AddPersistence(database);
        builder.Services.AddVault(ring, settings.RingFile);
        builder.Services.AddProviders(settings.Providers);
        builder.Services.AddAudit();
        builder.Services.AddMail(settings.Mail);
        builder.Services.AddAccounts(settings.Accounts);
        builder.Services.AddPasskeys(settings.Http.PublicUrl);
        builder.Services.AddVirtualKeys();
        builder.Services.AddApps();
        builder.Services.AddAppConnections();
        builder.Services.AddLink();
        builder.Services.AddReceipts(settings.Receipts);
        builder.Services.AddLedger(settings.Ledger);
        builder.Services.AddBudgets();
        builder.Services.AddGateway();
        builder.Services.AddPrices();
        builder.Services.AddAlerts(settings.Http.PublicUrl);
        builder.Services.AddOperators();
        add?.Invoke(builder);

        var app = builder.Build();
        app.UseHttp(settings.Http);
        app.MapHealth();
        app.MapMetrics();
        app.MapApiDescription();
        app.MapPages();
        app.MapAccounts();
        app.MapInvites();
        app.MapPasskeys();
        app.MapVault();
        app.MapKeys();
        app.MapApprovals();
        app.MapVaultKey();
        app.MapCustody();
        app.MapTokens();
        app.MapVirtualKeys();
        app.MapApps();
        app.MapConnections();
        app.MapLink();
        app.MapReceipts();
        app.MapGateway();
        app.MapProviders();
        app.MapPrices();
        app.MapAlerts();
        app.MapOperators();
        app.MapAudit();
        map?.Invoke(app);
        return app;
    }
}
