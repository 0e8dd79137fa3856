using KeyPass.Server.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace KeyPass.Server.Budgets;

/// <summary>A window and this server's lease of it, as the database has them after a change.</summary>
/// <param name="Grown">What the lease gained; 0 where what was asked for is not left.</param>
/// <param name="Others">What other servers hold of the window and have not spent: a recall may bring some of it back.</param>
internal sealed record LeaseOutcome(DateTimeOffset? Ends, bool IsRunning, WindowState Window, LeaseState Lease, long Grown, long Spent, long Others);

/// <summary>
/// Leases and windows, changed by <see cref="LeaseRules"/> under the locks of their rows. Everywhere a lease is locked before its window, and several of
/// either in one order, so that no two servers ever wait for each other.
/// </summary>
internal sealed class LeaseStore(Database database)
{
    /// <summary>Servers tell each other here what to read again, and what to give back.</summary>
    public const string Channel = "keypass_budgets";

    /// <summary>The window that runs now by the database's clock; where none does, the next one is opened, once.</summary>
    /// <returns>Null where the budget is not there any more.</returns>
    public async Task<long?> FindEpochAsync(Budget budget, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        var (last, now, isRunning) = await FindLastAsync(connection, budget.Id, cancel);
        if (isRunning)
            return last;
        await OpenWindowAsync(connection, budget, last + 1, budget.Period.WindowAt(now, budget.CreatedAt), cancel);
        (last, _, isRunning) = await FindLastAsync(connection, budget.Id, cancel);
        return isRunning ? last : null;
    }

    /// <summary>
    /// Makes the lease if it is not there, with nothing in it, before anything is put into it: whatever becomes of a change then, there is a row whose lock
    /// tells when it is over.
    /// </summary>
    /// <returns>Null where the budget is not there any more.</returns>
    public async Task<LeaseState?> OpenAsync(CellName name, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using (var insert = Command(connection, """
            INSERT INTO leases (budget_id, epoch, incarnation, amount, settled, unaccounted, state)
            SELECT budget_id, epoch, $3, 0, 0, 0, 'open' FROM budget_windows WHERE budget_id = $1 AND epoch = $2 ON CONFLICT DO NOTHING
            """, name.BudgetId, name.Epoch, name.Incarnation))
            await insert.ExecuteNonQueryAsync(cancel);
        return await LockAsync(connection, name, cancel);
    }

