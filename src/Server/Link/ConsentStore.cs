using KeyPass.Server.Audit;
using KeyPass.Server.Connections;
using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using KeyPass.Server.VirtualKeys;
using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Link;

/// <summary>What a person decides. Each decision is one conditional step of its session, in the transaction of all that belongs to it.</summary>
internal sealed class ConsentStore(Database database, VaultStore vaults, ConnectionStore connections, AuditStore audit, TimeProvider clock)
{
    /// <summary>The consent page was shown, and nothing else was decided.</summary>
    private static readonly string[] Shown = [LinkState.ConsentShown];

    /// <summary>False where the session is over.</summary>
    public async Task<bool> DenyAsync(LinkStore.SessionRow session, Guid accountId, string? reason, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        if (!await LinkStore.MoveAsync(context, session.Id, LinkState.Open, LinkState.Denied, clock.GetUtcNow(), cancel))
            return false;
        await context.Set<LinkStore.SessionRow>().Where(row => row.Id == session.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.AccountId, accountId).SetProperty(row => row.ExitReason, reason), cancel);
        audit.Append(context, new AuditEntry(accountId, actor, "link.denied", session.Id.ToString("N")));
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <summary>A grant that waits for its exchange. Of a connection there is already, everything stays as it is until then.</summary>
    /// <param name="connection">Null where it is there already.</param>
    public Task<VaultChange> ApproveAsync(
        VaultStore.VaultRow vault, LinkStore.SessionRow session, Guid connectionId, ConnectionStore.ConnectionRow? connection, NewGrant made,
        ScopeStore.ScopeRow scope, LinkTerms terms, string actor, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (!await VaultStore.HasKeysAsync(context, vault.Id, made.SealedKeys, cancel))
                return VaultChange.NotThere;
            if (!await DecideAsync(context, session, vault.AccountId, connectionId, terms, made, actor, cancel))
                return VaultChange.TooMany;
            GrantStore.Add(context, made);
            context.Add(scope);
            if (connection is not null)
                context.Add(connection);
            return VaultChange.Done;
        }, cancel);

    /// <summary>The same connection and the same access token, with other keys, models, money or time from now on.</summary>
    public Task<VaultChange> UpdateAsync(
        VaultStore.VaultRow vault, LinkStore.SessionRow session, IReadOnlyList<Guid> keyIds, IReadOnlyList<string> providers,
        IReadOnlyList<GrantStore.SealedKeyRow> sealedKeys, LinkTerms terms, string actor, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (await ConnectionStore.LockAsync(context, session.ConnectionId!.Value, cancel) is not { } connection
                || connection.AccountId != vault.AccountId || sealedKeys.Any(row => row.GrantId != connection.GrantId))
                return VaultChange.NotThere;
            if (!await DecideAsync(context, session, vault.AccountId, connection.Id, terms, made: null, actor, cancel))
                return VaultChange.TooMany;
            var outcome = await VirtualKeyStore.HoldAsync(context, vault.Id, connection.GrantId, keyIds, sealedKeys, cancel);
            if (outcome != VaultChange.Done)
                return outcome;
            var scope = await context.Set<ScopeStore.ScopeRow>().SingleAsync(row => row.GrantId == connection.GrantId, cancel);
            (scope.Providers, scope.Models) = ([.. providers], [.. terms.Models]);
            foreach (var wrap in await context.Set<GrantStore.TokenWrapRow>().Where(row => row.GrantId == connection.GrantId).ToListAsync(cancel))
                wrap.ExpiresAt = terms.Until;
            connection.ExpiresAt = terms.Until;
            connections.Touch(connection);
            await ExchangeStore.LimitAsync(context, connection, terms.BudgetCents, terms.Period, terms.CentsPerHour, clock.GetUtcNow(), cancel);
            connections.Note(context, connection, actor, "updated");
            return VaultChange.Done;
        }, cancel);

    /// <summary>
    /// Another public token for what was approved, in the place of the one that was lost. One statement decides between it and an exchange of that one.
    /// </summary>
    public Task<VaultChange> ResumeAsync(
        VaultStore.VaultRow vault, LinkStore.SessionRow session, GrantStore.TokenWrapRow next, string actor, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            var now = clock.GetUtcNow();
            var moved = await LinkStore.Exchangeable(context, session, now)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.PublicTokenHash, next.Hash).SetProperty(row => row.PublicTokenEndsAt, next.ExpiresAt)
                    .SetProperty(row => row.Relay, (byte[]?)null), cancel);
            if (moved != 1)
                return VaultChange.TooMany;
            await context.Set<GrantStore.TokenWrapRow>().Where(row => row.GrantId == next.GrantId).ExecuteDeleteAsync(cancel);
            context.Add(next);
            audit.Append(context, new AuditEntry(vault.AccountId, actor, "link.resumed", session.Id.ToString("N")));
            return VaultChange.Done;
        }, cancel);

    private async Task<bool> DecideAsync(
        KeyPassDb context, LinkStore.SessionRow session, Guid accountId, Guid connectionId, LinkTerms terms, NewGrant? made, string actor,
        CancellationToken cancel)
    {
        if (!await LinkStore.MoveAsync(context, session.Id, Shown, LinkState.Approved, clock.GetUtcNow(), cancel))
            return false;
        var row = await context.Set<LinkStore.SessionRow>().SingleAsync(one => one.Id == session.Id, cancel);
        (row.AccountId, row.ConnectionId) = (accountId, connectionId);
        (row.GrantId, row.PublicTokenHash, row.PublicTokenEndsAt) = (made?.Grant.Id, made?.Wrap.Hash, made?.Wrap.ExpiresAt);
        (row.GrantedCents, row.GrantedPeriod, row.GrantedCentsPerHour, row.GrantedUntil) =
            (terms.BudgetCents, terms.Period, terms.CentsPerHour, terms.Until);
        audit.Append(context, new AuditEntry(accountId, actor, "link.approved", session.Id.ToString("N")));
        return true;
    }
}
