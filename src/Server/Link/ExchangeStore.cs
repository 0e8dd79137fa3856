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
        LinkStore.SessionRow session, GrantStore.TokenWrapRow access, byte[]? mark, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var now = clock.GetUtcNow();
        var moved = await LinkStore.Exchangeable(context, session, now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Status, LinkState.Exchanged).SetProperty(row => row.ExchangedAt, now)
                .SetProperty(row => row.ExchangeMark, mark), cancel);
        if (moved != 1 || await ConnectionStore.LockAsync(context, session.ConnectionId!.Value, cancel) is not { } connection)
            return null;
        context.Add(new LinkStore.EventRow { SessionId = session.Id, Name = LinkState.Exchanged, At = now });
        // The public token opens nothing from now on, but for who may ask again.
        var before = context.Set<GrantStore.TokenWrapRow>().Where(row => row.GrantId == access.GrantId);
        // To exchange is not to use: a connection is used by calls.
        _ = mark is null ? await before.ExecuteDeleteAsync(cancel) : await MarkUnusedAsync(before, cancel);
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

    /// <summary>The same request of the same app once more, soon: its answer was lost on the way.</summary>
    public static bool IsRepeat(LinkStore.SessionRow session, byte[]? mark, DateTimeOffset now) =>
        session.Status == LinkState.Exchanged && mark is not null && session.ExchangeMark.AsSpan().SequenceEqual(mark)
        && now - session.ExchangedAt <= Innocence;

    /// <summary>
    /// Another access token in the place of the one that was lost: the server cannot repeat what it does not know. Null where that was used
    /// meanwhile, and so was not lost.
    /// </summary>
    public async Task<ConnectionStore.ConnectionRow?> RepeatAsync(
        LinkStore.SessionRow session, GrantStore.TokenWrapRow access, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        if (await ConnectionStore.LockAsync(context, session.ConnectionId!.Value, cancel) is not { } connection || connection.GrantId != session.GrantId
            || await WasUsedAsync(context, session, cancel))
            return null;
        await Issued(context, session).ExecuteDeleteAsync(cancel);
        await MarkUnusedAsync(context.Set<GrantStore.TokenWrapRow>().Where(row => row.Hash == session.PublicTokenHash), cancel);
        context.Add(access);
        connections.Note(context, connection, actor, "reissued");
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
        if (!await WasUsedAsync(context, session, cancel) && clock.GetUtcNow() - session.ExchangedAt <= Innocence)
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
        await ForgetPublicTokensAsync(context, now, cancel);
        await ForgetPeopleAsync(context, now - LinkStore.Memory, cancel);
        var old = now - LinkStore.Kept;
        await context.Set<LinkStore.SessionRow>().Where(row => row.CreatedAt < old).ExecuteDeleteAsync(cancel);
    }

    private static Task<int> MarkUnusedAsync(IQueryable<GrantStore.TokenWrapRow> wraps, CancellationToken cancel) =>
        wraps.ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, (DateTimeOffset?)null), cancel);

    private static IQueryable<GrantStore.TokenWrapRow> Issued(KeyPassDb context, LinkStore.SessionRow session) =>
        context.Set<GrantStore.TokenWrapRow>().Where(row => row.GrantId == session.GrantId && row.Hash != session.PublicTokenHash);

    private static Task<bool> WasUsedAsync(KeyPassDb context, LinkStore.SessionRow session, CancellationToken cancel) =>
        Issued(context, session).AnyAsync(row => row.LastUsedAt != null, cancel);

    /// <summary>Of those who may ask no more.</summary>
    private static async Task ForgetPublicTokensAsync(KeyPassDb context, DateTimeOffset now, CancellationToken cancel)
    {
        var since = now - Innocence;
        var over = context.Set<LinkStore.SessionRow>().Where(row => row.ExchangeMark != null && row.ExchangedAt < since);
        await context.Set<GrantStore.TokenWrapRow>().Where(wrap => over.Any(row => row.PublicTokenHash == wrap.Hash)).ExecuteDeleteAsync(cancel);
        await over.ExecuteUpdateAsync(set => set.SetProperty(row => row.ExchangeMark, (byte[]?)null), cancel);
    }

    /// <summary>For the app's figures it is enough how far somebody came: who that was, and what for, goes with the read-back.</summary>
    private static Task<int> ForgetPeopleAsync(KeyPassDb context, DateTimeOffset before, CancellationToken cancel) => context.Set<LinkStore.SessionRow>()
        .Where(row => row.CreatedAt < before
            && (row.AccountId != null || row.ClientUserId != null || row.Reason != null || row.ExitReason != null || row.Relay != null))
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.AccountId, (Guid?)null).SetProperty(row => row.ClientUserId, (string?)null)
            .SetProperty(row => row.Reason, (string?)null).SetProperty(row => row.ExitReason, (string?)null)
            .SetProperty(row => row.Relay, (byte[]?)null), cancel);

    private async Task LapseAsync(LinkStore.SessionRow session, DateTimeOffset now, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var moved = await context.Set<LinkStore.SessionRow>()
            .Where(row => row.Id == session.Id && row.Status == LinkState.Approved && row.PublicTokenEndsAt <= now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Status, LinkState.Expired), cancel);
        if (moved != 1)
            return; // another server was first, or the person who made it anew
        context.Add(new LinkStore.EventRow { SessionId = session.Id, Name = LinkState.Expired, At = now });
        await grants.RevokeAsync(context, session.GrantId!.Value, cancel);
        await context.Set<ConnectionStore.ConnectionRow>().Where(row => row.Id == session.ConnectionId && row.ActivatedAt == null)
            .ExecuteDeleteAsync(cancel);
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }
}
