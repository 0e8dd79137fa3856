using KeyPass.Server.Persistence;
using Npgsql;

namespace KeyPass.Server.Budgets;

/// <param name="Now">By the database's clock: the one that windows follow.</param>
/// <param name="Living">Servers that were heard lately, this one too.</param>
internal sealed record Heartbeat(DateTimeOffset Now, int Living);

/// <summary>Which servers there are, as far as their beats tell. A server is known by its incarnation: it has a new one each time it starts.</summary>
internal sealed class NodeStore(Database database)
{
    public async Task JoinAsync(Guid incarnation, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(
            "INSERT INTO nodes (incarnation, started_at, heard_at) VALUES ($1, clock_timestamp(), clock_timestamp()) ON CONFLICT DO NOTHING");
        command.Parameters.AddWithValue(incarnation);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Null where the others have given this server up: its leases count as spent, and it goes on under another incarnation.</summary>
    public async Task<Heartbeat?> BeatAsync(Guid incarnation, TimeSpan lately, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("""
            WITH beat AS (UPDATE nodes SET heard_at = clock_timestamp() WHERE incarnation = $1 AND lost_at IS NULL RETURNING 1)
            SELECT clock_timestamp(), (SELECT count(*)::int FROM nodes WHERE ended_at IS NULL AND lost_at IS NULL AND heard_at > clock_timestamp() - $2)
            FROM beat
            """);
        command.Parameters.AddWithValue(incarnation);
        command.Parameters.AddWithValue(lately);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new Heartbeat(reader.GetFieldValue<DateTimeOffset>(0), Math.Max(1, reader.GetInt32(1))) : null;
    }

    /// <summary>The servers that are gone without a word, told once to whoever asks first; and those told before whose leases are open yet.</summary>
    public async Task<IReadOnlyList<Guid>> GiveUpAsync(TimeSpan silence, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("""
            WITH gone AS (UPDATE nodes SET lost_at = clock_timestamp() WHERE ended_at IS NULL AND lost_at IS NULL AND heard_at < clock_timestamp() - $1
                RETURNING incarnation)
            SELECT incarnation FROM gone
            UNION SELECT nodes.incarnation FROM nodes JOIN leases ON leases.incarnation = nodes.incarnation AND leases.state = 'open' WHERE lost_at IS NOT NULL
            """);
        command.Parameters.AddWithValue(silence);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var gone = new List<Guid>();
        while (await reader.ReadAsync(cancel))
            gone.Add(reader.GetGuid(0));
        return gone;
    }

    /// <summary>Stopped in order, or its journal was read to its end by the next.</summary>
    public async Task LeaveAsync(Guid incarnation, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("UPDATE nodes SET ended_at = clock_timestamp() WHERE incarnation = $1 AND ended_at IS NULL");
        command.Parameters.AddWithValue(incarnation);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Until the connection is lost, which it throws.</summary>
    public async Task ListenAsync(Action connected, Action<string> told, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        connection.Notification += (_, news) => told(news.Payload);
        await using (var listen = new NpgsqlCommand($"LISTEN {LeaseStore.Channel}", connection))
            await listen.ExecuteNonQueryAsync(cancel);
        connected();
        while (true)
            await connection.WaitAsync(cancel);
    }
}
