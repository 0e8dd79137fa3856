using System.Security.Claims;
using KeyPass.Server.Http;
using KeyPass.Server.Mail;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Alerts;

/// <summary>What wants a person: budgets that are near their end, keys that providers refuse.</summary>
internal static class AlertsEndpoints
{
    /// <param name="Kind">budget, or provider_key.</param>
    /// <param name="Id">Of what it is about: the virtual key, the provider key, or the account.</param>
    /// <param name="Percent">Of a budget: 50, 80 or 100.</param>
    internal sealed record AttentionItem(
        string Kind, string About, string Id, string Message, DateTimeOffset At, int? Percent = null, long? LimitNanoUsd = null, long? SpentNanoUsd = null,
        DateTimeOffset? ResetsAt = null);

    internal sealed record AttentionList(IReadOnlyList<AttentionItem> Items, string? NextCursor);

    public static void AddAlerts(this IServiceCollection services, Uri publicUrl)
    {
        services.AddSingleton<AlertStore>();
        services.AddSingleton(provider => new AlertLetters(provider.GetRequiredService<MailStore>(), publicUrl));
        services.AddHostedService<AlertWatch>();
    }

    public static void MapAlerts(this WebApplication app) => app.MapGet("/v1/attention", ListAsync).Requires(Credentials.Session)
        .WithTags("Usage").WithName("listAttention").WithSummary("What wants your attention")
        .WithDescription("Budgets that have spent half, four fifths or all of their present period, and provider keys that their provider does not take "
            + "any more. The newest comes first.")
        .Produces<Envelope<AttentionList>>();

    private static async Task<IResult> ListAsync(ClaimsPrincipal caller, AlertStore store, CancellationToken cancel)
    {
        var budgets = await store.ListAsync(caller.AccountId(), cancel);
        var keys = await store.ListRefusedKeysAsync(caller.AccountId(), KeyTest.Invalid, cancel);
        var items = budgets.Select(Show).Concat(keys.Select(Show)).OrderByDescending(item => item.At).ToList();
        return TypedResults.Ok(Envelope.Of(new AttentionList(items, NextCursor: null)));
    }

    public static AttentionItem Show(BudgetAlert alert) => new(
        "budget", alert.Owner, alert.OwnerId.ToString("N"),
        $"The budget of {AlertText.Of(alert)} has spent {AlertText.Dollars(alert.SpentNanoUsd)} of {AlertText.Dollars(alert.LimitNanoUsd)}.",
        alert.At, alert.Percent, alert.LimitNanoUsd, alert.SpentNanoUsd, alert.ResetsAt);

    private static AttentionItem Show(RefusedKey one) => new(
        "provider_key", "provider_key", one.KeyId.ToString("N"),
        $"{ProviderCatalog.Find(one.Provider)?.Name ?? one.Provider} does not take the key{(one.Label is { } label ? $" “{label}”" : "")} any more: "
            + "replace it.", one.At);
}
