using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace KeyPass.Server.Persistence;

/// <summary>The few things about users and processes that .NET has no API for.</summary>
internal static partial class Posix
{
    private const int SignalNone = 0;
    private const int SignalKill = 9;

    public static bool IsRoot => geteuid() == 0;

    public static bool IsAlive(int pid)
    {
        // EPERM means: it lives, and belongs to somebody else.
        const int operationNotPermitted = 1;
        return kill(pid, SignalNone) == 0 || Marshal.GetLastPInvokeError() == operationNotPermitted;
    }

    public static void Kill(int pid) => kill(pid, SignalKill);

    /// <summary>
    /// From here on nobody but root reads this process's memory: no core file, no debugger of the same user, no /proc/…/mem. False where
    /// the machine has no such thing.
    /// </summary>
    public static bool ForbidDumps()
    {
        const int setDumpable = 4; // PR_SET_DUMPABLE
        const int coreSize = 4; // RLIMIT_CORE
        try
        {
            return setrlimit(coreSize, [0, 0]) == 0 && prctl(setDumpable, 0) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    public static void ChangeOwner(string path, PosixUser owner)
    {
        if (lchown(path, owner.UserId, owner.GroupId) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{path} could not be given to the user {owner.Name}.");
    }

    /// <summary>Looks a user up in /etc/passwd: by name, or by number.</summary>
    public static PosixUser? FindUser(string nameOrId)
    {
        if (!File.Exists("/etc/passwd"))
            return null;
        foreach (var line in File.ReadLines("/etc/passwd"))
        {
            var fields = line.Split(':');
            if (fields.Length < 4 || (fields[0] != nameOrId && fields[2] != nameOrId))
                continue;
            if (uint.TryParse(fields[2], CultureInfo.InvariantCulture, out var userId)
                && uint.TryParse(fields[3], CultureInfo.InvariantCulture, out var groupId))
                return new PosixUser(fields[0], userId, groupId);
        }
        return null;
    }

    public static PosixUser CurrentUser =>
        FindUser(geteuid().ToString(CultureInfo.InvariantCulture))
        ?? new PosixUser(Environment.UserName, geteuid(), getegid());

    /// <summary>The path without links: what the kernel reports for a process's working folder.</summary>
    public static string RealPath(string path)
    {
        var resolved = realpath(path, nint.Zero);
        if (resolved == nint.Zero)
            return path;
        try
        {
            return Marshal.PtrToStringUTF8(resolved)!;
        }
        finally
        {
            free(resolved);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint realpath(string path, nint buffer);

    [LibraryImport("libc")]
    private static partial void free(nint memory);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint value);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ReadOnlySpan<ulong> softAndHard);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint getegid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint owner, uint group);
}

internal sealed record PosixUser(string Name, uint UserId, uint GroupId);
