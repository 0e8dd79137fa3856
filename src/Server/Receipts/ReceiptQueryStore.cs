using System.Text;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;
using Npgsql;

namespace KeyPass.Server.Receipts;

/// <summary>What to look for among an account's receipts; what is null does not narrow.</summary>
internal sealed record ReceiptFilter(
    DateTimeOffset? From = null, DateTimeOffset? To = null, Guid? GrantId = null, Guid? KeyId = null, string? Provider = null, string? Model = null,
    string? Tag = null, string? Status = null, bool? IsTest = null);

/// <param name="Caller">What its owner calls the virtual key, or the app, that called. Known also of what was deleted since.</param>
internal sealed record NamedReceipt(Receipt Receipt, string? Caller);

/// <summary>Reads receipts: always of one account, and no day that the question leaves out.</summary>
internal sealed class ReceiptQueryStore(Database database)
{
    public const string Columns = """
        id, at, account_id, grant_id, credential_id, is_test, tags, key_id, provider, operation, model, served_model, served_tier, status, code,
        provider_status, provider_code, provider_message, exactness, cost_nano_usd, price_version, lines, input_tokens, output_tokens, is_stream, hung_up,
        attempts, latency_ms, provider_ms, first_byte_ms, bound_nano_usd, clamped_to
        """;

    /// <summary>An app's calls carry its connection as a tag, whichever grant it had at the time; nobody tags his way into another's.</summary>
    private const string Caller = """
        COALESCE(
            (SELECT p.name FROM connections c JOIN apps p ON p.id = c.app_id WHERE c.account_id = receipts.account_id
                AND c.id = (SELECT substring(t FROM 12)::uuid FROM unnest(receipts.tags) AS t WHERE t ~ '^connection:[0-9a-f]{32}$' LIMIT 1)),
            (SELECT COALESCE(v.name, g.label) FROM grants g LEFT JOIN virtual_keys v ON v.grant_id = g.id WHERE g.id = receipts.grant_id))
        """;

    /// <summary>A call may run for hours, and its server may be killed; what was written later than that is no news.</summary>
    private const int NewsDays = 2;

