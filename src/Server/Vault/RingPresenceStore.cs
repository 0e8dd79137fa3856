using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using Npgsql;

namespace KeyPass.Server.Vault;

/// <summary>What one running server can do with the ring: the epochs it has, and the one it wraps under.</summary>
internal sealed record RunningServer(uint WrapsUnder, IReadOnlySet<uint> Has);

/// <summary>
/// How running servers tell the operator's command which epochs they have: as shared advisory locks on a connection that each keeps
/// for its life. PostgreSQL drops them with the connection, so that nobody is counted who is gone, and no clock is asked.
/// </summary>
internal sealed class RingPresenceStore(Database database) : IAsyncDisposable
{
    // Any numbers, the same for ever: the names of the two kinds of lock. The lock's second half is the kid.
    private const int HasEpoch = 0x4B70_6861;
    private const int WrapsUnderEpoch = 0x4B70_7772;

    private NpgsqlConnection? _connection;
    private IReadOnlyList<(int Class, int Kid)> _announced = [];

    /// <summary>Says what this server can do now, or says it again where the connection was lost meanwhile.</summary>
    public async Task AnnounceAsync(Ring ring, CancellationToken cancel)
    {
        try
        {
            _connection ??= await database.Source.OpenConnectionAsync(cancel);
            var locks = LocksOf(ring);
            await RunAsync("SELECT pg_advisory_lock_shared($1, $2)", locks.Except(_announced), cancel);
            await RunAsync("SELECT pg_advisory_unlock_shared($1, $2)", _announced.Except(locks), cancel);
            _announced = locks;
            // A connection is known to be lost only when it is used.
            await using var ask = new NpgsqlCommand("SELECT 1", _connection);
            await ask.ExecuteScalarAsync(cancel);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async Task<IReadOnlyList<RunningServer>> ListAsync(CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("""
            SELECT pid, classid::bigint, objid::bigint FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 2 AND classid IN ($1::bigint::oid, $2::bigint::oid)
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """);
        command.Parameters.Add(new() { Value = (long)HasEpoch });
        command.Parameters.Add(new() { Value = (long)WrapsUnderEpoch });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var locks = new List<(int Pid, long Class, uint Kid)>();
        while (await reader.ReadAsync(cancel))
            locks.Add((reader.GetInt32(0), reader.GetInt64(1), (uint)reader.GetInt64(2)));
        return
        [
            .. from held in locks
               group held by held.Pid into server
               from wraps in server.Where(one => one.Class == WrapsUnderEpoch)
               select new RunningServer(wraps.Kid, server.Where(one => one.Class == HasEpoch).Select(one => one.Kid).ToHashSet()),
        ];
    }

    /// <summary>Returned to its pool, the connection lets go of its locks.</summary>
    public async ValueTask DisposeAsync()
    {
        _announced = [];
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync();
    }

    private static List<(int Class, int Kid)> LocksOf(Ring ring) =>
    [
        .. ring.Epochs.Where(epoch => epoch.State != RingState.Destroyed).Select(epoch => (HasEpoch, (int)epoch.Kid)),
        (WrapsUnderEpoch, (int)ring.Active.Kid),
    ];

    private async Task RunAsync(string sql, IEnumerable<(int Class, int Kid)> locks, CancellationToken cancel)
    {
        foreach (var (kind, kid) in locks)
        {
            await using var command = new NpgsqlCommand(sql, _connection) { Parameters = { new() { Value = kind }, new() { Value = kid } } };
            await command.ExecuteNonQueryAsync(cancel);
        }
    }
}
