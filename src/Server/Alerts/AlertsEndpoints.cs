using System.Security.Claims;
using KeyPass.Server.Http;
using KeyPass.Server.Mail;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Alerts;

/// <summary>What wants a person: budgets that are near their end, keys that providers refuse, connections that end, and what waits for a click.</summary>
internal static class AlertsEndpoints
{
    /// <summary>Long enough to renew it between two looks a week apart.</summary>
    private static readonly TimeSpan EndsSoon = TimeSpan.FromDays(7);

    /// <param name="Kind">budget, provider_key, connection, or approval.</param>
    /// <param name="Id">Of what it is about: the virtual key, the provider key, the connection, or the account.</param>
    /// <param name="Percent">Of a budget: 50, 80 or 100.</param>
    /// <param name="EndsAt">Of a connection.</param>
    internal sealed record AttentionItem(
        string Kind, string About, string Id, string Message, DateTimeOffset At, int? Percent = null, long? LimitNanoUsd = null, long? SpentNanoUsd = null,
        DateTimeOffset? ResetsAt = null, DateTimeOffset? EndsAt = null);

    internal sealed record AttentionList(IReadOnlyList<AttentionItem> Items, string? NextCursor);

    public static void AddAlerts(this IServiceCollection services, Uri publicUrl)
    {
        services.AddSingleton<AlertStore>();
        services.AddSingleton(provider => new AlertLetters(provider.GetRequiredService<MailStore>(), publicUrl));
        services.AddHostedService<AlertWatch>();
    }

    public static void MapAlerts(this WebApplication app) => app.MapGet("/v1/attention", ListAsync).Requires(Credentials.Session)
        .WithTags("Usage").WithName("listAttention").WithSummary("What wants your attention")
        .WithDescription("Budgets that have spent half, four fifths or all of their present period, provider keys that their provider does not take "
            + "any more, connections that end within a week, and what waits for your approval. The newest comes first.")
        .Produces<Envelope<AttentionList>>();

    private static async Task<IResult> ListAsync(ClaimsPrincipal caller, AlertStore store, TimeProvider clock, CancellationToken cancel)
    {
        var (accountId, now) = (caller.AccountId(), clock.GetUtcNow());
        var budgets = await store.ListAsync(accountId, cancel);
        var keys = await store.ListRefusedKeysAsync(accountId, KeyTest.Invalid, cancel);
        var ending = await store.ListEndingAsync(accountId, now, now + EndsSoon, cancel);
        var items = budgets.Select(Show).Concat(keys.Select(Show)).Concat(ending.Select(Show)).ToList();
        if (await store.FindWaitingAsync(accountId, cancel) is { } waiting)
            items.Add(Show(waiting, accountId));
        items.Sort((one, other) => other.At.CompareTo(one.At));
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

    private static AttentionItem Show(EndingConnection one) => new(
        "connection", "connection", one.Id.ToString("N"), $"The connection to “{one.App}” ends soon.", one.EndsAt - EndsSoon, EndsAt: one.EndsAt);

    private static AttentionItem Show(Waiting waiting, Guid accountId) => new(
        "approval", "approval", accountId.ToString("N"),
        waiting.Count == 1 ? "One thing waits for your approval." : $"{waiting.Count} things wait for your approval.", waiting.Since);
}
