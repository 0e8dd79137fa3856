using KeyPass.Server.Budgets;
using KeyPass.Server.Persistence;
using KeyPass.Server.Receipts;

namespace KeyPass.Server.Ledger;

/// <summary>
/// Puts receipts into the database and their costs onto the leases they are taken from: both or neither, and each once, however often it is tried.
/// </summary>
internal sealed class LedgerStore(Database database)
{
    /// <summary>The same as long as it is this database, and that of no other: what a journal notes belongs to one.</summary>
    public async Task<string> NameDatabaseAsync(CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(
            "SELECT to_hex(system_identifier) || '-' || oid FROM pg_control_system(), pg_database WHERE datname = current_database()");
        return (string)(await command.ExecuteScalarAsync(cancel))!;
    }

    public async Task AddAsync(IReadOnlyList<LedgerRecord> records, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var added = await ReceiptStore.AddAsync(connection, records.Select(record => record.Receipt), cancel);
        var charges = records.Where(record => added.Contains(record.Receipt.Id))
            .SelectMany(record => record.Cells, (record, cell) => (Cell: cell, Cost: record.Receipt.CostNanoUsd ?? 0))
            .Where(charge => charge.Cost > 0).ToList();
        await LeaseStore.SettleAsync(connection, charges, cancel);
        await AlertMarksStore.MarkAsync(connection, charges.Select(charge => charge.Cell), cancel);
        await transaction.CommitAsync(cancel);
    }
}
