using System.Globalization;

namespace KeyPass.Server.Persistence;

/// <summary>What PostgreSQL wrote about itself into <c>postmaster.pid</c>, and whether that is still true.</summary>
internal sealed record Postmaster(int Pid, string SocketFolder)
{
    private const int PidLine = 0;
    private const int SocketLine = 4;

    public static Postmaster? Read(string clusterFolder)
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(clusterFolder, "postmaster.pid"));
            return lines.Length > SocketLine && int.TryParse(lines[PidLine], CultureInfo.InvariantCulture, out var pid) && pid > 1
                ? new Postmaster(pid, lines[SocketLine])
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The recorded process is one of this cluster's, alive: cheap enough to ask every second.</summary>
    public bool LivesIn(string clusterFolder) => Directory.Exists("/proc/self")
        ? WorkingFolder($"/proc/{Pid.ToString(CultureInfo.InvariantCulture)}") == clusterFolder
        : Posix.IsAlive(Pid);

    /// <summary>
    /// True when a process of this very cluster lives. After a reboot, or in a new container, the recorded number may belong
    /// to any other program; PostgreSQL would then refuse to start. Each of its processes works inside the cluster's folder.
    /// </summary>
    public static bool AnyProcessIn(string clusterFolder)
    {
        if (!Directory.Exists("/proc/self"))
            return Read(clusterFolder) is { } recorded && Posix.IsAlive(recorded.Pid);
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(Path.GetFileName(process)[0]))
                continue;
            if (WorkingFolder(process) == clusterFolder)
                return true;
        }
        return false;
    }

    private static string? WorkingFolder(string process)
    {
        try
        {
            return File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // it ended meanwhile, or is another user's
        }
    }
}
