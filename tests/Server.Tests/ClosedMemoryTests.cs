using System.Diagnostics;
using System.Globalization;
using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests;

/// <summary>LK-07 and LK-08: what is in the server's memory stays there, while it runs and when it crashes.</summary>
public sealed class ClosedMemoryTests(TestCluster cluster)
{
    [Fact]
    public async Task A_crash_leaves_no_core_file_even_where_the_machine_would_write_one()
    {
        var folder = Artifacts.NewFolder("crash");
        string[] withCores = ["bash", "-c", "ulimit -c unlimited; exec \"$@\"", "bash"];
        await using var server = await ServerProcess.StartAsync(new()
        {
            ConnectionString = await cluster.NewDatabaseAsync(), WorkingDirectory = folder, Under = withCores,
        });
        // The runtime takes the first one for its own and goes on.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!server.HasExited)
        {
            Assert.False(limit.IsCancellationRequested, "the server outlives every signal");
            await SignalAsync("SEGV", server.Pid);
            await Task.Delay(50);
        }

        Assert.Empty(Directory.EnumerateFiles(folder));

        // The control: whether this machine would have, for a program that does not forbid it.
        using var other = Process.Start(new ProcessStartInfo("bash", ["-c", "ulimit -c unlimited; exec sleep 60"]) { WorkingDirectory = folder })!;
        await SignalAsync("SEGV", other.Id);
        await other.WaitForExitAsync();
        var cores = Directory.EnumerateFiles(folder).ToList();
        cores.ForEach(File.Delete);
        Assert.SkipUnless(cores.Count > 0, "this machine writes no core files into a program's folder, so the proof is empty here");
    }

    [Fact]
    public async Task Another_program_of_the_servers_user_cannot_read_its_memory()
    {
        Assert.SkipUnless(Posix.IsRoot && Posix.FindUser("nobody") is not null, "only root can start the server as somebody else");
        var folder = Artifacts.NewFolder("nobodys");
        Posix.ChangeOwner(folder, Posix.FindUser("nobody")!);
        await using var server = await ServerProcess.StartAsync(new() { DataDirectory = Path.Combine(folder, "data"), AsUser = "nobody" });
        using var other = Process.Start("setpriv", [.. AsNobody, "sleep", "60"]);

        Assert.False(await MayReadAsync(server.Pid, "maps"));
        Assert.False(await MayReadAsync(server.Pid, "environ")); // a connection string's password
        // The control: of a program that does not forbid it.
        Assert.True(await MayReadAsync(other.Id, "maps"));
        Assert.True(await MayReadAsync(other.Id, "environ"));
        other.Kill();
        var limits = await File.ReadAllTextAsync($"/proc/{server.Pid}/limits");
        Assert.Contains("Max core file size        0                    0", limits, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_diagnostics_socket_is_there_and_a_start_that_would_have_one_says_how_to_be_rid_of_it()
    {
        var folder = Artifacts.NewFolder("temp");
        await using (await ServerProcess.StartAsync(new() { ConnectionString = await cluster.NewDatabaseAsync() }, ("TMPDIR", folder)))
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder));

        await using var open = await ServerProcess.StartAsync(
            new() { ConnectionString = await cluster.NewDatabaseAsync() }, ("TMPDIR", folder), ("DOTNET_EnableDiagnostics", "1"));
        Assert.Contains(Directory.EnumerateFileSystemEntries(folder), entry => entry.Contains("dotnet-diagnostic", StringComparison.Ordinal));
        Assert.Contains("Start it with DOTNET_EnableDiagnostics=0", open.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("deploy/Dockerfile")]
    [InlineData("deploy/compose.yaml")]
    [InlineData("deploy/keypass.service")]
    public async Task Every_way_to_start_that_we_ship_turns_diagnostics_off(string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Artifacts.RepositoryRoot, file));

        Assert.Matches("DOTNET_EnableDiagnostics(=|: \")0", text);
    }

    private static readonly string[] AsNobody =
        Posix.FindUser("nobody") is { } nobody ? [$"--reuid={nobody.UserId}", $"--regid={nobody.GroupId}", "--clear-groups", "--"] : [];

    private static async Task<bool> MayReadAsync(int pid, string what) =>
        (await Command.RunAsync("setpriv", [.. AsNobody, "head", "-c", "1", $"/proc/{pid}/{what}"], asUser: null, TimeSpan.FromSeconds(10))).Succeeded;

    private static async Task SignalAsync(string signal, int pid)
    {
        using var kill = Process.Start("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
