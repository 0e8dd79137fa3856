namespace KeyPass.Server.Tests.Support;

/// <summary>
/// Everything this run leaves behind lies in one folder: logs, answers, database and data directories. The secrets canary
/// reads all of it at the end, and the folder goes when the run does.
/// </summary>
internal static class Artifacts
{
    public static string Folder { get; } = Directory.CreateTempSubdirectory("kp-tests-").FullName;

    static Artifacts() =>
        // Servers of this run that drop from root to another user must be able to enter their own data directories.
        File.SetUnixFileMode(Folder, File.GetUnixFileMode(Folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);

    private static int _count;

    public static string NewFolder(string purpose)
    {
        var folder = Path.Combine(Folder, $"{purpose}-{Interlocked.Increment(ref _count)}");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>The checkout, found from the test binary upwards.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KeyPass.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("KeyPass.sln was not found above the test binary.");
    }
}
