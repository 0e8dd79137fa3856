using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>
/// The ring on disk: one small file outside the database and its backups, readable by the server's user alone. Losing it loses
/// every stored key, so nothing here makes one unless asked, and a write is on the disk before it is believed.
/// </summary>
internal static partial class RingFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const int MaxSize = 64 * 1024; // some hundred epochs

    /// <summary>A new ring in a file that must not be there yet.</summary>
    public static Ring Create(string path, DateTimeOffset created)
    {
        var ring = Ring.Fresh(created);
        Write(path, ring, overwrite: false);
        return ring;
    }

    /// <summary>Replaces the ring in a file that is there.</summary>
    public static void Save(string path, Ring ring)
    {
        if (!File.Exists(path)) // check: saving replaces
            throw new RingUnusable($"The ring's file {path} is missing, so there is nothing to replace.");
        Write(path, ring, overwrite: true);
    }

    public static Ring Load(string path)
    {
        if (!File.Exists(path)) // check: missing
            throw new RingUnusable($"The ring's file {path} is missing: put it back from where it is kept. Without it nothing stored can be opened.");
        byte[] text;
        try
        {
            if ((File.GetUnixFileMode(path) & Others) != 0) // check: mode
                throw new RingUnusable($"The ring's file {path} can be reached by other users of this machine: chmod 600 {path}");
            if (new FileInfo(path).Length > MaxSize) // check: size
                throw new RingUnusable($"The ring's file {path} is damaged: it is far too long.");
            text = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new RingUnusable($"The ring's file {path} cannot be read: {failure.Message}");
        }
        using var wiped = new Wiped(text);
        var ring = RingText.Read(text);
        if (ring is null) // check: damage
            throw new RingUnusable($"The ring's file {path} is damaged: put it back from where it is kept.");
        return ring;
    }

    private static void Write(string path, Ring ring, bool overwrite)
    {
        var full = Path.GetFullPath(path);
        var draft = $"{full}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(8))}.new";
        using var room = new Wiped(GC.AllocateArray<byte>(MaxSize, pinned: true));
        var size = RingText.Write(ring, room.Bytes);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var stream = new FileStream(draft, options))
            {
                stream.Write(room.Bytes[..size]);
                stream.Flush(flushToDisk: true);
            }
            if (overwrite)
                KeepOwner(full, draft);
            File.Move(draft, full, overwrite);
            FlushFolder(Path.GetDirectoryName(full)!);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or Win32Exception)
        {
            if (File.Exists(draft))
                File.Delete(draft);
            throw new RingUnusable($"The ring's file {path} could not be written: {failure.Message}"); // no check: a catch
        }
    }

    /// <summary>An operator who is root must not take the file away from the user the server runs as.</summary>
    private static void KeepOwner(string present, string draft)
    {
        const int currentFolder = -100; // AT_FDCWD
        const uint ownerAndGroup = 0x18; // STATX_UID | STATX_GID
        Span<byte> status = stackalloc byte[256]; // struct statx, laid out alike on every machine
        if (statx(currentFolder, present, 0, ownerAndGroup, status) != 0
            || lchown(draft, BitConverter.ToUInt32(status[20..]), BitConverter.ToUInt32(status[24..])) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError()); // no check: the disk failed
    }

    /// <summary>The new name is in the folder, and only this makes it survive a loss of power. .NET has no call for it.</summary>
    private static void FlushFolder(string folder)
    {
        var descriptor = open(folder, 0);
        var failed = descriptor < 0 || fsync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
            _ = close(descriptor);
        if (failed)
            throw new Win32Exception(error); // no check: the disk failed
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint owner, uint group);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
