using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace KeyPass.Server.Persistence;

/// <summary>
/// A backup is one zip: a manifest and every table as PostgreSQL's COPY text, taken in one snapshot while the server runs.
/// It needs no pg_dump, and goes into any later major version of PostgreSQL, embedded or not. The ring file is never in it:
/// whoever holds both can read managed keys.
/// </summary>
internal static class Backup
{
    private const int Format = 1;
    private const string ManifestName = "manifest.json";

    internal sealed record Manifest(int Format, string Migration, DateTimeOffset CreatedAt, IReadOnlyList<TableEntry> Tables);

    internal sealed record TableEntry(string Name, IReadOnlyList<string> Columns, long Rows);

    public static async Task<Manifest> WriteAsync(Database database, string file, TimeProvider clock, CancellationToken cancel)
    {
        var unfinished = file + ".partial";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        Manifest manifest;
        await using (var stream = new FileStream(unfinished, options))
        await using (var archive = await ZipArchive.CreateAsync(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancel))
        {
            await using var connection = await database.Source.OpenConnectionAsync(cancel);
            // One snapshot for all tables: a reference never points at a row that another table's copy missed.
            await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
            var tables = new List<TableEntry>();
            foreach (var table in await TablesAsync(connection, cancel))
                tables.Add(await WriteTableAsync(connection, archive, table, cancel));
            manifest = new Manifest(Format, await LastMigrationAsync(connection, cancel), clock.GetUtcNow(), tables);
            await using var entry = await archive.CreateEntry(ManifestName).OpenAsync(cancel);
            await JsonSerializer.SerializeAsync(entry, manifest, BackupJson.Default.Manifest, cancel);
        }
        File.Move(unfinished, file, overwrite: true);
        return manifest;
    }

    /// <summary>Into an empty database only: a restore never mixes with, or replaces, what is there.</summary>
    public static async Task<Manifest> RestoreAsync(Database database, string file, CancellationToken cancel)
    {
        await using var archive = await OpenAsync(file, cancel);
        var manifest = await ReadManifestAsync(archive, file, cancel);
        using (var context = database.NewContext())
        {
            if (!context.Database.GetMigrations().Contains(manifest.Migration))
                throw new StartFailure($"{file} was written by a newer KeyPass (migration {manifest.Migration}): restore it with that version, then update.");
        }
        await database.MigrateAsync(cancel, manifest.Migration);

        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        foreach (var table in await TablesAsync(connection, cancel))
        {
            await using var any = new NpgsqlCommand($"SELECT EXISTS (SELECT 1 FROM {Quote(table)})", connection);
            if ((bool)(await any.ExecuteScalarAsync(cancel))!)
                throw new StartFailure($"The database is not empty (the table {table} has rows): restore into a fresh data directory or an empty database.");
        }
        foreach (var table in await InReferenceOrderAsync(connection, manifest, cancel))
            await ReadTableAsync(connection, archive, table, file, cancel);
        await ContinueIdentitiesAsync(connection, cancel);
        await transaction.CommitAsync(cancel);
        await database.MigrateAsync(cancel);
        return manifest;
    }

    private static async Task<TableEntry> WriteTableAsync(NpgsqlConnection connection, ZipArchive archive, string table, CancellationToken cancel)
    {
        var columns = await ColumnsAsync(connection, table, cancel);
        // SELECT, because a plain COPY of a partitioned table finds no rows.
        var statement = $"COPY (SELECT {Join(columns)} FROM {Quote(table)}) TO STDOUT";
        var rows = 0L;
        await using var entry = await archive.CreateEntry(EntryName(table)).OpenAsync(cancel);
        await using var writer = new StreamWriter(entry, new UTF8Encoding(false)) { NewLine = "\n" };
        using var reader = await connection.BeginTextExportAsync(statement, cancel);
        // In COPY's text format a line is a row: line breaks inside values are escaped.
        while (await reader.ReadLineAsync(cancel) is { } row)
        {
            await writer.WriteLineAsync(row.AsMemory(), cancel);
            rows++;
        }
        return new TableEntry(table, columns, rows);
    }

    private static async Task ReadTableAsync(NpgsqlConnection connection, ZipArchive archive, TableEntry table, string file, CancellationToken cancel)
    {
        var entry = archive.GetEntry(EntryName(table.Name)) ?? throw Damaged(file, $"the rows of {table.Name} are missing");
        var rows = 0L;
        await using (var stream = await entry.OpenAsync(cancel))
        using (var reader = new StreamReader(stream, Encoding.UTF8))
        await using (var writer = await connection.BeginTextImportAsync($"COPY {Quote(table.Name)} ({Join(table.Columns)}) FROM STDIN", cancel))
        {
            while (await reader.ReadLineAsync(cancel) is { } row)
            {
                await writer.WriteAsync((row + "\n").AsMemory(), cancel);
                rows++;
            }
        }
        if (rows != table.Rows)
            throw Damaged(file, $"{table.Name} has {rows} rows instead of {table.Rows}");
    }

