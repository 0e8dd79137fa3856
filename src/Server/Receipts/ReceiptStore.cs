using System.Globalization;
using KeyPass.Server.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace KeyPass.Server.Receipts;

/// <summary>
/// Receipts, by day: a day is dropped whole when its time is over, and a receipt is found by its request id alone, which tells its day.
/// </summary>
internal sealed class ReceiptStore(Database database, ReceiptSettings settings)
{
    private const string Columns = $"day, {ReceiptQueryStore.Columns}";

    /// <summary>Days that are opened before they come: servers whose clocks differ a little write into both.</summary>
    private const int DaysAhead = 2;

    /// <summary>Joins the ledger's transaction: the ids that were new. Each comes once, however often it is tried: days and ids come from the calls.</summary>
    public static async Task<IReadOnlySet<Guid>> AddAsync(NpgsqlConnection connection, IEnumerable<Receipt> receipts, CancellationToken cancel)
    {
        await using (var stage = new NpgsqlCommand("CREATE TEMPORARY TABLE staged (LIKE receipts INCLUDING DEFAULTS) ON COMMIT DROP", connection))
            await stage.ExecuteNonQueryAsync(cancel);
        await using (var writer = await connection.BeginBinaryImportAsync($"COPY staged ({Columns}) FROM STDIN (FORMAT BINARY)", cancel))
        {
            foreach (var receipt in receipts)
                await WriteAsync(writer, receipt, cancel);
            await writer.CompleteAsync(cancel);
        }
        // An account that was deleted meanwhile has no receipts any more.
        var added = new HashSet<Guid>();
        await using (var keep = new NpgsqlCommand($"""
            INSERT INTO receipts ({Columns}) SELECT {Columns} FROM staged WHERE EXISTS (SELECT 1 FROM accounts WHERE accounts.id = staged.account_id)
            ON CONFLICT DO NOTHING RETURNING id
            """, connection))
        await using (var reader = await keep.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
                added.Add(reader.GetGuid(0));
        }
        await using (var use = new NpgsqlCommand("""
            UPDATE token_wraps SET last_used_at = used.at FROM (SELECT credential_id, max(at) AS at FROM staged GROUP BY credential_id) AS used
            WHERE token_wraps.id = used.credential_id AND (last_used_at IS NULL OR last_used_at < used.at - interval '1 minute')
            """, connection))
            await use.ExecuteNonQueryAsync(cancel);
        return added;
    }

