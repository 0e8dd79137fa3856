using System.Text;
using KeyPass.Server.Persistence;

namespace KeyPass.Server.Receipts;

/// <summary>One group's sum.</summary>
/// <param name="Group">An id, a name, or the beginning of a day or hour in ISO 8601; null where the receipts have none.</param>
/// <param name="CostNanoUsd">Of what has a known cost; <paramref name="Unpriced"/> counts the rest.</param>
/// <param name="Inexact">How many calls' costs are no exact ones.</param>
internal sealed record UsageSum(
    string? Group, long Requests, long Errors, long InputTokens, long OutputTokens, long CostNanoUsd, long Unpriced, long Inexact);

/// <summary>Sums receipts.</summary>
internal sealed class UsageStore(Database database)
{
    /// <summary>A table of more is read by nobody; a year of hours is more, and is asked for in parts.</summary>
    public const int MostGroups = 2_000;

    /// <param name="zone">Where days and hours begin.</param>
    public async Task<IReadOnlyList<UsageSum>> SumAsync(
        Guid accountId, ReceiptFilter filter, UsageGrouping? grouping, string zone, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand();
        var where = new StringBuilder();
        ReceiptQueryStore.Narrow(command, where, accountId, filter);
        var group = grouping switch
        {
            null => "NULL::text",
            UsageGrouping.VirtualKey => "replace(grant_id::text, '-', '')",
            UsageGrouping.ProviderKey => "replace(key_id::text, '-', '')",
            UsageGrouping.Model => "COALESCE(served_model, model)",
            UsageGrouping.Provider => "provider",
            UsageGrouping.Operation => "operation",
            UsageGrouping.Day => $"to_char(timezone({ReceiptQueryStore.Put(command, zone)}, at), 'YYYY-MM-DD')",
            UsageGrouping.Hour => $"to_char(timezone({ReceiptQueryStore.Put(command, zone)}, at), 'YYYY-MM-DD\"T\"HH24:00')",
            UsageGrouping.Tag => "tag",
            UsageGrouping.Status => "status::text",
            _ => throw new ArgumentOutOfRangeException(nameof(grouping)), // no check: our own list
        };
        // A call with two tags counts under each: the sums of tags may exceed the whole.
        var from = grouping == UsageGrouping.Tag ? "receipts LEFT JOIN LATERAL unnest(tags) AS tag ON true" : "receipts";
        // Without groups there is one sum, also of nothing.
        var order = grouping switch
        {
            null => "",
            UsageGrouping.Day or UsageGrouping.Hour => "GROUP BY 1 ORDER BY 1",
            _ => "GROUP BY 1 ORDER BY 6 DESC, 1",
        };
        command.CommandText = $"""
            SELECT {group}, count(*), count(*) FILTER (WHERE status >= 400), sum(input_tokens)::bigint, sum(output_tokens)::bigint,
                COALESCE(sum(cost_nano_usd), 0)::bigint, count(*) FILTER (WHERE exactness = 'unpriced'), count(*) FILTER (WHERE exactness <> 'exact')
            FROM {from} WHERE {where} {order} LIMIT {MostGroups}
            """;
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var sums = new List<UsageSum>();
        while (await reader.ReadAsync(cancel))
        {
            sums.Add(new UsageSum(
                reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), Number(3), Number(4), Number(5),
                reader.GetInt64(6), reader.GetInt64(7)));
        }
        return sums;

        long Number(int column) => reader.IsDBNull(column) ? 0 : reader.GetInt64(column);
    }
}
