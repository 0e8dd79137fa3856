using KeyPass.Server.Budgets;
using KeyPass.Server.Connections;
using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Link;

/// <summary>Public token → access token, exactly once; and what becomes of a public token that came twice, or never.</summary>
internal sealed class ExchangeStore(Database database, ConnectionStore connections, GrantStore grants, TimeProvider clock)
{
    /// <summary>Within it, an app that lost the answer may ask again without harm; it is refused all the same.</summary>
    private static readonly TimeSpan Innocence = TimeSpan.FromSeconds(60);

    /// <summary>
    /// One statement decides, in the transaction that issues: of a hundred at once one finds the session approved. Null where another was
    /// first, time is over, or the connection was revoked meanwhile.
    /// </summary>
    public async Task<ConnectionStore.ConnectionRow?> ExchangeAsync(
        LinkStore.SessionRow session, GrantStore.TokenWrapRow access, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var now = clock.GetUtcNow();
        var moved = await context.Set<LinkStore.SessionRow>()
            .Where(row => row.Id == session.Id && row.Status == LinkState.Approved && row.PublicTokenEndsAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Status, LinkState.Exchanged).SetProperty(row => row.ExchangedAt, now), cancel);
        if (moved != 1 || await ConnectionStore.LockAsync(context, session.ConnectionId!.Value, cancel) is not { } connection)
            return null;
        context.Add(new LinkStore.EventRow { SessionId = session.Id, Name = LinkState.Exchanged, At = now });
        // The public token opens nothing from now on.
        await context.Set<GrantStore.TokenWrapRow>().Where(row => row.GrantId == access.GrantId).ExecuteDeleteAsync(cancel);
        context.Add(access);
        var isNew = connection.ActivatedAt is null;
        if (connection.GrantId != access.GrantId)
            await grants.RevokeAsync(context, connection.GrantId, cancel);
        (connection.GrantId, connection.ActivatedAt, connection.ExpiresAt) = (access.GrantId, connection.ActivatedAt ?? now, session.GrantedUntil);
        connections.Touch(connection);
        await LimitAsync(context, connection, session.GrantedCents!.Value, session.GrantedPeriod!, session.GrantedCentsPerHour!.Value, now, cancel);
        connections.Note(context, connection, actor, isNew ? "created" : "relinked");
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return connection;
    }

    /// <summary>Joins the caller's transaction.</summary>
    public static async Task LimitAsync(
        KeyPassDb context, ConnectionStore.ConnectionRow connection, long cents, string period, long centsPerHour, DateTimeOffset now,
        CancellationToken cancel)
    {
        await BudgetStore.SetAsync(context, connection.AccountId, BudgetOwner.Connection, connection.Id, BudgetKind.Spend,
            LinkTerms.Spend(cents, period), now, cancel);
        await BudgetStore.SetAsync(context, connection.AccountId, BudgetOwner.Connection, connection.Id, BudgetKind.Velocity,
            LinkTerms.Velocity(centsPerHour), now, cancel);
    }

    /// <summary>
    /// A public token that was exchanged came once more. Soon after, and before the access token was used, it may be a lost answer; later
    /// somebody has what he should not have, and what was issued for it ends.
    /// </summary>
    public async Task ReplayedAsync(LinkStore.SessionRow session, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var wasUsed = await context.Set<GrantStore.TokenWrapRow>().AnyAsync(row => row.GrantId == session.GrantId && row.LastUsedAt != null, cancel);
        if (!wasUsed && clock.GetUtcNow() - session.ExchangedAt <= Innocence)
            return;
        if (await ConnectionStore.LockAsync(context, session.ConnectionId!.Value, cancel) is not { } connection || connection.GrantId != session.GrantId)
            return;
        await connections.EndAsync(context, connection, cancel);
        connections.Touch(connection);
        connections.Note(context, connection, actor, "replayed");
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Consents whose public token nobody exchanged open nothing any more; sessions that are long over go.</summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var now = clock.GetUtcNow();
        await LinkStore.EndOverdueAsync(context, now, cancel);
        var lapsed = await context.Set<LinkStore.SessionRow>().AsNoTracking()
            .Where(row => row.Status == LinkState.Approved && row.PublicTokenEndsAt <= now).ToListAsync(cancel);
        foreach (var session in lapsed)
            await LapseAsync(session, now, cancel);
        var old = now - LinkStore.Kept;
        await context.Set<LinkStore.SessionRow>().Where(row => row.CreatedAt < old).ExecuteDeleteAsync(cancel);
    }

    private async Task LapseAsync(LinkStore.SessionRow session, DateTimeOffset now, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var moved = await context.Set<LinkStore.SessionRow>().Where(row => row.Id == session.Id && row.Status == LinkState.Approved)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Status, LinkState.Expired), cancel);
        if (moved != 1)
            return; // another server was first
        context.Add(new LinkStore.EventRow { SessionId = session.Id, Name = LinkState.Expired, At = now });
        await grants.RevokeAsync(context, session.GrantId!.Value, cancel);
        await context.Set<ConnectionStore.ConnectionRow>().Where(row => row.Id == session.ConnectionId && row.ActivatedAt == null)
            .ExecuteDeleteAsync(cancel);
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }
}
