using KeyPass.Server.Persistence;
using Npgsql;

[assembly: AssemblyFixture(typeof(KeyPass.Server.Tests.Support.TestCluster))]

namespace KeyPass.Server.Tests.Support;

/// <summary>
/// One real PostgreSQL for the whole run, started by the product's own code; each server under test gets a database of its
/// own in it. It does not wait for the disk: a test run has nothing to lose in a power cut.
/// </summary>
public sealed class TestCluster : IAsyncLifetime
{
    private const string Migrated = "migrated";

    private readonly Lazy<Task> _migration;
    private EmbeddedPostgres? _postgres;
    private int _databases;

    public TestCluster() => _migration = new Lazy<Task>(MigrateAsync);

    internal static string DataDirectory { get; } = Artifacts.NewFolder("cluster");

    public async ValueTask InitializeAsync()
    {
        _postgres = await EmbeddedPostgres.StartAsync(DataDirectory, chosenBinaries: null, CancellationToken.None);
        await ExecuteAsync("ALTER SYSTEM SET fsync = off");
        await ExecuteAsync("ALTER SYSTEM SET synchronous_commit = off");
        await ExecuteAsync("SELECT pg_reload_conf()");
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        Directory.Delete(Artifacts.Folder, recursive: true);
    }

    /// <summary>The connection string of a new, empty database.</summary>
    public Task<string> NewDatabaseAsync() => NewDatabaseAsync("template1");

    /// <summary>One with all tables, as most servers find it: to make them anew for every test would take most of the run.</summary>
    internal async Task<string> NewMigratedDatabaseAsync()
    {
        await _migration.Value;
        return await NewDatabaseAsync(Migrated);
    }

    /// <summary>Puts everything in memory onto disk, so that a search of the files sees it.</summary>
    internal Task CheckpointAsync() => ExecuteAsync("CHECKPOINT");

    private async Task MigrateAsync()
    {
        await ExecuteAsync($"CREATE DATABASE {Migrated}");
        await using var database = await Database.OpenAsync(
            new DatabaseSettings(ConnectionTo(Migrated) + ";Pooling=false", "unused", PostgresBinaries: null), CancellationToken.None);
    }

    private async Task<string> NewDatabaseAsync(string template)
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {template}");
        return ConnectionTo(name);
    }

    private string ConnectionTo(string name) =>
        new NpgsqlConnectionStringBuilder(_postgres!.ConnectionString) { Database = name, MaxPoolSize = 10 }.ConnectionString;

    private async Task ExecuteAsync(string sql)
    {
        await using var source = new NpgsqlDataSourceBuilder(_postgres!.ConnectionString + ";Pooling=false") { Name = "tests" }.Build();
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