    /// <summary>Brings the lease up by what is needed, where its window runs and has so much left.</summary>
    /// <returns>Null where the budget is not there any more.</returns>
    public async Task<LeaseOutcome?> ExtendAsync(CellName name, long need, long burn, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await LockAsync(connection, name, cancel) is not { } lease)
            return null;
        var (window, ends, isRunning) = await LockWindowAsync(connection, name.BudgetId, name.Epoch, cancel);
        var outcome = new LeaseOutcome(ends, isRunning, window, lease, Grown: 0, Spent: 0, Others: 0);
        if (isRunning && LeaseRules.Extend(window, lease, need, burn) is { } extended)
        {
            await WriteAsync(connection, name, extended.Lease, cancel);
            await WriteAsync(connection, name.BudgetId, name.Epoch, extended.Window, cancel);
            outcome = outcome with { Window = extended.Window, Lease = extended.Lease, Grown = extended.Grown };
        }
        else
        {
            var (spent, others) = await SumAsync(connection, name, cancel);
            outcome = outcome with { Spent = spent, Others = others };
        }
        await transaction.CommitAsync(cancel);
        return outcome;
    }

    /// <summary>Gives back what the cell was lowered by. The lease as it is then; null where there is none.</summary>
    public async Task<LeaseState?> ReturnAsync(CellName name, long amount, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await LockAsync(connection, name, cancel) is not { } lease)
            return null;
        var (window, _, _) = await LockWindowAsync(connection, name.BudgetId, name.Epoch, cancel);
        var changed = LeaseRules.Return(window, lease, amount);
        await WriteAsync(connection, name, changed.Lease, cancel);
        await WriteAsync(connection, name.BudgetId, name.Epoch, changed.Window, cancel);
        await transaction.CommitAsync(cancel);
        return changed.Lease;
    }

    /// <summary>After a change whose outcome nobody told us. Under the row's lock: the change may be on its way to COMMIT still, and is waited for.</summary>
    public async Task<LeaseState?> FindAsync(CellName name, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        return await LockAsync(connection, name, cancel);
    }

    /// <summary>Every open lease of a server that has stopped, and whose receipts are all in the ledger.</summary>
    public Task CloseAsync(Guid incarnation, CancellationToken cancel) => EndAsync(incarnation, (window, lease) => LeaseRules.Close(window, lease), cancel);

    /// <summary>Every open lease of a server that nobody hears from, or whose journal does not say all it did.</summary>
    public Task LoseAsync(Guid incarnation, CancellationToken cancel) => EndAsync(incarnation, (window, lease) => (window, LeaseRules.Lose(lease)), cancel);

    /// <summary>Joins the ledger's transaction, for receipts that were new in it: the windows whose spending they changed.</summary>
    public static async Task SettleAsync(NpgsqlConnection connection, IEnumerable<(CellName Cell, long Cost)> charges, CancellationToken cancel)
    {
        var byCell = charges.GroupBy(charge => charge.Cell, charge => charge.Cost)
            .Select(group => (Cell: group.Key, Cost: group.Sum()))
            .OrderBy(charge => charge.Cell.BudgetId).ThenBy(charge => charge.Cell.Epoch).ThenBy(charge => charge.Cell.Incarnation).ToList();
        var overs = new List<(CellName Cell, long Over)>();
        foreach (var (cell, cost) in byCell)
        {
            // A budget that went with its account has nothing to charge any more.
            if (await LockAsync(connection, cell, cancel) is not { } lease)
                continue;
            var (settled, over) = LeaseRules.Settle(lease, cost);
            await WriteAsync(connection, cell, settled, cancel);
            if (over > 0)
                overs.Add((cell, over));
        }
        foreach (var (cell, over) in overs)
        {
            var (window, _, _) = await LockWindowAsync(connection, cell.BudgetId, cell.Epoch, cancel);
            await WriteAsync(connection, cell.BudgetId, cell.Epoch, window with { Granted = window.Granted + over }, cancel);
        }
    }

    /// <summary>Tells every server, this one too.</summary>
    public async Task TellAsync(string news, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("SELECT pg_notify($1, $2)");
        command.Parameters.AddWithValue(Channel);
        command.Parameters.AddWithValue(news);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task EndAsync(Guid incarnation, Func<WindowState, LeaseState, (WindowState Window, LeaseState Lease)> end, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        foreach (var name in await ListOpenAsync(connection, incarnation, cancel))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            if (await LockAsync(connection, name, cancel) is { } lease)
            {
                var (window, _, _) = await LockWindowAsync(connection, name.BudgetId, name.Epoch, cancel);
                var (ended, changed) = end(window, lease);
                await WriteAsync(connection, name, changed, cancel);
                await WriteAsync(connection, name.BudgetId, name.Epoch, ended, cancel);
            }
            await transaction.CommitAsync(cancel);
        }
    }

    private static async Task<List<CellName>> ListOpenAsync(NpgsqlConnection connection, Guid incarnation, CancellationToken cancel)
    {
        await using var command = Command(connection,
            "SELECT budget_id, epoch FROM leases WHERE incarnation = $1 AND state = 'open' ORDER BY budget_id, epoch", incarnation);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var names = new List<CellName>();
        while (await reader.ReadAsync(cancel))
            names.Add(new CellName(reader.GetGuid(0), reader.GetInt64(1), incarnation));
        return names;
    }

    /// <returns>The newest window's number, 0 where there is none; and whether it runs at the moment that is told with it.</returns>
    private static async Task<(long Epoch, DateTimeOffset Now, bool IsRunning)> FindLastAsync(
        NpgsqlConnection connection, Guid budgetId, CancellationToken cancel)
    {
        await using var command = Command(connection, """
            SELECT clock_timestamp(), epoch, ends_at FROM (SELECT 1) AS one
            LEFT JOIN (SELECT * FROM budget_windows WHERE budget_id = $1 ORDER BY epoch DESC LIMIT 1) AS last ON true
            """, budgetId);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        var now = reader.GetFieldValue<DateTimeOffset>(0);
        return reader.IsDBNull(1) ? (0, now, false) : (reader.GetInt64(1), now, reader.IsDBNull(2) || reader.GetFieldValue<DateTimeOffset>(2) > now);
    }

    /// <summary>Whoever comes first opens it, and the others find it. The limit comes from the budget's own row, locked against its change.</summary>
    private static async Task OpenWindowAsync(NpgsqlConnection connection, Budget budget, long epoch, BudgetWindow window, CancellationToken cancel)
    {
        await using var command = Command(connection, """
            INSERT INTO budget_windows (budget_id, epoch, starts_at, ends_at, limit_nano_usd, granted)
            SELECT id, $2, $3, $4, limit_nano_usd, 0 FROM budgets WHERE id = $1 AND removed_at IS NULL FOR SHARE ON CONFLICT DO NOTHING
            """, budget.Id, epoch, window.Starts);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)window.Ends ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<LeaseState?> LockAsync(NpgsqlConnection connection, CellName name, CancellationToken cancel)
    {
        await using var command = Command(connection,
            "SELECT amount, settled, unaccounted, state FROM leases WHERE budget_id = $1 AND epoch = $2 AND incarnation = $3 FOR UPDATE",
            name.BudgetId, name.Epoch, name.Incarnation);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new LeaseState(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), StatusOf(reader.GetString(3)))
            : null;
    }

    private static async Task<(WindowState Window, DateTimeOffset? Ends, bool IsRunning)> LockWindowAsync(
        NpgsqlConnection connection, Guid budgetId, long epoch, CancellationToken cancel)
    {
        await using var command = Command(connection, """
            SELECT limit_nano_usd, granted, ends_at, ends_at IS NULL OR ends_at > clock_timestamp() FROM budget_windows
            WHERE budget_id = $1 AND epoch = $2 FOR UPDATE
            """, budgetId, epoch);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        // A window goes only with its leases, and one of them is locked.
        if (!await reader.ReadAsync(cancel))
            throw new InvalidOperationException("a lease stands without its window");
        DateTimeOffset? ends = reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2);
        return (new WindowState(reader.GetInt64(0), reader.GetInt64(1)), ends, reader.GetBoolean(3));
    }

    /// <summary>What all servers spent of the window, and what the others hold of it beside that.</summary>
    private static async Task<(long Spent, long Others)> SumAsync(NpgsqlConnection connection, CellName name, CancellationToken cancel)
    {
        await using var command = Command(connection, """
            SELECT coalesce(sum(settled), 0)::bigint, coalesce(sum(amount - settled) FILTER (WHERE incarnation <> $3 AND state = 'open'), 0)::bigint
            FROM leases WHERE budget_id = $1 AND epoch = $2
            """, name.BudgetId, name.Epoch, name.Incarnation);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private static Task WriteAsync(NpgsqlConnection connection, CellName name, LeaseState lease, CancellationToken cancel) => HitOneAsync(Command(connection,
        "UPDATE leases SET amount = $4, settled = $5, unaccounted = $6, state = $7 WHERE budget_id = $1 AND epoch = $2 AND incarnation = $3",
        name.BudgetId, name.Epoch, name.Incarnation, lease.Amount, lease.Settled, lease.Unaccounted, NameOf(lease.Status)), cancel);

    private static Task WriteAsync(NpgsqlConnection connection, Guid budgetId, long epoch, WindowState window, CancellationToken cancel) => HitOneAsync(
        Command(connection, "UPDATE budget_windows SET granted = $3 WHERE budget_id = $1 AND epoch = $2", budgetId, epoch, window.Granted), cancel);

    private static async Task HitOneAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        await using (command)
        {
            if (await command.ExecuteNonQueryAsync(cancel) != 1)
                throw new InvalidOperationException("a locked row is not there");
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string text, params object[] values)
    {
        var command = new NpgsqlCommand(text, connection);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        return command;
    }

    private static string NameOf(LeaseStatus status) => status switch
    {
        LeaseStatus.Open => "open",
        LeaseStatus.Closed => "closed",
        _ => "lost",
    };

    private static LeaseStatus StatusOf(string name) => name switch
    {
        "open" => LeaseStatus.Open,
        "closed" => LeaseStatus.Closed,
        _ => LeaseStatus.Lost,
    };
}
