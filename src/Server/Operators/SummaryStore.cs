using KeyPass.Server.Persistence;

namespace KeyPass.Server.Operators;

/// <param name="NewAccounts">Of the last thirty days.</param>
/// <param name="Letters">That wait to be mailed.</param>
internal sealed record Counts(
    long Accounts, long NewAccounts, long Apps, long Connections, long VirtualKeys, long OpenInvites, long Letters, long PriceOverrides);

/// <param name="Servers">Heard within ten seconds.</param>
/// <param name="LostServers">Gone without a word, and not come back for their journals.</param>
/// <param name="Leases">Parts of budgets that servers hold for calls.</param>
/// <param name="UnaccountedNanoUsd">That counts as spent and has no receipt, because a server was lost.</param>
internal sealed record SharedLedger(long Servers, long LostServers, long Leases, long LeasedNanoUsd, long UnaccountedNanoUsd);

/// <summary>How much of everything there is, counted across the slices in one question: numbers, and nothing about anybody.</summary>
internal sealed class SummaryStore(Database database, TimeProvider clock)
{
    private const string Question = """
        SELECT
            (SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY 1 DESC LIMIT 1),
            (SELECT count(*) FROM accounts),
            (SELECT count(*) FROM accounts WHERE created_at > $1 - interval '30 days'),
            (SELECT count(*) FROM apps WHERE deleted_at IS NULL),
            (SELECT count(*) FROM connections WHERE activated_at IS NOT NULL AND revoked_at IS NULL),
            (SELECT count(*) FROM virtual_keys JOIN grants ON grants.id = grant_id WHERE revoked_at IS NULL),
            (SELECT count(*) FROM invites WHERE used_at IS NULL AND expires_at > $1),
            (SELECT count(*) FROM mails),
            (SELECT count(*) FROM prices WHERE account_id IS NULL),
            (SELECT count(*) FROM nodes WHERE ended_at IS NULL AND lost_at IS NULL AND heard_at > clock_timestamp() - interval '10 seconds'),
            (SELECT count(*) FROM nodes WHERE ended_at IS NULL AND lost_at IS NOT NULL),
            (SELECT count(*) FROM leases WHERE state = 'open'),
            (SELECT coalesce(sum(amount - settled), 0)::bigint FROM leases WHERE state = 'open'),
            (SELECT coalesce(sum(unaccounted), 0)::bigint FROM leases)
        """;

    public async Task<(string Migration, Counts Counts, SharedLedger Ledger)> ReadAsync(CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(Question);
        command.Parameters.AddWithValue(clock.GetUtcNow());
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        var column = 1;
        long Next() => reader.GetInt64(column++);
        return (
            reader.GetString(0), new Counts(Next(), Next(), Next(), Next(), Next(), Next(), Next(), Next()),
            new SharedLedger(Next(), Next(), Next(), Next(), Next()));
    }
}
