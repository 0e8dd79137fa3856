using System.Security.Claims;
using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Http;

namespace KeyPass.Server.Connections;

/// <summary>What somebody let apps do with his keys, and how he takes it back.</summary>
internal static class ConnectionsEndpoints
{
    internal sealed record ConnectedApp(string Name, string? Logo, AppsEndpoints.AppDomain? Domain, string Mode);

    internal sealed record ConnectionItem(
        string Id, ConnectedApp App, string Status, IReadOnlyList<string> Providers, IReadOnlyList<string>? Models, IReadOnlyList<string> KeyIds,
        BudgetItem? Budget, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? ExpiresAt, string? ClientUserId);

    internal sealed record ConnectionList(IReadOnlyList<ConnectionItem> Items, string? NextCursor);

    internal sealed record ChangeConnectionRequest(BudgetWire Budget);

    public static void AddAppConnections(this IServiceCollection services) => services.AddSingleton<ConnectionStore>();

    public static void MapConnections(this WebApplication app)
    {
        var connections = app.MapGroup("/v1").WithTags("Connections");
        connections.MapGet("/connections", ListAsync).Requires(Credentials.Session | Credentials.App)
            .WithName("listConnections").WithSummary("The apps that you connected; for an app's server, the connections it was given")
            .WithDescription("An app's server gets each as GET /v1/apps/{id}/connections shows it: what it may do, and how its budget stands.")
            .Produces<Envelope<ConnectionList>>();
        connections.MapGet("/connections/{id}", GetAsync).Requires(Credentials.Session | Credentials.App)
            .WithName("getConnection").WithSummary("One connection").Produces<Envelope<ConnectionItem>>().RefusesWith(Refusals.NotFound);
        connections.MapPatch("/connections/{id}", ChangeAsync).Requires(Credentials.Session)
            .WithName("changeConnection").WithSummary("Change what an app may spend").Produces<Envelope<ConnectionItem>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound);
        MapSwitch(connections, "pause", paused: true, "Refuse an app's calls until you let it go on");
        MapSwitch(connections, "resume", paused: false, "Let a paused app call again");
        connections.MapDelete("/connections/{id}", RevokeAsync).Requires(Credentials.Session)
            .WithName("revokeConnection").WithSummary("End a connection for good")
            .WithDescription("Its running calls are cut within a second. Its receipts stay.")
            .Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
        app.MapAppConnections();
    }

    private static void MapSwitch(RouteGroupBuilder connections, string action, bool paused, string summary) =>
        connections.MapPost("/connections/{id}/" + action,
            (string id, ClaimsPrincipal caller, ConnectionStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel) =>
                ChangeByIdAsync(id, caller, store, budgets, clock, action + "d", (_, _, scope) =>
                {
                    scope.DisabledAt = paused ? scope.DisabledAt ?? clock.GetUtcNow() : null;
                    return Task.CompletedTask;
                }, cancel))
            .Requires(Credentials.Session)
            .WithName(action + "Connection").WithSummary(summary).Produces<Envelope<ConnectionItem>>().RefusesWith(Refusals.NotFound);

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal caller, ConnectionStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel)
    {
        if (caller.IsApp())
            return await AppConnectionsEndpoints.ListAsync(caller.CredentialId(), store, budgets, clock, cancel);
        var found = await store.ListAsync(caller.AccountId(), cancel);
        var limits = await budgets.ListAsync(caller.AccountId(), [.. found.Select(one => one.Row.Id)], cancel);
        return TypedResults.Ok(Envelope.Of(new ConnectionList([.. found.Select(one => Show(one, limits, clock))], NextCursor: null)));
    }

    private static async Task<IResult> GetAsync(
        string id, ClaimsPrincipal caller, ConnectionStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel)
    {
        if (caller.IsApp())
            return await AppConnectionsEndpoints.GetAsync(id, caller.CredentialId(), store, budgets, clock, cancel);
        return Guid.TryParseExact(id, "N", out var one) ? await AnswerAsync(one, caller, store, budgets, clock, cancel) : NotThere();
    }

    private static async Task<IResult> ChangeAsync(
        string id, ChangeConnectionRequest body, ClaimsPrincipal caller, ConnectionStore store, BudgetStore budgets, TimeProvider clock,
        CancellationToken cancel)
    {
        var check = new FieldCheck();
        var wish = BudgetForm.Read(check, "budget", body.Budget);
        if (check.Refusal is { } refusal)
            return refusal;
        return await ChangeByIdAsync(id, caller, store, budgets, clock, "limited", (context, row, _) =>
            BudgetStore.SetAsync(context, row.AccountId, BudgetOwner.Connection, row.Id, BudgetKind.Spend, wish, clock.GetUtcNow(), cancel), cancel);
    }

    private static async Task<IResult> RevokeAsync(string id, ClaimsPrincipal caller, ConnectionStore store, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var one) && await store.RevokeAsync(caller.AccountId(), one, Actor.Of(caller), cancel)
            ? TypedResults.NoContent()
            : NotThere();

    private static async Task<IResult> ChangeByIdAsync(
        string id, ClaimsPrincipal caller, ConnectionStore store, BudgetStore budgets, TimeProvider clock, string action,
        Func<Persistence.KeyPassDb, ConnectionStore.ConnectionRow, Grants.ScopeStore.ScopeRow, Task> change, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var one) && await store.ChangeAsync(caller.AccountId(), one, Actor.Of(caller), action, change, cancel)
            ? await AnswerAsync(one, caller, store, budgets, clock, cancel)
            : NotThere();

    private static async Task<IResult> AnswerAsync(
        Guid id, ClaimsPrincipal caller, ConnectionStore store, BudgetStore budgets, TimeProvider clock, CancellationToken cancel) =>
        await store.FindAsync(caller.AccountId(), id, cancel) is { } found
            ? TypedResults.Ok(Envelope.Of(Show(found, await budgets.ListAsync(caller.AccountId(), [id], cancel), clock)))
            : NotThere();

    private static ConnectionItem Show(ConnectionStore.Listed one, ILookup<Guid, BudgetState> budgets, TimeProvider clock) => new(
        one.Row.Id.ToString("N"), new ConnectedApp(one.App.Name, one.App.Logo, AppsEndpoints.ShowDomain(one.App), AppsEndpoints.ShowMode(one.App)),
        one.Row.StatusAt(clock.GetUtcNow(), one.Scope.DisabledAt is not null), one.Scope.Providers, one.Scope.Models is { Length: > 0 } models ? models : null,
        [.. one.KeyIds.Select(id => id.ToString("N"))],
        budgets[one.Row.Id].FirstOrDefault(state => state.Budget.Kind == BudgetKind.Spend) is { } spend ? BudgetForm.Show(spend) : null,
        one.Row.CreatedAt, one.LastUsedAt, one.Row.ExpiresAt, one.Row.ClientUserId);

    public static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such connection, or it is not yours.");
}
