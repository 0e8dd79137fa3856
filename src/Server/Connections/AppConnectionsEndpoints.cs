using System.Security.Claims;
using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Http;
using KeyPass.Server.Receipts;

namespace KeyPass.Server.Connections;

/// <summary>Connections as the app sees them that they were made with: no key, no label, no name of a person's own.</summary>
internal static class AppConnectionsEndpoints
{
    private static readonly TimeSpan UsualRange = TimeSpan.FromDays(30);

    internal sealed record AppBudget(long LimitCents, long SpentNanoUsd, long RemainingNanoUsd, string Period, DateTimeOffset? ResetsAt);

    internal sealed record AppConnection(
        string Id, string Status, string? ClientUserId, IReadOnlyList<string> Providers, IReadOnlyList<string>? Models, AppBudget? Budget,
        DateTimeOffset? ExpiresAt, DateTimeOffset UpdatedAt);

    internal sealed record AppConnectionList(IReadOnlyList<AppConnection> Items, string? NextCursor);

    internal sealed record ConnectionUsage(string? Day, string? Model, long Calls, long InputTokens, long OutputTokens, long CostNanoUsd);

    internal sealed record ConnectionUsageList(IReadOnlyList<ConnectionUsage> Items);

    public static void MapAppConnections(this WebApplication app)
    {
        app.MapGet("/v1/apps/{id}/connections", ListForDeveloperAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithTags("Apps").WithName("listAppConnections").WithSummary("Who connected your app, as its server sees it")
            .Produces<Envelope<AppConnectionList>>().RefusesWith(Refusals.NotFound);
        app.MapDelete("/v1/apps/{id}", DeleteAppAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithTags("Apps").WithName("deleteApp").WithSummary("Delete an app, and end every connection to it")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
        app.MapGet("/v1/connections/{id}/usage", UsageAsync).Requires(Credentials.App)
            .WithTags("Connections").WithName("getConnectionUsage").WithSummary("What an app's calls over one connection used and cost")
            .WithDescription("'groupBy' takes day or model. Without 'from' the last 30 days, in UTC.")
            .Produces<Envelope<ConnectionUsageList>>().RefusesWith(Refusals.InvalidRequest, Refusals.NotFound);
    }

    public static async Task<IResult> ListAsync(
        Guid appId, ConnectionStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel)
    {
        var items = new List<AppConnection>();
        foreach (var one in await store.ListOfAppAsync(appId, cancel))
            items.Add(await ShowAsync(one, budgets, clock, cancel));
        return TypedResults.Ok(Envelope.Of(new AppConnectionList(items, NextCursor: null)));
    }

    public static async Task<IResult> GetAsync(
        string id, Guid appId, ConnectionStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var one) && await store.FindOfAppAsync(appId, one, cancel) is { } found
            ? TypedResults.Ok(Envelope.Of(await ShowAsync(found, budgets, clock, cancel)))
            : ConnectionsEndpoints.NotThere();

    public static async Task<AppBudget?> ShowBudgetAsync(Guid accountId, Guid connectionId, BudgetStore budgets, CancellationToken cancel) =>
        (await budgets.ListAsync(accountId, [connectionId], cancel))[connectionId].FirstOrDefault(state => state.Budget.Kind == BudgetKind.Spend) is { } spend
            && BudgetForm.Show(spend) is var item
            ? new AppBudget(item.LimitCents, item.SpentNanoUsd, item.RemainingNanoUsd, item.Period, item.ResetsAt)
            : null;

    private static async Task<IResult> ListForDeveloperAsync(
        string id, ClaimsPrincipal caller, AppStore apps, ConnectionStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var appId) && await apps.FindAsync(caller.AccountId(), appId, cancel) is not null
            ? await ListAsync(appId, store, budgets, clock, cancel)
            : NoApp();

    private static async Task<IResult> DeleteAppAsync(string id, ClaimsPrincipal caller, ConnectionStore store, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var appId) && await store.EndAppAsync(caller.AccountId(), appId, Actor.Of(caller), cancel)
            ? TypedResults.NoContent()
            : NoApp();

    private static async Task<IResult> UsageAsync(
        string id, ClaimsPrincipal caller, ConnectionStore store, UsageStore usage, TimeProvider clock, CancellationToken cancel, string groupBy = "day",
        string? from = null, string? to = null)
    {
        var check = new FieldCheck();
        check.Require(groupBy is "day" or "model", "groupBy", "'groupBy' takes day or model.");
        var filter = ReceiptsEndpoints.ReadFilter(check, from, to, null, null, null, null, null, null, livemode: null);
        if (check.Refusal is { } refusal)
            return refusal;
        if (!Guid.TryParseExact(id, "N", out var one) || await store.FindOfAppAsync(caller.CredentialId(), one, cancel) is not { } found)
            return ConnectionsEndpoints.NotThere();
        var end = filter.To ?? clock.GetUtcNow();
        var (range, byDay) = (filter with { From = filter.From ?? end - UsualRange, To = end, Tag = ConnectionStore.TagOf(one) }, groupBy == "day");
        var sums = await usage.GroupsAsync(found.Row.AccountId, range, byDay ? UsageGrouping.Day : UsageGrouping.Model, IanaZone.Usual, cancel);
        return TypedResults.Ok(Envelope.Of(new ConnectionUsageList([.. sums.Select(sum => new ConnectionUsage(
            byDay ? sum.Group : null, byDay ? null : sum.Group, sum.Requests, sum.InputTokens, sum.OutputTokens, sum.CostNanoUsd))])));
    }

    private static async Task<AppConnection> ShowAsync(
        ConnectionStore.Listed one, BudgetStore budgets, TimeProvider clock, CancellationToken cancel) => new(
        one.Row.Id.ToString("N"), one.Row.StatusAt(clock.GetUtcNow(), one.Scope.DisabledAt is not null), one.Row.ClientUserId, one.Scope.Providers,
        one.Scope.Models is { Length: > 0 } models ? models : null, await ShowBudgetAsync(one.Row.AccountId, one.Row.Id, budgets, cancel),
        one.Row.ExpiresAt, one.Row.UpdatedAt);

    private static RefusalResult NoApp() => Refusals.NotFound.Because("There is no such app, or it is not yours.");
}
