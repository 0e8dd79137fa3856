using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using KeyPass.Server.Providers;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace KeyPass.Server.Gateway;

/// <summary>Reads a credential with all that a call needs of it, and hears when that changes.</summary>
internal sealed class GrantLookupStore(Database database, VaultStore vaults, BudgetStore budgets)
{
    /// <summary>Triggers on every table that says what a credential may do send the grant's id here, in the commit of the change.</summary>
    private const string Channel = "keypass_grants";

    private const string OfAccount = "account:";

    /// <summary>Null where no credential for calls has that hash.</summary>
    public async Task<LiveGrant?> FindAsync(byte[] hash, GrantLife life, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = from wrap in context.Set<GrantStore.TokenWrapRow>()
                   join grant in context.Set<GrantStore.GrantRow>() on wrap.GrantId equals grant.Id
                   join scope in context.Set<ScopeStore.ScopeRow>() on wrap.GrantId equals scope.GrantId
                   where wrap.Hash == hash
                   select new { wrap, grant, scope };
        if (await rows.AsNoTracking().SingleOrDefaultAsync(cancel) is not { } found)
            return null;
        // The newest version of each comes first: an older one is what a grant kept where nobody sealed the newer for it.
        var keys = (await vaults.ListGrantKeysAsync(found.grant.Id, cancel)).DistinctBy(held => held.Row.KeyId).ToList();
        var limits = await budgets.ListForCallsAsync(
            found.grant.AccountId, found.scope.ConnectionId ?? found.grant.Id, keys.ConvertAll(held => held.Row.KeyId), cancel);
        // A test key reaches nothing else, so that it needs no key of anybody's; one that its owner put in is used before. A connection has what was
        // chosen for its app, and loses what is taken away.
        if (found.scope is { IsTest: true, ConnectionId: null } && !keys.Exists(held => held.Provider == KeyChoice.Sandbox))
            keys.Add(GrantKey.OfServer(found.grant.Id, KeyChoice.Sandbox, SandboxHandler.Origin));
        return new LiveGrant(
            new GrantStore.Found(found.grant, found.wrap), found.scope, new GrantScope(found.scope.Providers, found.scope.Models, found.scope.Routes), keys,
            keys.ToDictionary(held => held.Row.KeyId, held => ChainOf(held, found.scope.IsTest, limits)), life);
    }

    /// <summary>What is spent in the sandbox is no money of the account's; the key itself may be limited all the same, so that limits can be tried.</summary>
    private static IReadOnlyList<Budget> ChainOf(GrantKey held, bool isTest, IReadOnlyList<Budget> limits) => [.. limits.Where(budget => budget.Owner switch
    {
        BudgetOwner.Account => !isTest && held.Provider != KeyChoice.Sandbox,
        BudgetOwner.ProviderKey => budget.OwnerId == held.Row.KeyId,
        _ => true,
    })];

    /// <summary>Until the connection is lost, which it throws. One beat follows each answer of the database, so that silence means no news.</summary>
    /// <param name="changed">A grant's id.</param>
    /// <param name="accountChanged">An account's id: something that concerns all its grants.</param>
    public async Task ListenAsync(
        Action connected, Action<Guid> changed, Action<Guid> accountChanged, Action beat, TimeSpan pause, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        connection.Notification += (_, told) =>
        {
            if (Guid.TryParse(told.Payload, out var grant))
                changed(grant);
            else if (told.Payload.StartsWith(OfAccount, StringComparison.Ordinal) && Guid.TryParse(told.Payload.AsSpan(OfAccount.Length), out var account))
                accountChanged(account);
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
            await listen.ExecuteNonQueryAsync(cancel);
        connected();
        while (true)
        {
            // What was committed before the question is told before its answer.
            await using (var ask = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = 1 })
                await ask.ExecuteScalarAsync(cancel);
            beat();
            await connection.WaitAsync(pause, cancel);
        }
    }
}
