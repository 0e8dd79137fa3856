using System.Globalization;
using KeyPass.Server.Accounts;
using KeyPass.Server.Audit;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.AspNetCore.Connections;

namespace KeyPass.Server;

/// <summary>What the operator types at the server: start it, or one of the verbs that only exist here.</summary>
internal static class CommandLine
{
    private const int Done = 0;
    private const int Failed = 1;

    private const string Usage = $"""
        KeyPass server
          (no word)                  start the server
          operator <email>           give an address the operator role     operator --remove <email>     operator --list
          invite [email]             print an invite for one new account
          backup <file>              write a backup, while the server runs or not
          restore <file>             fill an empty database from a backup; the server must be stopped
        {RingCommands.Usage}
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        // The ring, and what callers present, are in this process's memory: no dump of it may ever lie on a disk.
        var memoryIsClosed = Posix.ForbidDumps();
        try
        {
            var settings = Settings.Read(Configuration());
            return arguments switch
            {
                [] => await ServeAsync(settings, memoryIsClosed),
                ["operator", "--list"] => await ListOperatorsAsync(settings),
                ["operator", "--remove", var email] => await ChangeOperatorAsync(settings, email, remove: true),
                ["operator", var email] => await ChangeOperatorAsync(settings, email, remove: false),
                ["invite"] => await InviteAsync(settings, text: null),
                ["invite", var email] => await InviteAsync(settings, email),
                ["backup", var file] => await BackupAsync(settings, Path.GetFullPath(file)),
                ["restore", var file] => await RestoreAsync(settings, Path.GetFullPath(file)),
                ["ring", .. var words] when RingCommands.Run(settings, words) is { } doing => Say(Console.Out, await doing, Done),
                ["help" or "--help" or "-h"] => Say(Console.Out, Usage, Done),
                _ => Say(Console.Error, $"'{string.Join(' ', arguments)}' is not something this program does.\n{Usage}", Failed),
            };
        }
        catch (StartFailure failure)
        {
            return Say(Console.Error, failure.Message, Failed);
        }
    }

    private static IConfiguration Configuration() => new ConfigurationBuilder()
        .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
        .AddEnvironmentVariables("ASPNETCORE_")
        .AddEnvironmentVariables()
        .Build();

    private static async Task<int> ServeAsync(Settings settings, bool memoryIsClosed)
    {
        await using var database = await Database.OpenAsync(settings.Database, CancellationToken.None);
        using var ring = await new RingStore(database, TimeProvider.System).OpenAsync(settings.RingFile, CancellationToken.None);
        await using var app = Program.Compose(settings, database, ring);
        try
        {
            await app.StartAsync();
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException)
        {
            throw new StartFailure($"{string.Join(" or ", settings.Http.Urls)} is taken by another program: stop that, or choose another address "
                + "with ASPNETCORE_URLS.", failure);
        }
        catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            throw new StartFailure($"{string.Join(" or ", settings.Http.Urls)} cannot be listened on ({failure.Message.TrimEnd('.')}): choose "
                + "another address with ASPNETCORE_URLS.", failure);
        }
        Announce(app, settings, database);
        WarnOfOpenMemory(app, memoryIsClosed);
        await app.WaitForShutdownAsync();
        return Done;
    }

    /// <summary>The runtime reads its switch before any code of ours runs, so all that is left here is to say it.</summary>
    private static void WarnOfOpenMemory(WebApplication app, bool memoryIsClosed)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("KeyPass");
        if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") != "0")
        {
            log.LogWarning("The runtime's diagnostics are on: a program of this user can ask for a dump of this process, and read what is in "
                + "its memory. Start it with DOTNET_EnableDiagnostics=0, as ./run and the files in deploy do");
        }
        if (!memoryIsClosed)
            log.LogWarning("This machine has no way to keep other programs of this user from reading the memory of this process");
    }

    /// <summary>A block for a person at a terminal, an event for a collector.</summary>
    private static void Announce(WebApplication app, Settings settings, Database database)
    {
        var data = database.Embedded is { } embedded
            ? $"{embedded.DataDirectory} (PostgreSQL {embedded.MajorVersion}, private)"
            : $"PostgreSQL {database.Version}, by ConnectionStrings__KeyPass";
        var address = settings.Http.PublicUrl.Port == 0 ? app.Urls.First() : settings.Http.PublicUrl.ToString().TrimEnd('/');
        if (settings.Http.LogAsJson)
        {
            app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("KeyPass").LogInformation("Ready at {Address}; data in {Data}", address, data);
            return;
        }
        Console.WriteLine($"""