    private static async Task<ZipArchive> OpenAsync(string file, CancellationToken cancel)
    {
        try
        {
            return await ZipArchive.CreateAsync(File.OpenRead(file), ZipArchiveMode.Read, leaveOpen: false, Encoding.UTF8, cancel);
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new StartFailure($"{file} cannot be read as a KeyPass backup: {failure.Message}", failure);
        }
    }

    private static async Task<Manifest> ReadManifestAsync(ZipArchive archive, string file, CancellationToken cancel)
    {
        var entry = archive.GetEntry(ManifestName) ?? throw Damaged(file, $"{ManifestName} is missing");
        try
        {
            await using var stream = await entry.OpenAsync(cancel);
            var manifest = await JsonSerializer.DeserializeAsync(stream, BackupJson.Default.Manifest, cancel);
            return manifest is { Format: Format } ? manifest : throw Damaged(file, "its format is not one this version knows");
        }
        catch (Exception failure) when (failure is JsonException or InvalidDataException)
        {
            throw Damaged(file, failure.Message);
        }
    }

    private static StartFailure Damaged(string file, string what) => new($"{file} is not a whole KeyPass backup: {what}.");

    /// <summary>Referenced tables first. (Turning the checks off instead would need a superuser.)</summary>
    private static async Task<List<TableEntry>> InReferenceOrderAsync(NpgsqlConnection connection, Manifest manifest, CancellationToken cancel)
    {
        const string references = """
            SELECT c.conrelid::regclass::text, c.confrelid::regclass::text FROM pg_constraint c
            WHERE c.contype = 'f' AND c.conrelid <> c.confrelid AND c.connamespace = 'public'::regnamespace
            """;
        var targets = (await PairsAsync(connection, references, cancel)).ToLookup(pair => pair.First.Trim('"'), pair => pair.Second.Trim('"'));
        var ordered = new List<TableEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in manifest.Tables)
            Visit(table);
        return ordered;

        void Visit(TableEntry table)
        {
            if (!seen.Add(table.Name))
                return;
            foreach (var target in targets[table.Name])
                Visit(manifest.Tables.First(t => t.Name == target));
            ordered.Add(table);
        }
    }

    private static async Task ContinueIdentitiesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const string identities = """
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND is_identity = 'YES'
            """;
        foreach (var (table, column) in await PairsAsync(connection, identities, cancel))
        {
            await using var advance = new NpgsqlCommand(
                $"SELECT setval(pg_get_serial_sequence('{Quote(table)}', '{column}'), COALESCE(max({Quote(column)}), 0) + 1, false) FROM "
                    + $"{Quote(table)}", connection);
            await advance.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>Tables of ours, partitions left out (their rows are their parent's), and the history that a restore writes itself.</summary>
    private static Task<List<string>> TablesAsync(NpgsqlConnection connection, CancellationToken cancel) => ListAsync(connection, """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> '__EFMigrationsHistory'
        ORDER BY relname
        """, cancel);

    private static Task<List<string>> ColumnsAsync(NpgsqlConnection connection, string table, CancellationToken cancel) => ListAsync(connection, $"""
        SELECT attname FROM pg_attribute
        WHERE attrelid = '{Quote(table)}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        ORDER BY attnum
        """, cancel);

    private static async Task<string> LastMigrationAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""SELECT max("MigrationId") FROM "__EFMigrationsHistory" """, connection);
        return (string)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static async Task<List<string>> ListAsync(NpgsqlConnection connection, string query, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var values = new List<string>();
        while (await reader.ReadAsync(cancel))
            values.Add(reader.GetString(0));
        return values;
    }

    private static async Task<List<(string First, string Second)>> PairsAsync(NpgsqlConnection connection, string query, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var pairs = new List<(string, string)>();
        while (await reader.ReadAsync(cancel))
            pairs.Add((reader.GetString(0), reader.GetString(1)));
        return pairs;
    }

    private static string EntryName(string table) => string.Create(CultureInfo.InvariantCulture, $"tables/{table}.copy");

    private static string Join(IEnumerable<string> columns) => string.Join(", ", columns.Select(Quote));

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}

[JsonSerializable(typeof(Backup.Manifest))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class BackupJson : JsonSerializerContext;
