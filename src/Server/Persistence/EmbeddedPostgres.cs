using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace KeyPass.Server.Persistence;

/// <summary>
/// The private PostgreSQL of a server without a connection string: in the data directory, on a unix socket in a folder only
/// its user can enter, no TCP. Whoever holds <see cref="DataDirectoryLock"/> owns it; an orphan of a killed server is adopted.
/// </summary>
internal sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>Role and database have the product's name.</summary>
    private const string Name = "keypass";

    /// <summary>Crash recovery of a large ledger takes a while; nothing else takes this long.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    /// <summary>A healthy PostgreSQL says something at once; a stopped or wedged one never does.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly ClusterFolder _cluster;
    private readonly PostgresBinaries _binaries;
    private readonly string _logFile;
    private readonly DataDirectoryLock _lock;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private string _socketFolder = "";
    private bool _stopped;

    private EmbeddedPostgres(ClusterFolder cluster, PostgresBinaries binaries, string dataDirectory, DataDirectoryLock heldLock)
    {
        (_cluster, _binaries, _lock) = (cluster, binaries, heldLock);
        _logFile = cluster.Path + ".log";
        DataDirectory = dataDirectory;
    }

    public string DataDirectory { get; }
    public int MajorVersion => _binaries.MajorVersion;
    public string ConnectionString => ConnectionStringFor(_socketFolder, Name);

    public static async Task<EmbeddedPostgres> StartAsync(string dataDirectory, string? chosenBinaries, CancellationToken cancel)
    {
        var heldLock = DataDirectoryLock.Take(dataDirectory);
        try
        {
            var cluster = await ClusterFolder.ResolveAsync(dataDirectory);
            var binaries = await ChooseBinariesAsync(cluster, chosenBinaries);
            if (cluster.DropTo is { } user)
                binaries = await binaries.ReachableByAsync(user, ClusterFolder.SharedFolder);
            var postgres = new EmbeddedPostgres(cluster, binaries, dataDirectory, heldLock);

            if (!File.Exists(Path.Combine(cluster.Path, "PG_VERSION")))
                await postgres.CreateClusterAsync();
            if (!await postgres.AdoptOrphanAsync(cancel))
                await postgres.StartPostmasterAsync();
            await postgres.CreateDatabaseAsync(cancel);
            return postgres;
        }
        catch
        {
            heldLock.Dispose();
            throw;
        }
    }

    /// <summary>The connection string of a server running on this data directory now; null when none is.</summary>
    public static async Task<string?> FindRunningAsync(string dataDirectory)
    {
        if (!Directory.Exists(dataDirectory))
            return null;
        var cluster = await ClusterFolder.ResolveAsync(dataDirectory);
        return Postmaster.Read(cluster.Path) is { } postmaster && Postmaster.AnyProcessIn(cluster.Path)
            ? ConnectionStringFor(postmaster.SocketFolder, Name)
            : null;
    }

    /// <summary>Starts PostgreSQL again when it died under a running server. True when it had.</summary>
    public async Task<bool> ReviveAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_stopped || Postmaster.Read(_cluster.Path)?.LivesIn(_cluster.Path) == true)
                return false;
            // The last backends of the one that died notice by themselves, and hold its memory until they have.
            await WaitUntilGoneAsync(CancellationToken.None);
            // The same socket folder: the connection pool then simply finds the new one.
            await StartPostmasterAsync();
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_stopped)
                return;
            _stopped = true;
            await StopPostmasterAsync("fast", StopLimit);
            DeleteSocketFolder(_socketFolder);
            _lock.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<PostgresBinaries> ChooseBinariesAsync(ClusterFolder cluster, string? chosenFolder)
    {
        var found = await PostgresBinaries.FindAllAsync(chosenFolder);
        if (found.Count == 0)
        {
            throw new StartFailure(chosenFolder is null
                ? "No PostgreSQL was found: run 'npm ci' in the repository, install the system's package 'postgresql', or set "
                    + "ConnectionStrings__KeyPass to a server you run."
                : $"KeyPass__PostgresBinaries names {chosenFolder}, which holds no working initdb, pg_ctl and postgres: correct it or leave it out.");
        }
        var versionFile = Path.Combine(cluster.Path, "PG_VERSION");
        if (!File.Exists(versionFile))
            return found[0];
        var written = (await File.ReadAllTextAsync(versionFile)).Trim();
        return found.FirstOrDefault(b => b.MajorVersion.ToString(CultureInfo.InvariantCulture) == written)
            ?? throw new StartFailure($"The data in {cluster.Path} was written by PostgreSQL {written}, and this machine has "
                + $"{string.Join(" and ", found.Select(b => b.MajorVersion))}: install PostgreSQL {written}, or move the data over as "
                + "docs/how-to/deploy.md says under \"PostgreSQL major upgrade\".");
    }

    /// <summary>Into a folder beside it, then renamed: a half-made cluster never looks like a whole one.</summary>
    private async Task CreateClusterAsync()
    {
        var unfinished = _cluster.Path + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        CreatePrivateFolder(unfinished);
        // Locale C: the same order on every machine, and no index that an update of the system's collations breaks.
        var made = await Command.RunAsync(_binaries.Initdb,
            ["-D", unfinished, "-U", Name, "--encoding=UTF8", "--locale=C", "--auth=peer", "--no-instructions"], _cluster.DropTo, StartLimit);
        if (!made.Succeeded)
            throw new StartFailure($"PostgreSQL's initdb could not create {_cluster.Path}: {made.LastLine}");
        await File.AppendAllTextAsync(Path.Combine(unfinished, "postgresql.conf"), "\n# Written anew at every start:\ninclude 'keypass.conf'\n");
        if (Directory.Exists(_cluster.Path))
            Directory.Delete(_cluster.Path); // fails, rightly, unless it is empty
        Directory.Move(unfinished, _cluster.Path);
    }

    /// <summary>A killed server leaves its PostgreSQL running. If it answers it is ours again; if not it is stopped.</summary>
    private async Task<bool> AdoptOrphanAsync(CancellationToken cancel)
    {
        if (!Postmaster.AnyProcessIn(_cluster.Path))
            return false;
        if (Postmaster.Read(_cluster.Path) is { } orphan && Posix.IsAlive(orphan.Pid))
        {
            for (var waited = Stopwatch.StartNew(); waited.Elapsed < StartLimit;)
            {
                var (answers, recovers) = await AskAsync(orphan.SocketFolder, cancel);
                if (answers)
                {
                    _socketFolder = orphan.SocketFolder;
                    return true;
                }
                if (!recovers && waited.Elapsed > AnswerLimit)
                    break;
                await Task.Delay(TimeSpan.FromMilliseconds(250), cancel);
            }
            await StopPostmasterAsync("immediate", AnswerLimit);
            if (Postmaster.AnyProcessIn(_cluster.Path))
                Posix.Kill(orphan.Pid);
        }
        // Backends notice the death of their postmaster by themselves.
        await WaitUntilGoneAsync(cancel);
        return false;
    }

    private async Task WaitUntilGoneAsync(CancellationToken cancel)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < AnswerLimit && Postmaster.AnyProcessIn(_cluster.Path);)
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancel);
    }

    private async Task StartPostmasterAsync()
    {
        var pidFile = Path.Combine(_cluster.Path, "postmaster.pid");
        if (File.Exists(pidFile) && !Postmaster.AnyProcessIn(_cluster.Path))
        {
            // Left by kill -9 or a power cut. Its number may be another program's by now, which would stop PostgreSQL.
            if (_socketFolder.Length == 0 && Postmaster.Read(_cluster.Path) is { } stale)
                DeleteSocketFolder(stale.SocketFolder);
            File.Delete(pidFile);
        }
        if (_socketFolder.Length == 0 || !Directory.Exists(_socketFolder))
            _socketFolder = CreateSocketFolder();
        await WriteConfigurationAsync();

        if (_cluster.DropTo is { } owner)
        {
            await File.AppendAllTextAsync(_logFile, "");
            Posix.ChangeOwner(_logFile, owner);
        }
        var started = await Command.RunAsync(_binaries.PgCtl,
            ["start", "-D", _cluster.Path, "-l", _logFile, "-w", "-s", "-t", Seconds(StartLimit)], _cluster.DropTo, StartLimit + StopLimit);
        if (!started.Succeeded)
            throw new StartFailure($"PostgreSQL did not start ({started.LastLine}): its own words are at the end of {_logFile}.");
    }

    private async Task StopPostmasterAsync(string mode, TimeSpan limit) =>
        await Command.RunAsync(_binaries.PgCtl,
            ["stop", "-D", _cluster.Path, "-m", mode, "-w", "-s", "-t", Seconds(limit)], _cluster.DropTo, limit + limit);

    private async Task WriteConfigurationAsync()
    {
        await WriteOwnedAsync("keypass.conf", $"""
            listen_addresses = ''
            unix_socket_directories = '{_socketFolder.Replace("'", "''", StringComparison.Ordinal)}'
            unix_socket_permissions = 0700
            max_connections = 120
            # No row values in the log: terse leaves out DETAIL and CONTEXT, and bound parameters are never written.
            log_error_verbosity = terse
            log_parameter_max_length_on_error = 0
            log_line_prefix = '%m [%p] '

            """);
        // The kernel tells PostgreSQL who is at the other end of the socket; there is no password to lose.
        await WriteOwnedAsync("pg_hba.conf", "local all all peer map=keypass\n");
        var users = new[] { Posix.CurrentUser.Name, _cluster.Owner.Name, "root" }.Distinct();
        await WriteOwnedAsync("pg_ident.conf", string.Concat(users.Select(user => $"keypass \"{user}\" {Name}\n")));
    }

    private async Task WriteOwnedAsync(string name, string text)
    {
        var path = Path.Combine(_cluster.Path, name);
        await File.WriteAllTextAsync(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (_cluster.DropTo is { } owner)
            Posix.ChangeOwner(path, owner);
    }

    private void CreatePrivateFolder(string path)
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (_cluster.DropTo is { } owner)
            Posix.ChangeOwner(path, owner);
    }

    /// <summary>Random name, mode 0700, and short: the kernel allows 107 bytes for the path of a unix socket.</summary>
    private string CreateSocketFolder()
    {
        const int longest = 107 - 1 - 13; // "/" and ".s.PGSQL.5432"
        var folder = Directory.CreateTempSubdirectory(SocketFolderPrefix).FullName;
        if (folder.Length > longest)
        {
            Directory.Delete(folder);
            folder = Path.Combine("/tmp", Path.GetFileName(folder));
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        if (_cluster.DropTo is { } owner)
            Posix.ChangeOwner(folder, owner);
        return folder;
    }

    private const string SocketFolderPrefix = "keypass-";

    private static void DeleteSocketFolder(string folder)
    {
        if (Path.GetFileName(folder).StartsWith(SocketFolderPrefix, StringComparison.Ordinal) && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Does it take connections; and if not, does it at least say that it will, once its crash recovery is over?</summary>
    private static async Task<(bool Answers, bool Recovers)> AskAsync(string socketFolder, CancellationToken cancel)
    {
        try
        {
            await using var source = MaintenanceSource(socketFolder);
            await using var connection = await source.OpenConnectionAsync(cancel);
            return (true, false);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException)
        {
            return (false, failure is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow });
        }
    }

    private async Task CreateDatabaseAsync(CancellationToken cancel)
    {
        await using var source = MaintenanceSource(_socketFolder);
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = 'keypass'", connection);
        if (await exists.ExecuteScalarAsync(cancel) is not null)
            return;
        await using var create = new NpgsqlCommand("CREATE DATABASE keypass", connection);
        await create.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>To the database that is always there. Named: otherwise the metrics would carry the connection string.</summary>
    private static NpgsqlDataSource MaintenanceSource(string socketFolder) =>
        new NpgsqlDataSourceBuilder(ConnectionStringFor(socketFolder, "postgres") + ";Timeout=2;Pooling=false") { Name = Name }.Build();

    private static string ConnectionStringFor(string socketFolder, string database) =>
        new NpgsqlConnectionStringBuilder { Host = socketFolder, Username = Name, Database = database }.ConnectionString;

    private static string Seconds(TimeSpan span) => ((int)span.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
