using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Connections;
using KeyPass.Server.Http;
using KeyPass.Server.Prices;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;

namespace KeyPass.Server.Link;

/// <summary>Link, from the person's own browser: what is asked, and the decision.</summary>
internal static class ConsentEndpoints
{
    /// <summary>A nonce, a public token and a tag.</summary>
    private const int LongestRelay = 256;

    internal sealed record ConsentRequest(string LinkToken);

    internal sealed record RelayRequest(string LinkToken, string Envelope);

    /// <summary>One that fits what is asked.</summary>
    internal sealed record FittingKey(string Id, string Provider, string? Label, int Version, string Custody, BudgetItem? Budget);

    /// <summary>Of an update what holds now; of a first link what the account agreed to before with this app's user.</summary>
    internal sealed record PresentConnection(
        string Id, string GrantId, IReadOnlyList<string> KeyIds, IReadOnlyList<string> Providers, IReadOnlyList<string>? Models, BudgetItem? Budget,
        DateTimeOffset? ExpiresAt);

    /// <param name="Version">Sent back with the decision: it is of what was shown, or not taken.</param>
    /// <param name="Label">What the escrow of the new grant is bound to.</param>
    /// <param name="WaitingGrantId">Of what you approved and the app has not fetched: 'resume' makes its public token anew.</param>
    /// <param name="AccountBudget">Holds for everything together, the app's calls too.</param>
    internal sealed record ConsentAnswer(
        string LinkSessionId, string Status, string? WaitingGrantId, int Version, LinkBrowserEndpoints.AskingApp App, string Label, string VaultId,
        string Custody, IReadOnlyList<string> RequestedProviders, IReadOnlyList<string>? Models, long BudgetSuggestionCents, string Period, string? Reason,
        DateTimeOffset ExpiresAt, DateTimeOffset? ConnectionExpiresAt, string? ClientUserId, string? Origin, string? RedirectUri, bool IsUpdate,
        IReadOnlyList<FittingKey> Keys, PresentConnection? Connection, BudgetItem? AccountBudget, IReadOnlyList<EverydayCall> EverydayCalls);

