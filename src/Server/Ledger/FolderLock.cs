using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KeyPass.Server.Ledger;

/// <summary>
/// An exclusive flock, which the kernel drops with the process. Not .NET's FileShare: that takes no for an answer where a file system knows no
/// locks, and goes on without.
/// </summary>
internal sealed partial class FolderLock : IDisposable
{
    private const int Exclusive = 2; // LOCK_EX
    private const int WithoutWaiting = 4; // LOCK_NB
    private const int Unlock = 8; // LOCK_UN

    private readonly SafeFileHandle _file;

    private FolderLock(SafeFileHandle file) => _file = file;

    /// <summary>Makes the file where it is missing, and waits until nobody else holds it.</summary>
    public static FolderLock Wait(string path)
    {
        if (!File.Exists(path))
            Make(path);
        var file = Open(path);
        while (flock(file, Exclusive) != 0)
        {
            var interrupted = Marshal.GetLastPInvokeError() == 4; // EINTR
            if (!interrupted)
                throw Failure(file, path);
        }
        return new FolderLock(file);
    }

    /// <summary>Null where somebody holds it.</summary>
    public static FolderLock? TryTake(string path)
    {
        var file = Open(path);
        if (flock(file, Exclusive | WithoutWaiting) == 0)
            return new FolderLock(file);
        var isHeld = Marshal.GetLastPInvokeError() == (OperatingSystem.IsMacOS() ? 35 : 11); // EWOULDBLOCK
        if (!isHeld)
            throw Failure(file, path);
        file.Dispose();
        return null;
    }

    /// <summary>Closing is not enough: a program that is just being started has the open file too, until it runs.</summary>
    public void Dispose()
    {
        if (!_file.IsClosed)
            _ = flock(_file, Unlock);
        _file.Dispose();
    }

    private static void Make(string path)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = JournalFolder.OwnFile };
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was quicker.
        }
    }

    /// <summary>Closed on exec: PostgreSQL, which this server starts, must not inherit the lock and outlive it.</summary>
    private static SafeFileHandle Open(string path)
    {
        const int readWrite = 2; // O_RDWR
        var closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000; // O_CLOEXEC
        var descriptor = open(path, readWrite | closeOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"{path} cannot be opened: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    private static IOException Failure(SafeFileHandle file, string path)
    {
        var reason = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
        file.Dispose();
        return new IOException($"{path} cannot be locked: {reason}");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);
}