    /// <summary>Opens the days to come and drops those whose time is over. Servers may do it together.</summary>
    public async Task OpenDaysAsync(DateOnly today, CancellationToken cancel)
    {
        for (var ahead = 0; ahead <= DaysAhead; ahead++)
        {
            var day = today.AddDays(ahead);
            var (from, to) = (day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), day.AddDays(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            await RunAsync($"CREATE TABLE IF NOT EXISTS {Name(day)} PARTITION OF receipts FOR VALUES FROM ('{from}') TO ('{to}')", cancel);
        }
        var oldest = today.AddDays(-settings.RetentionDays);
        foreach (var name in await ListDaysAsync(cancel))
        {
            if (string.CompareOrdinal(name, Name(oldest)) < 0)
                await RunAsync($"DROP TABLE IF EXISTS {name}", cancel);
        }
        await RunAsync($"DELETE FROM receipts_other WHERE day < '{oldest:yyyy-MM-dd}'", cancel);
    }

    private static string Name(DateOnly day) => $"receipts_{day:yyyyMMdd}";

    private async Task<List<string>> ListDaysAsync(CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("""
            SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'receipts'::regclass AND relname ~ '^receipts_\d{8}$'
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var names = new List<string>();
        while (await reader.ReadAsync(cancel))
            names.Add(reader.GetString(0));
        return names;
    }

    private async Task RunAsync(string statement, CancellationToken cancel)
    {
        try
        {
            await using var command = database.Source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException raced) when (raced.SqlState is PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UniqueViolation
            or PostgresErrorCodes.InvalidObjectDefinition or PostgresErrorCodes.UndefinedTable)
        {
            // Another server did it in the same moment.
        }
        catch (PostgresException late) when (late.SqlState == PostgresErrorCodes.CheckViolation)
        {
            // Receipts of that day came before it was opened, as out of a backup: they stay with the others, and those to come join them.
        }
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter writer, Receipt receipt, CancellationToken cancel)
    {
        await writer.StartRowAsync(cancel);
        await writer.WriteAsync(DateOnly.FromDateTime(receipt.At.UtcDateTime), NpgsqlDbType.Date, cancel);
        await writer.WriteAsync(receipt.Id, NpgsqlDbType.Uuid, cancel);
        await writer.WriteAsync(receipt.At.UtcDateTime, NpgsqlDbType.TimestampTz, cancel);
        await writer.WriteAsync(receipt.AccountId, NpgsqlDbType.Uuid, cancel);
        await writer.WriteAsync(receipt.GrantId, NpgsqlDbType.Uuid, cancel);
        await writer.WriteAsync(receipt.CredentialId, NpgsqlDbType.Uuid, cancel);
        await writer.WriteAsync(receipt.IsTest, NpgsqlDbType.Boolean, cancel);
        await writer.WriteAsync(receipt.Tags, NpgsqlDbType.Array | NpgsqlDbType.Text, cancel);
        await PutAsync(writer, receipt.KeyId, NpgsqlDbType.Uuid, cancel);
        await PutAsync(writer, receipt.Provider, cancel);
        await PutAsync(writer, receipt.Operation, cancel);
        await PutAsync(writer, receipt.Model, cancel);
        await PutAsync(writer, receipt.ServedModel, cancel);
        await PutAsync(writer, receipt.ServedTier, cancel);
        await writer.WriteAsync(receipt.Status, NpgsqlDbType.Integer, cancel);
        await PutAsync(writer, receipt.Code, cancel);
        await PutAsync(writer, receipt.ProviderError?.Status, NpgsqlDbType.Integer, cancel);
        await PutAsync(writer, receipt.ProviderError?.Code, cancel);
        await PutAsync(writer, receipt.ProviderError?.Message, cancel);
        await PutAsync(writer, receipt.Exactness, cancel);
        await PutAsync(writer, receipt.CostNanoUsd, NpgsqlDbType.Bigint, cancel);
        await PutAsync(writer, receipt.PriceVersion, cancel);
        await (receipt.Lines is null ? writer.WriteNullAsync(cancel) : writer.WriteAsync(receipt.Lines, NpgsqlDbType.Jsonb, cancel));
        await writer.WriteAsync(receipt.InputTokens, NpgsqlDbType.Bigint, cancel);
        await writer.WriteAsync(receipt.OutputTokens, NpgsqlDbType.Bigint, cancel);
        await writer.WriteAsync(receipt.IsStream, NpgsqlDbType.Boolean, cancel);
        await writer.WriteAsync(receipt.HungUp, NpgsqlDbType.Boolean, cancel);
        await writer.WriteAsync(receipt.Attempts, NpgsqlDbType.Integer, cancel);
        await writer.WriteAsync(receipt.LatencyMilliseconds, NpgsqlDbType.Integer, cancel);
        await PutAsync(writer, receipt.ProviderMilliseconds, NpgsqlDbType.Integer, cancel);
        await PutAsync(writer, receipt.FirstByteMilliseconds, NpgsqlDbType.Integer, cancel);
        await PutAsync(writer, receipt.BoundNanoUsd, NpgsqlDbType.Bigint, cancel);
        await PutAsync(writer, receipt.ClampedTo, NpgsqlDbType.Bigint, cancel);
    }

    private static Task PutAsync(NpgsqlBinaryImporter writer, string? text, CancellationToken cancel) =>
        text is null ? writer.WriteNullAsync(cancel) : writer.WriteAsync(text.Replace("\0", "", StringComparison.Ordinal), NpgsqlDbType.Text, cancel);

    private static Task PutAsync<T>(NpgsqlBinaryImporter writer, T? value, NpgsqlDbType type, CancellationToken cancel) where T : struct =>
        value is { } given ? writer.WriteAsync(given, type, cancel) : writer.WriteNullAsync(cancel);
}