    /// <summary>By its id alone: version 7 tells the day.</summary>
    public async Task<NamedReceipt?> FindAsync(Guid accountId, Guid id, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(
            $"SELECT {Columns}, {Caller} FROM receipts WHERE day BETWEEN $1 - 1 AND $1 + 1 AND id = $2 AND account_id = $3");
        command.Parameters.AddWithValue(DayOf(id));
        command.Parameters.AddWithValue(id);
        command.Parameters.AddWithValue(accountId);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    /// <summary>Newest first, after the one named.</summary>
    public async Task<IReadOnlyList<NamedReceipt>> ListAsync(
        Guid accountId, ReceiptFilter filter, int limit, (DateTimeOffset At, Guid Id)? after, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand();
        var where = new StringBuilder();
        Narrow(command, where, accountId, filter);
        if (after is { } last)
        {
            where.Append($" AND day <= {Put(command, DateOnly.FromDateTime(last.At.UtcDateTime))}");
            where.Append($" AND (at, id) < ({Put(command, last.At.UtcDateTime)}, {Put(command, last.Id)})");
        }
        command.CommandText = $"SELECT {Columns}, {Caller} FROM receipts WHERE {where} ORDER BY at DESC, id DESC LIMIT {Put(command, limit)}";
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<NamedReceipt>();
        while (await reader.ReadAsync(cancel))
            found.Add(Read(reader));
        return found;
    }

    /// <summary>
    /// The last that were written since, oldest first. A time of writing is that of its transaction's beginning: ask again for a while
    /// before the last.
    /// </summary>
    public async Task<IReadOnlyList<NamedReceipt>> ListWrittenAsync(Guid accountId, DateTimeOffset since, int limit, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(
            $"SELECT {Columns}, {Caller} FROM receipts WHERE account_id = $1 AND written_at > $2 AND day >= $4 ORDER BY written_at DESC, id LIMIT $3");
        command.Parameters.AddWithValue(accountId);
        command.Parameters.AddWithValue(since.UtcDateTime);
        command.Parameters.AddWithValue(limit);
        command.Parameters.AddWithValue(DateOnly.FromDateTime(since.UtcDateTime).AddDays(-NewsDays));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<NamedReceipt>();
        while (await reader.ReadAsync(cancel))
            found.Add(Read(reader));
        found.Reverse();
        return found;
    }

    /// <summary>The conditions that a filter stands for, with its values as parameters.</summary>
    public static void Narrow(NpgsqlCommand command, StringBuilder where, Guid accountId, ReceiptFilter filter)
    {
        where.Append($"account_id = {Put(command, accountId)}");
        if (filter.From is { } from)
            where.Append($" AND day >= {Put(command, DateOnly.FromDateTime(from.UtcDateTime))} AND at >= {Put(command, from.UtcDateTime)}");
        if (filter.To is { } to)
            where.Append($" AND day <= {Put(command, DateOnly.FromDateTime(to.UtcDateTime))} AND at < {Put(command, to.UtcDateTime)}");
        if (filter.GrantId is { } grant)
            where.Append($" AND grant_id = {Put(command, grant)}");
        if (filter.KeyId is { } providerKey)
            where.Append($" AND key_id = {Put(command, providerKey)}");
        if (filter.Provider is { } provider)
            where.Append($" AND provider = {Put(command, provider)}");
        if (filter.Model is { } model)
            where.Append($" AND {Put(command, model)} IN (model, served_model)");
        if (filter.Tag is { } tag)
            where.Append($" AND tags @> ARRAY[{Put(command, tag)}]");
        if (filter.IsTest is { } isTest)
            where.Append($" AND is_test = {Put(command, isTest)}");
        where.Append(filter.Status switch
        {
            null => "",
            "ok" => " AND status < 400",
            "error" => " AND status >= 400",
            var exact => $" AND status = {Put(command, int.Parse(exact, System.Globalization.CultureInfo.InvariantCulture))}",
        });
    }

    public static string Put<T>(NpgsqlCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return $"${command.Parameters.Count}";
    }

    /// <summary>A version 7 id begins with its time in milliseconds.</summary>
    private static DateOnly DayOf(Guid id)
    {
        var milliseconds = Convert.ToInt64(id.ToString("N")[..12], 16);
        return DateOnly.FromDateTime(DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Min(milliseconds, 253_402_300_799_000)).UtcDateTime);
    }

    private static NamedReceipt Read(NpgsqlDataReader row) => new(new()
    {
        Id = row.GetGuid(0),
        At = row.GetFieldValue<DateTimeOffset>(1),
        AccountId = row.GetGuid(2),
        GrantId = row.GetGuid(3),
        CredentialId = row.GetGuid(4),
        IsTest = row.GetBoolean(5),
        Tags = row.GetFieldValue<string[]>(6),
        KeyId = Value<Guid>(row, 7),
        Provider = Text(row, 8),
        Operation = Text(row, 9),
        Model = Text(row, 10),
        ServedModel = Text(row, 11),
        ServedTier = Text(row, 12),
        Status = row.GetInt32(13),
        Code = Text(row, 14),
        ProviderError = Value<int>(row, 15) is { } status ? new ProviderAnswer(status, Text(row, 16), Text(row, 17)) : null,
        Exactness = row.GetString(18),
        CostNanoUsd = Value<long>(row, 19),
        PriceVersion = Text(row, 20),
        Lines = Text(row, 21),
        InputTokens = row.GetInt64(22),
        OutputTokens = row.GetInt64(23),
        IsStream = row.GetBoolean(24),
        HungUp = row.GetBoolean(25),
        Attempts = row.GetInt32(26),
        LatencyMilliseconds = row.GetInt32(27),
        ProviderMilliseconds = Value<int>(row, 28),
        FirstByteMilliseconds = Value<int>(row, 29),
        BoundNanoUsd = Value<long>(row, 30),
        ClampedTo = Value<long>(row, 31),
    }, Text(row, 32));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static T? Value<T>(NpgsqlDataReader row, int column) where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);
}
