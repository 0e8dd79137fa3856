using System.IO.Compression;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Persistence;

public sealed class BackupTests
{
    [Fact]
    public async Task What_was_backed_up_is_there_again_after_wipe_and_restore()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("backup") };
        var file = Path.Combine(Artifacts.NewFolder("file"), "keypass.backup");
        await using (await ServerProcess.StartAsync(options))
        {
            await ExpectAsync(options, 0, "is an operator", "operator", "Ana@Example.com");
            // While the server runs.
            await ExpectAsync(options, 0, "does not hold the server's ring file", "backup", file);
        }
        Directory.Delete(options.DataDirectory!, recursive: true);

        await ExpectAsync(options, 0, "Put the ring file of that server back", "restore", file);

        await using var server = await ServerProcess.StartAsync(options);
        await ExpectAsync(options, 0, "ana@example.com", "operator", "--list");
    }

    [Fact]
    public async Task A_backup_is_readable_by_its_owner_alone_and_holds_no_ring()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("backup") };
        var file = Path.Combine(Artifacts.NewFolder("file"), "keypass.backup");

        await ExpectAsync(options, 0, "rows of", "backup", file); // a stopped server's, too

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await using var archive = await ZipFile.OpenReadAsync(file);
        Assert.All(archive.Entries, entry => Assert.Matches(@"^(manifest\.json|tables/[a-z_]+\.copy)$", entry.FullName));
    }

    [Fact]
    public async Task A_restore_into_a_database_with_rows_is_refused_and_changes_nothing()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("backup") };
        var file = Path.Combine(Artifacts.NewFolder("file"), "keypass.backup");
        await ExpectAsync(options, 0, "is an operator", "operator", "ana@example.com");
        await ExpectAsync(options, 0, "rows of", "backup", file);
        await ExpectAsync(options, 0, "is an operator", "operator", "ben@example.com");

        await ExpectAsync(options, 1, "The database is not empty (the table operators has rows)", "restore", file);

        await ExpectAsync(options, 0, "ben@example.com", "operator", "--list");
    }

    [Fact]
    public async Task A_restore_under_a_running_server_is_refused()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("backup") };
        await using var server = await ServerProcess.StartAsync(options);

        await ExpectAsync(options, 1, "Another KeyPass server", "restore", "/nowhere");
    }

    [Fact]
    public async Task A_damaged_backup_is_named_and_nothing_of_it_is_kept()
    {
        var options = new ProcessOptions { DataDirectory = Artifacts.NewFolder("backup") };
        var whole = Path.Combine(Artifacts.NewFolder("file"), "keypass.backup");
        await ExpectAsync(options, 0, "is an operator", "operator", "ana@example.com");
        await ExpectAsync(options, 0, "rows of", "backup", whole);
        var folder = Artifacts.NewFolder("damaged");
        var bytes = await File.ReadAllBytesAsync(whole);
        await File.WriteAllBytesAsync(Path.Combine(folder, "cut"), bytes[..(bytes.Length / 2)]);
        await File.WriteAllTextAsync(Path.Combine(folder, "text"), "not a zip");
        File.Copy(whole, Path.Combine(folder, "rows"));
        await using (var archive = await ZipFile.OpenAsync(Path.Combine(folder, "rows"), ZipArchiveMode.Update))
        {
            archive.GetEntry("tables/operators.copy")!.Delete();
            archive.CreateEntry("tables/operators.copy");
        }
        var empty = new ProcessOptions { DataDirectory = Artifacts.NewFolder("empty") };

        await ExpectAsync(empty, 1, "cannot be read as a KeyPass backup", "restore", Path.Combine(folder, "cut"));
        await ExpectAsync(empty, 1, "cannot be read as a KeyPass backup", "restore", Path.Combine(folder, "text"));
        await ExpectAsync(empty, 1, "cannot be read as a KeyPass backup", "restore", Path.Combine(folder, "absent"));
        await ExpectAsync(empty, 1, "operators has 0 rows instead of 1", "restore", Path.Combine(folder, "rows"));
        await ExpectAsync(empty, 0, "There is no operator yet", "operator", "--list");
        await ExpectAsync(empty, 0, "Restored 1 rows of", "restore", whole);
    }

    private static async Task ExpectAsync(ProcessOptions options, int exitCode, string sentence, params string[] words)
    {
        var (code, output) = await ServerProcess.RunAsync(options with { Words = words });
        Assert.True(code == exitCode, output);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
