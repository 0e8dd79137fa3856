using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace KeyPass.Server.Gateway;

/// <summary>Reads a credential with all that a call needs of it, and hears when that changes.</summary>
internal sealed class GrantLookupStore(Database database, VaultStore vaults)
{
    /// <summary>Triggers on every table that says what a credential may do send the grant's id here, in the commit of the change.</summary>
    private const string Channel = "keypass_grants";

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
        var keys = await vaults.ListGrantKeysAsync(found.grant.Id, cancel);
        var scopeOf = new GrantScope(found.scope.Providers, found.scope.Models, found.scope.Routes);
        // The newest version of each comes first: an older one is what a grant kept where nobody sealed the newer for it.
        return new LiveGrant(new GrantStore.Found(found.grant, found.wrap), found.scope, scopeOf, [.. keys.DistinctBy(held => held.Row.KeyId)], life);
    }

    /// <summary>Until the connection is lost, which it throws. One beat follows each answer of the database, so that silence means no news.</summary>
    public async Task ListenAsync(Action connected, Action<Guid> changed, Action beat, TimeSpan pause, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        connection.Notification += (_, told) =>
        {
            if (told.Channel == Channel && Guid.TryParse(told.Payload, out var grant))
                changed(grant);
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