              KeyPass is ready.
                Address  {address}
                Data     {data}
                Stop     Ctrl-C, or kill {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}

            """);
    }

    private static async Task<int> ChangeOperatorAsync(Settings settings, string text, bool remove)
    {
        if (!EmailAddress.TryParse(text, out var email))
            throw new StartFailure($"'{text}' is not an e-mail address.");
        await using var database = await Database.OpenBesideRunningServerAsync(settings.Database, CancellationToken.None);
        var store = new OperatorStore(database);
        var changed = remove
            ? await store.RemoveAsync(email, CancellationToken.None)
            : await store.AddAsync(email, TimeProvider.System, CancellationToken.None);
        return Say(Console.Out, (remove, changed) switch
        {
            (false, true) => $"{email.Normalized} is an operator of this server, as soon as an account has verified that address.",
            (false, false) => $"{email.Normalized} was an operator already.",
            (true, true) => $"{email.Normalized} is no longer an operator.",
            (true, false) => $"{email.Normalized} was not an operator.",
        }, Done);
    }

    private static async Task<int> ListOperatorsAsync(Settings settings)
    {
        await using var database = await Database.OpenBesideRunningServerAsync(settings.Database, CancellationToken.None);
        var operators = await new OperatorStore(database).ListAsync(CancellationToken.None);
        return Say(Console.Out, operators.Count == 0
            ? "There is no operator yet. Give the role with: operator <email>"
            : string.Join('\n', operators.Select(row => $"{row.Email}  since {row.GrantedAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}")), Done);
    }

    /// <summary>How the first account comes to a server that takes invites only: nobody can be its operator yet.</summary>
    private static async Task<int> InviteAsync(Settings settings, string? text)
    {
        EmailAddress? email = null;
        if (text is not null && !EmailAddress.TryParse(text, out email))
            throw new StartFailure($"'{text}' is not an e-mail address.");
        await using var database = await Database.OpenBesideRunningServerAsync(settings.Database, CancellationToken.None);
        var (code, hash) = OneUseCode.Make();
        var store = new InviteStore(database, new AuditStore(database, TimeProvider.System), TimeProvider.System);
        var invite = await store.AddAsync(hash, email, InvitesEndpoints.UsualDays, madeBy: null, write: (_, _) => { }, CancellationToken.None);
        var who = email?.Normalized ?? "whoever has it";
        return Say(Console.Out, $"""
            {settings.Http.PublicUrl.ToString().TrimEnd('/')}/sign-up#{code}
            Until {invite.ExpiresAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} the link lets {who} open one account. It is shown this once.
            """, Done);
    }

    private static async Task<int> BackupAsync(Settings settings, string file)
    {
        await using var database = await Database.OpenBesideRunningServerAsync(settings.Database, CancellationToken.None);
        var manifest = await Backup.WriteAsync(database, file, TimeProvider.System, CancellationToken.None);
        return Say(Console.Out, $"""
            {file} holds {Count(manifest)}.
            It does not hold the server's ring file, on purpose: together they open managed keys. Back that file up apart, and keep it apart.
            """, Done);
    }

    private static async Task<int> RestoreAsync(Settings settings, string file)
    {
        await using var database = await Database.OpenAsync(settings.Database, CancellationToken.None, migrate: false);
        var manifest = await Backup.RestoreAsync(database, file, CancellationToken.None);
        return Say(Console.Out, $"""
            Restored {Count(manifest)}, as of {manifest.CreatedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC.
            Put the ring file of that server back in its place before you start: without it nothing in the vault opens.
            """, Done);
    }

    private static string Count(Backup.Manifest manifest) =>
        $"{manifest.Tables.Sum(table => table.Rows)} rows of {manifest.Tables.Count} tables (migration {manifest.Migration})";

    private static int Say(TextWriter where, string text, int exitCode)
    {
        where.WriteLine(text);
        return exitCode;
    }
}
