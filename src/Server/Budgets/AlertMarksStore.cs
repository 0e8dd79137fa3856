using Npgsql;

namespace KeyPass.Server.Budgets;

/// <summary>Marks that a budget has spent half, four fifths, or all of a window: each once a window, in the transaction of the receipt that did it.</summary>
internal static class AlertMarksStore
{
    private static readonly int[] Percents = [50, 80, 100];

    /// <summary>Joins the ledger's transaction, behind the charges.</summary>
    public static async Task MarkAsync(NpgsqlConnection connection, IEnumerable<CellName> charged, CancellationToken cancel)
    {
        var windows = charged.Select(cell => (cell.BudgetId, cell.Epoch)).Distinct().ToList();
        if (windows.Count == 0)
            return;
        await using var command = new NpgsqlCommand("""
            INSERT INTO budget_alerts (budget_id, epoch, percent, at, account_id)
            SELECT w.budget_id, w.epoch, percent, clock_timestamp(), b.account_id
            FROM unnest($1, $2) AS charged (budget_id, epoch)
            JOIN budget_windows w ON w.budget_id = charged.budget_id AND w.epoch = charged.epoch
            JOIN budgets b ON b.id = w.budget_id AND b.kind = 'spend' AND b.removed_at IS NULL
            CROSS JOIN LATERAL (SELECT sum(settled) AS spent FROM leases WHERE leases.budget_id = w.budget_id AND leases.epoch = w.epoch) AS s
            CROSS JOIN unnest($3) AS percent
            WHERE w.limit_nano_usd > 0 AND s.spent * 100 >= w.limit_nano_usd::numeric * percent
            ON CONFLICT DO NOTHING
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. windows.Select(window => window.BudgetId)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. windows.Select(window => window.Epoch)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Percents });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