    public static void MapConsent(this IEndpointRouteBuilder link)
    {
        link.MapPost("/consent", ConsentAsync).Requires(Credentials.Session).ChangesNothing()
            .WithName("showConsent").WithSummary("What an app asks of you, and which of your keys fit")
            .Produces<Envelope<ConsentAnswer>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.LinkOver);
        link.MapAuthorize();
        link.MapResume();
        link.MapPut("/relay", RelayAsync).Requires(Credentials.Session)
            .WithName("leaveLinkRelay").WithSummary("Leave the public token for the browser that began")
            .WithDescription($"Encrypted under a key that the server does not have; kept {LinkStore.RelayLife.TotalMinutes} minutes.")
            .Produces(StatusCodes.Status204NoContent)
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.LinkOver);
    }

    /// <summary>Both parts only ever grow, and both objects stay the same for a session: so does their sum with every change of either.</summary>
    public static int VersionOf(AppStore.AppRow app, ConnectionStore.ConnectionRow? connection) => app.Changes + (connection?.Changes ?? 0);

    /// <summary>In test mode the sandbox stands for every provider.</summary>
    public static bool Fits(LinkStore.SessionRow session, AppStore.AppRow app, VaultStore.ItemRow item) =>
        item.Kind == VaultStore.ProviderKeyKind
        && (app.IsTest ? item.Provider == SandboxHandler.Provider : session.Providers.Contains(ProviderCatalog.NameOf(item.Provider!)));

    /// <summary>What this person is asked. A stranger's connection looks like none.</summary>
    public static async Task<(LinkAsk? Ask, RefusalResult? Refusal)> FindAsync(
        string linkToken, Guid accountId, LinkStore store, AppStore apps, ConnectionStore connections, CancellationToken cancel)
    {
        if (!TryRead(linkToken, out var credential))
            return (null, NotThere());
        using var _ = credential;
        if (await store.FindAsync(credential, cancel) is not { } session)
            return (null, NotThere());
        var app = await apps.GetAsync(session.AppId, cancel);
        if (app.DeletedAt is not null)
            return (null, NotThere());
        if (!session.IsUpdate)
            return (new LinkAsk(session, app, await connections.FindOfUserAsync(app.Id, accountId, session.ClientUserId, cancel)), null);
        return await connections.FindAsync(accountId, session.ConnectionId!.Value, cancel) is { Row: { RevokedAt: null } row }
            ? (new LinkAsk(session, app, row), null)
            : (null, NotThere());
    }

    public static RefusalResult Over(LinkStore.SessionRow session) => Refusals.LinkOver.Because(
        $"This link session is over ({session.Status}): go back to the app and begin again.");

    public static bool TryRead(string? text, [NotNullWhen(true)] out Credential? linkToken)
    {
        if (Credential.TryRead(text, out linkToken) && linkToken.Kind == CredentialKind.LinkToken)
            return true;
        linkToken?.Dispose();
        linkToken = null;
        return false;
    }

    private static async Task<IResult> ConsentAsync(
        ConsentRequest body, ClaimsPrincipal caller, LinkStore store, AppStore apps, ConnectionStore connections, VaultStore vaults, BudgetStore budgets,
        PriceBookSource prices, TimeProvider clock, CancellationToken cancel)
    {
        var (accountId, at) = (caller.AccountId(), clock.GetUtcNow());
        var (ask, refusal) = await FindAsync(body.LinkToken, accountId, store, apps, connections, cancel);
        if (ask is null)
            return refusal!;
        var (session, app) = (ask.Session, ask.App);
        var waiting = ResumeEndpoints.IsWaiting(session, accountId, at) ? session.GrantId : null;
        if (!LinkState.IsOpen(session.Status) && waiting is null)
            return Over(session);
        var vault = await vaults.GetAsync(accountId, cancel);
        var items = (await vaults.ListItemsAsync(vault.Id, cancel)).Where(item => Fits(session, app, item)).ToList();
        await store.MarkAsync(
            session.Id, items.Count > 0 ? [LinkState.Authenticated, LinkState.KeyReady, LinkState.ConsentShown] : [LinkState.Authenticated], cancel);
        var present = ask.Connection is { } row ? await connections.FindAsync(accountId, row.Id, cancel) : null;
        var limits = await budgets.ListAsync(
            accountId, [accountId, .. items.Select(item => item.Id), .. present is null ? [] : new[] { present.Row.Id }], cancel);
        var payers = app.IsTest ? [SandboxHandler.Provider] : session.Providers;
        return TypedResults.Ok(Envelope.Of(new ConsentAnswer(
            session.Id.ToString("N"), (await store.FindAsync(session.Id, cancel))!.Status, waiting?.ToString("N"), VersionOf(app, ask.Connection),
            LinkBrowserEndpoints.Show(app), app.Name, vault.Id.ToString("N"), vault.Custody, session.Providers,
            session.Models is { Length: > 0 } models ? models : null, session.BudgetCents, session.Period, session.Reason, session.ExpiresAt,
            session.WantedUntil, session.ClientUserId, session.Origin, session.RedirectUri, session.IsUpdate,
            [.. items.Select(item => new FittingKey(
                item.Id.ToString("N"), ProviderCatalog.NameOf(item.Provider!), item.Label, item.Version, vault.Custody, BudgetOf(limits, item.Id)))],
            present is null ? null : new PresentConnection(
                present.Row.Id.ToString("N"), present.Row.GrantId.ToString("N"), [.. present.KeyIds.Select(id => id.ToString("N"))],
                present.Scope.Providers, present.Scope.Models is { Length: > 0 } now ? now : null, BudgetOf(limits, present.Row.Id), present.Row.ExpiresAt),
            BudgetOf(limits, accountId), EverydayCall.Of(prices.For(accountId), payers, app.IsTest ? [] : session.Models, at))));
    }

    private static async Task<IResult> RelayAsync(RelayRequest body, ClaimsPrincipal caller, LinkStore store, CancellationToken cancel)
    {
        var check = new FieldCheck();
        var envelope = check.BytesUpTo("envelope", body.Envelope, LongestRelay);
        if (check.Refusal is { } refusal)
            return refusal;
        if (!TryRead(body.LinkToken, out var credential))
            return NotThere();
        using var _ = credential;
        if (await store.FindAsync(credential, cancel) is not { } session || session.AccountId != caller.AccountId())
            return NotThere();
        if (session.Status != LinkState.Approved)
            return Over(session);
        await store.RelayAsync(session.Id, caller.AccountId(), envelope, Actor.Of(caller), cancel);
        return TypedResults.NoContent();
    }

    private static BudgetItem? BudgetOf(ILookup<Guid, BudgetState> limits, Guid owner) =>
        limits[owner].FirstOrDefault(state => state.Budget.Kind == BudgetKind.Spend) is { } spend ? BudgetForm.Show(spend) : null;

    private static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such link session, or what it is about is not yours.");
}

/// <summary>A session, who asks, and the connection that it would change; null where it would make one.</summary>
internal sealed record LinkAsk(LinkStore.SessionRow Session, AppStore.AppRow App, ConnectionStore.ConnectionRow? Connection);
