using System.Buffers.Binary;
using KeyPass.Server.Persistence;
using Npgsql;

namespace KeyPass.Server.Vault;

/// <summary>Reads and writes wrapped columns by the epoch their values are under, whichever slice's table it is.</summary>
internal sealed class RewrapStore(Database database)
{
    /// <summary>How long the operator's command may keep requests waiting behind it.</summary>
    private const string LockLimit = "SET LOCAL lock_timeout = '3s'";

    internal sealed record Row(Guid Id, byte[] Wrapped);

    /// <summary>How many values are under each epoch; under null what is too short to name one.</summary>
    public async Task<IReadOnlyList<(uint? Kid, long Rows)>> CountAsync(WrappedColumn column, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(
            $"SELECT {Kid(column)}, count(*) FROM {column.Table} WHERE {column.Column} IS NOT NULL GROUP BY 1");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var counts = new List<(uint?, long)>();
        while (await reader.ReadAsync(cancel))
            counts.Add((reader.GetFieldValue<byte[]>(0) is { Length: 4 } kid ? BinaryPrimitives.ReadUInt32BigEndian(kid) : null, reader.GetInt64(1)));
        return counts;
    }

    /// <summary>How many rows of JSON hold a value under that epoch: its first nine bytes are twelve characters of base64, whatever follows.</summary>
    public async Task<long> CountInsideAsync(WrappedColumn column, uint kid, CancellationToken cancel)
    {
        var head = Convert.ToBase64String([.. "KP\u0001\u0007\u0001"u8, .. Bytes(kid)]);
        await using var command = database.Source.CreateCommand($"SELECT count(*) FROM {column.Table} WHERE strpos({column.Column}::text, $1) > 0");
        command.Parameters.Add(new() { Value = $"\"{head}" });
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>The next values in the order of their ids that are not under the given epoch.</summary>
    public async Task<IReadOnlyList<Row>> ListOthersAsync(WrappedColumn column, uint kid, Guid after, int limit, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand($"""
            SELECT id, {column.Column} FROM {column.Table}
            WHERE {column.Column} IS NOT NULL AND {Kid(column)} <> $1 AND id > $2 ORDER BY id LIMIT $3
            """);
        command.Parameters.Add(new() { Value = Bytes(kid) });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancel))
            rows.Add(new Row(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1)));
        return rows;
    }

    /// <summary>Only where the value is still the one that was read: a change meanwhile is newer, and under the active epoch already.</summary>
    public async Task ReplaceAsync(WrappedColumn column, IReadOnlyList<(Row Read, byte[] Wrapped)> rows, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand($"""
            UPDATE {column.Table} SET {column.Column} = next.wrapped
            FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS next (id, present, wrapped)
            WHERE {column.Table}.id = next.id AND {column.Table}.{column.Column} = next.present
            """);
        command.Parameters.Add(new() { Value = rows.Select(row => row.Read.Id).ToArray() });
        command.Parameters.Add(new() { Value = rows.Select(row => row.Read.Wrapped).ToArray() });
        command.Parameters.Add(new() { Value = rows.Select(row => row.Wrapped).ToArray() });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>
    /// From here on the database itself refuses a value under this epoch, whoever writes it and whatever ring that server has: a row
    /// written while the epoch is destroyed would be lost. False while one is still under it.
    /// </summary>
    public async Task<bool> ForbidAsync(WrappedColumn column, uint kid, CancellationToken cancel)
    {
        var name = Constraint(column, kid);
        try
        {
            // Two steps, so that the table is locked for a moment only and is then read beside the work that goes on.
            await AlterAsync(column, $"DROP CONSTRAINT IF EXISTS {name}, "
                + $"ADD CONSTRAINT {name} CHECK ({Kid(column)} <> '\\x{kid:x8}'::bytea) NOT VALID", cancel);
            await AlterAsync(column, $"VALIDATE CONSTRAINT {name}", cancel);
            return true;
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.CheckViolation)
        {
            return false;
        }
    }

    public Task AllowAsync(WrappedColumn column, uint kid, CancellationToken cancel) =>
        AlterAsync(column, $"DROP CONSTRAINT IF EXISTS {Constraint(column, kid)}", cancel);

    private async Task AlterAsync(WrappedColumn column, string change, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        try
        {
            foreach (var statement in new[] { LockLimit, $"ALTER TABLE {column.Table} {change}" })
            {
                await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
                await command.ExecuteNonQueryAsync(cancel);
            }
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new StartFailure($"The table {column.Table} is busy, perhaps with a backup: try again when that is over.", failure);
        }
        await transaction.CommitAsync(cancel);
    }

    /// <summary>KP1's OUTER: the kid stands after the header of five bytes.</summary>
    private static string Kid(WrappedColumn column) => $"substring({column.Column} FROM 6 FOR 4)";

    private static string Constraint(WrappedColumn column, uint kid) => $"ring_epoch_{kid}_{column.Column}";

    private static byte[] Bytes(uint kid)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, kid);
        return bytes;
    }
}
