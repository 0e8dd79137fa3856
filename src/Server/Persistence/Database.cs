using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace KeyPass.Server.Persistence;

/// <summary>The open database: the operator's own server, or the embedded one, which is stopped with this.</summary>
internal sealed class Database : IAsyncDisposable
{
    /// <summary>A database that starts together with us (compose, systemd) deserves a moment; a wrong address a quick answer.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    /// <summary>Any number, the same for ever: it is the name of the lock under which servers start.</summary>
    private const long StartLock = 0x4B65_7950_6173_73; // "KeyPass"

    /// <summary>A server that stands still in the middle of a change holds its rows against the others no longer than this.</summary>
    private const string LongestPause = "-c idle_in_transaction_session_timeout=10s";

    /// <summary>Without a connection, so that all databases of one process share the model and the queries that were made for the first.</summary>
    private static readonly DbContextOptions<KeyPassDb> Options = new DbContextOptionsBuilder<KeyPassDb>().UseNpgsql().Options;

    private Database(NpgsqlDataSource source, EmbeddedPostgres? embedded) => (Source, Embedded) = (source, embedded);

    public NpgsqlDataSource Source { get; }
    public EmbeddedPostgres? Embedded { get; }
    public string Version { get; private set; } = "";

    public KeyPassDb NewContext()
    {
        var context = new KeyPassDb(Options);
        context.Database.SetDbConnection(Source.CreateConnection(), contextOwnsConnection: true);
        return context;
    }

    /// <summary>Connects, or starts the embedded server first; migrates unless told otherwise.</summary>
    public static async Task<Database> OpenAsync(DatabaseSettings settings, CancellationToken cancel, bool migrate = true)
    {
        var embedded = settings.ConnectionString is null
            ? await EmbeddedPostgres.StartAsync(settings.DataDirectory, settings.PostgresBinaries, cancel)
            : null;
        var database = new Database(BuildSource(settings.ConnectionString ?? embedded!.ConnectionString), embedded);
        try
        {
            await database.ConnectAsync(cancel);
            if (migrate)
                await database.MigrateAsync(cancel);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>For the operator's verbs: the database of the server that is running now, else as <see cref="OpenAsync"/>.</summary>
    public static async Task<Database> OpenBesideRunningServerAsync(DatabaseSettings settings, CancellationToken cancel)
    {
        var running = settings.ConnectionString is null ? await EmbeddedPostgres.FindRunningAsync(settings.DataDirectory) : null;
        return await OpenAsync(running is null ? settings : settings with { ConnectionString = running }, cancel);
    }

    /// <summary>Brings the tables up to this build, or to <paramref name="target"/>. Two servers may start at once: one waits.</summary>
    public async Task MigrateAsync(CancellationToken cancel, string? target = null)
    {
        await using var turn = await TakeStartLockAsync(cancel);
        await using var context = NewContext();
        var known = context.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        if ((await context.Database.GetAppliedMigrationsAsync(cancel)).LastOrDefault(m => !known.Contains(m)) is { } unknown)
            throw new StartFailure($"The database was written by a newer KeyPass (it holds the migration {unknown}): start that version again, "
                + "or restore a backup from before the update.");
        await context.Database.MigrateAsync(target, cancel);
    }

    /// <summary>What servers that start together must do one after the other. Disposing the transaction gives the turn to the next.</summary>
    public async Task<IAsyncDisposable> TakeStartLockAsync(CancellationToken cancel)
    {
        var connection = await Source.OpenConnectionAsync(cancel);
        var turn = new StartTurn(connection, await connection.BeginTransactionAsync(cancel));
        try
        {
            // Idle for as long as the work lasts that others wait for.
            await using (var stay = new NpgsqlCommand("SET LOCAL idle_in_transaction_session_timeout = 0", connection))
                await stay.ExecuteNonQueryAsync(cancel);
            // The lock ends with the transaction, and so with the connection, however this process ends.
            await using var take = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection) { Parameters = { new() { Value = StartLock } } };
            take.CommandTimeout = 0; // as long as the other server's migration takes
            await take.ExecuteNonQueryAsync(cancel);
            return turn;
        }
        catch
        {
            await turn.DisposeAsync();
            throw;
        }
    }

    private sealed class StartTurn(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }

    /// <summary>It is away, or was for a moment: whoever asked is to try again.</summary>
    public static bool IsBehind(Exception failure) => failure is DbException or { InnerException: DbException };

    /// <summary>Reachable and migrated, asked afresh.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        try
        {
            await using var command = Source.CreateCommand("SELECT 1");
            command.CommandTimeout = 2;
            await command.ExecuteScalarAsync(cancel);
            return true;
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (Embedded is not null)
            await Embedded.DisposeAsync();
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ConnectLimit);
        while (true)
        {
            try
            {
                await using var connection = await Source.OpenConnectionAsync(limit.Token);
                Version = connection.PostgreSqlVersion.ToString();
                return;
            }
            catch (PostgresException refused) when (!IsStarting(refused))
            {
                throw new StartFailure($"{Where()} refused the connection string in ConnectionStrings__KeyPass: "
                    + $"{refused.MessageText}.{Hint(refused)}", refused);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException or OperationCanceledException)
            {
                cancel.ThrowIfCancellationRequested();
                if (limit.IsCancellationRequested)
                    throw new StartFailure($"{Where()} could not be reached within {ConnectLimit.TotalSeconds:0} s: check the address in "
                        + "ConnectionStrings__KeyPass and that PostgreSQL is running.", failure);
                await Task.Delay(TimeSpan.FromMilliseconds(300), cancel);
            }
        }
    }

    private string Where()
    {
        // Host, port and database only: the same string holds the password.
        var address = new NpgsqlConnectionStringBuilder(Source.ConnectionString);
        return $"PostgreSQL at {address.Host}:{address.Port} (database {address.Database})";
    }

    private static bool IsStarting(PostgresException refused) =>
        refused.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections;

    private static string Hint(PostgresException refused) =>
        refused.SqlState == PostgresErrorCodes.InvalidCatalogName ? " Create it with createdb; KeyPass makes the tables." : "";

    private static NpgsqlDataSource BuildSource(string connectionString)
    {
        try
        {
            var builder = new NpgsqlDataSourceBuilder(connectionString)
            {
                // Without a name the pool's metrics would carry the address.
                Name = "keypass",
            };
            builder.ConnectionStringBuilder.ApplicationName ??= "keypass";
            builder.ConnectionStringBuilder.Options = $"{LongestPause} {builder.ConnectionStringBuilder.Options}".TrimEnd();
            return builder.Build();
        }
        catch (ArgumentException malformed)
        {
            // The message of the driver may quote the string, password included: name the fault only.
            throw new StartFailure("ConnectionStrings__KeyPass is not a connection string PostgreSQL's driver can read: it looks like "
                + "'Host=…;Database=…;Username=…;Password=…'.", malformed);
        }
    }
}

internal sealed record DatabaseSettings(string? ConnectionString, string DataDirectory, string? PostgresBinaries);
