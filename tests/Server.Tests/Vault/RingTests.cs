using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Vault;

/// <summary>Ring and database belong together, and the server says so before it takes any work.</summary>
public sealed class RingTests(TestCluster cluster)
{
    [Fact]
    public async Task The_first_start_makes_the_ring_beside_the_data_directory_for_its_user_alone()
    {
        var options = new ProcessOptions { DataDirectory = Path.Combine(Artifacts.NewFolder("first"), "data") };

        await using var server = await ServerProcess.StartAsync(options);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(options.DataDirectory + ".ring"));
        Assert.Empty(Directory.EnumerateFiles(options.DataDirectory, "*ring*", SearchOption.TopDirectoryOnly));
    }

    [Fact]
    public async Task A_server_whose_ring_is_missing_refuses_to_start_and_makes_none()
    {
        var (options, ring) = await StartedOnceAsync();
        File.Delete(ring);

        await ExpectAsync(options, ring, $"The ring's file {ring} is missing");

        Assert.False(File.Exists(ring));
    }

    [Fact]
    public async Task A_server_with_another_databases_ring_refuses_to_start()
    {
        var (options, ring) = await StartedOnceAsync();
        var (_, other) = await StartedOnceAsync();

        await ExpectAsync(options, other, $"The ring file {other} is not the one this database was written with");
        await (await ServerProcess.StartAsync(options, ("KeyPass__RingFile", ring))).DisposeAsync();
    }

    [Theory]
    [InlineData("damaged", "is damaged")]
    [InlineData("open", "can be reached by other users")]
    public async Task A_ring_that_is_damaged_or_open_to_others_is_refused(string fault, string sentence)
    {
        var (options, ring) = await StartedOnceAsync();
        if (fault == "open")
            File.SetUnixFileMode(ring, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        else
            await File.WriteAllTextAsync(ring, (await File.ReadAllTextAsync(ring))[..^20]);

        await ExpectAsync(options, ring, sentence);
    }

    [Fact]
    public Task A_ring_inside_the_data_directory_is_refused()
    {
        var data = Artifacts.NewFolder("inside");
        return ExpectAsync(new ProcessOptions { DataDirectory = data }, Path.Combine(data, "ring"), "inside the data directory");
    }

    [Fact]
    public async Task A_restored_database_starts_with_the_ring_of_its_server_and_with_no_other()
    {
        var folder = Artifacts.NewFolder("moved");
        var options = new ProcessOptions { DataDirectory = Path.Combine(folder, "data") };
        var file = Path.Combine(folder, "backup");
        await (await ServerProcess.StartAsync(options)).DisposeAsync();
        await RunAsync(options, "backup", file);
        var elsewhere = new ProcessOptions { DataDirectory = Path.Combine(folder, "elsewhere") };
        await RunAsync(elsewhere, "restore", file);

        await ExpectAsync(elsewhere, elsewhere.DataDirectory + ".ring", "is missing");
        await (await ServerProcess.StartAsync(elsewhere, ("KeyPass__RingFile", options.DataDirectory + ".ring"))).DisposeAsync();
    }

    private async Task<(ProcessOptions Options, string Ring)> StartedOnceAsync()
    {
        var options = new ProcessOptions { ConnectionString = await cluster.NewDatabaseAsync() };
        var ring = Path.Combine(Artifacts.NewFolder("ring"), "ring");
        await (await ServerProcess.StartAsync(options, ("KeyPass__RingFile", ring))).DisposeAsync();
        return (options, ring);
    }

    private static async Task RunAsync(ProcessOptions options, params string[] words)
    {
        var (exitCode, output) = await ServerProcess.RunAsync(options with { Words = words });
        Assert.True(exitCode == 0, output);
    }

    private static async Task ExpectAsync(ProcessOptions options, string ring, string sentence)
    {
        var (exitCode, output) = await ServerProcess.RunAsync(options, ("KeyPass__RingFile", ring));

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
