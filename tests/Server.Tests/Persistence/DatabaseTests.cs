using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace KeyPass.Server.Tests.Persistence;

public sealed class DatabaseTests(TestCluster cluster)
{
    [Fact]
    public async Task The_model_has_no_change_that_no_migration_makes()
    {
        await using var database = await OpenAsync(await cluster.NewDatabaseAsync());
        await using var context = database.NewContext();

        Assert.False(context.Database.HasPendingModelChanges(), "run eng/add-migration NameOfTheChange");
    }

    [Fact]
    public async Task Every_mapping_class_maps_its_table()
    {
        await using var database = await OpenAsync(await cluster.NewDatabaseAsync());
        await using var context = database.NewContext();
        var mapped = context.Model.GetEntityTypes().Select(type => type.ClrType).ToHashSet();

        var mappings = MappingsIn(typeof(KeyPassDb).Assembly).ToList();

        Assert.NotEmpty(mappings);
        Assert.All(mappings, mapping => Assert.True(mapped.Contains(mapping.Entity), $"{mapping.Class} is not found by EF: it needs a "
            + "parameterless constructor"));
    }

    [Fact]
    public void A_mapping_class_that_EF_would_pass_over_is_seen() =>
        Assert.Contains(MappingsIn(typeof(DatabaseTests).Assembly), mapping => mapping.Class == typeof(Overlooked));

    [Fact]
    public async Task Two_servers_may_start_on_one_empty_database_at_once()
    {
        var connection = await cluster.NewDatabaseAsync();
        var ring = Path.Combine(Artifacts.NewFolder("ring"), "ring"); // made by one of them, under the same lock

        var servers = await Task.WhenAll(Enumerable.Range(0, 2)
            .Select(_ => ServerProcess.StartAsync(new() { ConnectionString = connection }, ("KeyPass__RingFile", ring))));

        foreach (var server in servers)
        {
            await server.WaitUntilReadyAsync();
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Migrations_that_race_are_applied_once()
    {
        var connection = await cluster.NewDatabaseAsync();

        var databases = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => OpenAsync(connection)));

        await using var count = databases[0].Source.CreateCommand("""SELECT count(*) = count(DISTINCT "MigrationId") FROM "__EFMigrationsHistory" """);
        Assert.True((bool)(await count.ExecuteScalarAsync())!);
        foreach (var database in databases)
            await database.DisposeAsync();
    }

    [Fact]
    public async Task A_change_that_stands_still_is_ended_unless_it_is_one_that_others_wait_for()
    {
        var connection = await cluster.NewDatabaseAsync();
        await using (var usual = await OpenAsync(connection))
        await using (var show = usual.Source.CreateCommand("SHOW idle_in_transaction_session_timeout"))
            Assert.Equal("10s", await show.ExecuteScalarAsync());
        // What the operator asks for is later in the list, and so stands.
        await using var database = await OpenAsync(new NpgsqlConnectionStringBuilder(connection)
        {
            Options = "-c idle_in_transaction_session_timeout=100ms",
        }.ConnectionString);

        await using var stopped = await database.Source.OpenConnectionAsync();
        await using var change = await stopped.BeginTransactionAsync();
        await using (var lockedByIt = new NpgsqlCommand("LOCK TABLE accounts", stopped))
            await lockedByIt.ExecuteNonQueryAsync();
        await using (var turn = await database.TakeStartLockAsync(CancellationToken.None))
        {
            // Waits for the stopped one to be ended, and so for longer than either may stand still.
            await using (var count = database.Source.CreateCommand("SELECT count(*) FROM accounts"))
                Assert.Equal(0L, await count.ExecuteScalarAsync());
            await using var next = database.Source.CreateCommand("SELECT pg_try_advisory_lock(objid::bigint | (classid::bigint << 32)) FROM pg_locks "
                + "WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
            Assert.Equal(false, await next.ExecuteScalarAsync());
        }

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => change.CommitAsync());
    }

    private static Task<Database> OpenAsync(string connection) =>
        Database.OpenAsync(new DatabaseSettings(connection, "unused", PostgresBinaries: null), CancellationToken.None);

    private static IEnumerable<(Type Class, Type Entity)> MappingsIn(System.Reflection.Assembly assembly) =>
        from type in assembly.GetTypes()
        where !type.IsAbstract
        from implemented in type.GetInterfaces()
        where implemented.IsGenericType && implemented.GetGenericTypeDefinition() == typeof(IEntityTypeConfiguration<>)
        select (type, implemented.GetGenericArguments()[0]);

    /// <summary>What EF passes over without a word: no parameterless constructor.</summary>
    internal sealed class Overlooked(string table) : IEntityTypeConfiguration<Overlooked.Row>
    {
        public void Configure(Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Row> builder) => builder.ToTable(table);

        internal sealed class Row
        {
            public int Id { get; init; }
        }
    }
}
