using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace KeyPass.Server.Alerts;

/// <summary>A budget that has spent so much of its present window, and what it limits, as its owner calls it.</summary>
internal sealed record BudgetAlert(
    Guid BudgetId, string Owner, Guid OwnerId, string? Name, int Percent, long LimitNanoUsd, long SpentNanoUsd, DateTimeOffset At, DateTimeOffset? ResetsAt);

/// <summary>A key that a provider does not take any more.</summary>
internal sealed record RefusedKey(Guid KeyId, string Provider, string? Label, DateTimeOffset At);

/// <summary>An app that may call for a few days more.</summary>
internal sealed record EndingConnection(Guid Id, string App, DateTimeOffset EndsAt);

/// <summary>What came by API and waits for its owner's click.</summary>
internal sealed record Waiting(long Count, DateTimeOffset Since);

/// <summary>What wants the attention of an account's owner.</summary>
internal sealed class AlertStore(Database database)
{
    private const string Columns = """
        a.budget_id, b.owner, b.owner_id, coalesce(v.name, p.name, i.label, i.provider), a.percent, w.limit_nano_usd,
        (SELECT coalesce(sum(settled), 0)::bigint FROM leases l WHERE l.budget_id = a.budget_id AND l.epoch = a.epoch), a.at, w.ends_at
        """;

    private const string From = """
        FROM budget_alerts a JOIN budget_windows w ON w.budget_id = a.budget_id AND w.epoch = a.epoch JOIN budgets b ON b.id = a.budget_id
        LEFT JOIN virtual_keys v ON b.owner = 'virtual_key' AND v.grant_id = b.owner_id
        LEFT JOIN connections c ON b.owner = 'connection' AND c.id = b.owner_id LEFT JOIN apps p ON p.id = c.app_id
        LEFT JOIN vault_items i ON b.owner = 'provider_key' AND i.id = b.owner_id
        """;

    /// <summary>Of each budget the highest mark of its present window.</summary>
    public async Task<IReadOnlyList<BudgetAlert>> ListAsync(Guid accountId, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand($"""
            SELECT DISTINCT ON (a.budget_id) {Columns} {From}
            WHERE a.account_id = $1 AND b.removed_at IS NULL AND (w.ends_at IS NULL OR w.ends_at > clock_timestamp())
            AND a.epoch = (SELECT max(epoch) FROM budget_windows last WHERE last.budget_id = a.budget_id)
            ORDER BY a.budget_id, a.percent DESC
            """);
        command.Parameters.AddWithValue(accountId);
        return await ReadAsync(command, cancel);
    }

    /// <summary>Those marked after a moment, oldest first.</summary>
    public async Task<IReadOnlyList<BudgetAlert>> ListSinceAsync(Guid accountId, DateTimeOffset since, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand($"SELECT {Columns} {From} WHERE a.account_id = $1 AND a.at > $2 ORDER BY a.at LIMIT 100");
        command.Parameters.AddWithValue(accountId);
        command.Parameters.AddWithValue(since);
        return await ReadAsync(command, cancel);
    }

    public async Task<IReadOnlyList<RefusedKey>> ListRefusedKeysAsync(Guid accountId, string status, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("""
            SELECT i.id, i.provider, i.label, i.tested_at FROM vault_items i JOIN vaults v ON v.id = i.vault_id
            WHERE v.account_id = $1 AND i.test_status = $2 ORDER BY i.tested_at DESC LIMIT 100
            """);
        command.Parameters.AddWithValue(accountId);
        command.Parameters.AddWithValue(status);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var keys = new List<RefusedKey>();
        while (await reader.ReadAsync(cancel))
        {
            var label = reader.IsDBNull(2) ? null : reader.GetString(2);
            keys.Add(new RefusedKey(reader.GetGuid(0), reader.GetString(1), label, reader.GetFieldValue<DateTimeOffset>(3)));
        }
        return keys;
    }

    public async Task<IReadOnlyList<EndingConnection>> ListEndingAsync(Guid accountId, DateTimeOffset now, DateTimeOffset until, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("""
            SELECT c.id, p.name, c.expires_at FROM connections c JOIN apps p ON p.id = c.app_id
            WHERE c.account_id = $1 AND c.activated_at IS NOT NULL AND c.revoked_at IS NULL AND c.expires_at > $2 AND c.expires_at < $3
            ORDER BY c.expires_at LIMIT 100
            """);
        command.Parameters.AddWithValue(accountId);
        command.Parameters.AddWithValue(now);
        command.Parameters.AddWithValue(until);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var ending = new List<EndingConnection>();
        while (await reader.ReadAsync(cancel))
            ending.Add(new EndingConnection(reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return ending;
    }

    /// <summary>Deposits, and grants that a token made; null where none waits.</summary>
    public async Task<Waiting?> FindWaitingAsync(Guid accountId, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("""
            SELECT count(*), max(at) FROM (
                SELECT i.created_at AS at FROM vault_items i JOIN vaults v ON v.id = i.vault_id WHERE v.account_id = $1 AND i.kind = 'deposit'
                UNION ALL
                SELECT g.created_at FROM grants g JOIN vaults v ON v.id = g.vault_id
                WHERE v.account_id = $1 AND g.revoked_at IS NULL AND NOT g.approved) AS waiting
            """);
        command.Parameters.AddWithValue(accountId);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) && reader.GetInt64(0) > 0 ? new Waiting(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1)) : null;
    }

    /// <summary>One that nobody was told of yet, with the address to write to; the letter goes into the outbox in the same transaction, once.</summary>
    public async Task<bool> TellNextAsync(Action<KeyPassDb, string, BudgetAlert> write, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)context.Database.GetDbConnection();
        await using var command = new NpgsqlCommand($"""
            WITH told AS (UPDATE budget_alerts SET told_at = clock_timestamp() WHERE (budget_id, epoch, percent) =
                (SELECT budget_id, epoch, percent FROM budget_alerts WHERE told_at IS NULL ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING budget_id, epoch, percent, at, account_id)
            SELECT {Columns}, accounts.email {From.Replace("FROM budget_alerts a", "FROM told a", StringComparison.Ordinal)}
            JOIN accounts ON accounts.id = a.account_id
            """, connection);
        (BudgetAlert Alert, string Email)? next = null;
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            if (await reader.ReadAsync(cancel))
                next = (Read(reader), reader.GetString(9));
        }
        if (next is not { } found)
            return false;
        write(context, found.Email, found.Alert);
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    private static async Task<IReadOnlyList<BudgetAlert>> ReadAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var alerts = new List<BudgetAlert>();
        while (await reader.ReadAsync(cancel))
            alerts.Add(Read(reader));
        return alerts;
    }

    private static BudgetAlert Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetGuid(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetInt32(4), row.GetInt64(5), row.GetInt64(6),
        row.GetFieldValue<DateTimeOffset>(7), row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8));
}
