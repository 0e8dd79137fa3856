using System.Text;
using KeyPass.Server.Persistence;
using Npgsql;

namespace KeyPass.Server.Receipts;

/// <summary>One group's sum.</summary>
/// <param name="Slot">The beginning of the day or hour that it is the sum of, in ISO 8601; null where the whole range is summed.</param>
/// <param name="Group">An id, a name, or the beginning of a day or hour in ISO 8601; null where the receipts have none.</param>
/// <param name="Name">What the owner calls it, where the group is an id. Known also of what was deleted since.</param>
/// <param name="CostNanoUsd">Of what has a known cost; <paramref name="Unpriced"/> counts the rest.</param>
/// <param name="Inexact">How many calls' costs are no exact ones.</param>
internal sealed record UsageSum(
    string? Slot, string? Group, string? Name, long Requests, long Errors, long InputTokens, long OutputTokens, long CostNanoUsd, long Unpriced, long Inexact);

/// <param name="Groups">None where nothing is grouped by.</param>
internal sealed record UsageSums(UsageSum Total, IReadOnlyList<UsageSum> Groups);

/// <summary>Sums receipts.</summary>
internal sealed class UsageStore(Database database)
{
    /// <summary>A table of more is read by nobody; a year of hours is more, and is asked for in parts.</summary>
    public const int MostGroups = 2_000;

    /// <param name="zone">Where days and hours begin.</param>
    /// <param name="slots">Day or hour: each group once for each of them. Where they are more than fit, those that cost least are left out.</param>
    public async Task<IReadOnlyList<UsageSum>> GroupsAsync(
        Guid accountId, ReceiptFilter filter, UsageGrouping grouping, string zone, CancellationToken cancel, UsageGrouping? slots = null)
    {
        await using var command = database.Source.CreateCommand();
        var where = Where(command, accountId, filter);
        return await ReadAsync(command, grouping, Groups(command, where, grouping, zone, slots), cancel);
    }

    /// <summary>
    /// The groups beside what they are parts of. One statement sees one moment, so a receipt that lands meanwhile is in both or in neither, and
    /// they come out; it is also one way to the database, where a transaction that reads repeatably would be two.
    /// </summary>
    public async Task<UsageSums> SumAsync(
        Guid accountId, ReceiptFilter filter, UsageGrouping? grouping, string zone, CancellationToken cancel, UsageGrouping? slots = null)
    {
        await using var command = database.Source.CreateCommand();
        var where = Where(command, accountId, filter);
        var total = Sums("NULL::text", "NULL::text", isTotal: true, "receipts", where);
        var sums = await ReadAsync(
            command, grouping, grouping is { } one ? $"({total}) UNION ALL ({Groups(command, where, one, zone, slots)})" : total, cancel);
        return new UsageSums(sums[0], [.. sums.Skip(1)]);
    }

    private static string Where(NpgsqlCommand command, Guid accountId, ReceiptFilter filter)
    {
        var where = new StringBuilder();
        ReceiptQueryStore.Narrow(command, where, accountId, filter);
        return where.ToString();
    }

    private static string Groups(NpgsqlCommand command, string where, UsageGrouping grouping, string zone, UsageGrouping? slots)
    {
        var (slot, group) = (Expression(command, slots, zone), Expression(command, grouping, zone));
        return $"{Sums(slot, group, isTotal: false, Source(grouping), where)} GROUP BY 1, 2 ORDER BY {Order(grouping)} LIMIT {MostGroups}";
    }

    private static string Sums(string slot, string group, bool isTotal, string source, string where) => $"""
        SELECT {slot} AS slot, {group} AS named, count(*), count(*) FILTER (WHERE status >= 400), sum(input_tokens)::bigint,
            sum(output_tokens)::bigint, COALESCE(sum(cost_nano_usd), 0)::bigint AS cost, count(*) FILTER (WHERE exactness = 'unpriced'),
            count(*) FILTER (WHERE exactness <> 'exact'), {isTotal} AS is_total
        FROM {source} WHERE {where}
        """;

    private static string Order(UsageGrouping? grouping) => grouping is UsageGrouping.Day or UsageGrouping.Hour ? "named" : "cost DESC, named, slot";

    private static async Task<List<UsageSum>> ReadAsync(NpgsqlCommand command, UsageGrouping? grouping, string sums, CancellationToken cancel)
    {
        command.CommandText = $"SELECT *, {Name(grouping)} FROM ({sums}) AS sums ORDER BY is_total DESC, {Order(grouping)}";
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var read = new List<UsageSum>();
        while (await reader.ReadAsync(cancel))
        {
            read.Add(new UsageSum(
                Text(0), Text(1), Text(10), reader.GetInt64(2), reader.GetInt64(3), Number(4), Number(5), Number(6), reader.GetInt64(7), reader.GetInt64(8)));
        }
        return read;

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        long Number(int column) => reader.IsDBNull(column) ? 0 : reader.GetInt64(column);
    }

    private static string Expression(NpgsqlCommand command, UsageGrouping? grouping, string zone) => grouping switch
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
        UsageGrouping.Exactness => "exactness",
        UsageGrouping.App => "replace(c.app_id::text, '-', '')",
        _ => throw new ArgumentOutOfRangeException(nameof(grouping)), // no check: our own list
    };

    private static string Source(UsageGrouping grouping) => grouping switch
    {
        // A call with two tags counts under each: the sums of tags may exceed the whole.
        UsageGrouping.Tag => "receipts LEFT JOIN LATERAL unnest(tags) AS tag ON true",
        // Whichever grant the connection had at the time; nobody tags his way into another's.
        UsageGrouping.App => """
            receipts r LEFT JOIN (SELECT id AS connection_id, app_id, account_id AS owner_id FROM connections) c ON c.owner_id = r.account_id
                AND c.connection_id = (SELECT substring(t FROM 12)::uuid FROM unnest(r.tags) AS t WHERE t ~ '^connection:[0-9a-f]{32}$' LIMIT 1)
            """,
        _ => "receipts",
    };

    private static string Name(UsageGrouping? grouping) => grouping switch
    {
        UsageGrouping.VirtualKey => """
            (SELECT COALESCE(v.name, p.name, g.label) FROM grants g LEFT JOIN virtual_keys v ON v.grant_id = g.id
                LEFT JOIN connections c ON c.grant_id = g.id LEFT JOIN apps p ON p.id = c.app_id WHERE g.id = named::uuid)
            """,
        UsageGrouping.ProviderKey => "(SELECT COALESCE(label, provider) FROM vault_items WHERE id = named::uuid)",
        UsageGrouping.App => "(SELECT name FROM apps WHERE id = named::uuid)",
        _ => "NULL::text",
    };
}
