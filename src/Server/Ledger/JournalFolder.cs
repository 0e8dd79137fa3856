using System.Globalization;

namespace KeyPass.Server.Ledger;

/// <summary>
/// Where the journals of a machine lie: one folder an incarnation, locked by its process for life. A folder gets its name when it is locked and
/// filled, and loses it before anything in it is deleted; both, and the search for abandoned ones, happen under the lock of the folder above.
/// So what has the name of an incarnation and no owner is abandoned, and any other name is rubbish of one who died on the way.
/// </summary>
internal static class JournalFolder
{
    public const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode OwnFolder = OwnFile | UnixFileMode.UserExecute;

    private const string LockName = "lock";
    private const string Unfinished = ".new";
    private const string Leaving = ".gone";
    private const string SegmentSuffix = ".segment";

    public static string Of(string folder, Guid incarnation) => Path.Combine(folder, NameOf(incarnation));

    public static string SegmentPath(string home, ulong number) =>
        Path.Combine(home, number.ToString("x16", CultureInfo.InvariantCulture) + SegmentSuffix);

    /// <summary>A new folder with its lock; <paramref name="fill"/> is given a draft of it.</summary>
    public static FolderLock Make(string folder, Guid incarnation, Action<string> fill)
    {
        Directory.CreateDirectory(folder, OwnFolder);
        using var above = FolderLock.Wait(Path.Combine(folder, LockName));
        var home = Of(folder, incarnation);
        if (Directory.Exists(home))
            throw new IOException($"The journal {home} is there already.");
        var draft = home + Unfinished;
        Clear(draft);
        Directory.CreateDirectory(draft, OwnFolder);
        var held = FolderLock.Wait(Path.Combine(draft, LockName));
        try
        {
            fill(draft);
            Directory.Move(draft, home);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Locks every journal that nobody holds. One whose lock file is missing stays: nobody can tell whether its process lives.</summary>
    public static List<(Guid Incarnation, FolderLock Held)> TakeAbandoned(string folder)
    {
        var taken = new List<(Guid Incarnation, FolderLock Held)>();
        if (!Directory.Exists(folder))
            return taken;
        using var above = FolderLock.Wait(Path.Combine(folder, LockName));
        try
        {
            foreach (var path in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
            {
                var name = Path.GetFileName(path);
                if (Path.GetExtension(name) is Unfinished or Leaving && IsIncarnation(Path.GetFileNameWithoutExtension(name), out _))
                    Clear(path);
                else if (IsIncarnation(name, out var incarnation) && File.Exists(Path.Combine(path, LockName))
                    && FolderLock.TryTake(Path.Combine(path, LockName)) is { } held)
                    taken.Add((incarnation, held));
            }
            return taken;
        }
        catch
        {
            taken.ForEach(one => one.Held.Dispose());
            throw;
        }
    }

    /// <summary>By the one who holds its lock.</summary>
    public static void Remove(string folder, Guid incarnation)
    {
        using var above = FolderLock.Wait(Path.Combine(folder, LockName));
        var home = Of(folder, incarnation);
        Clear(home + Leaving);
        Directory.Move(home, home + Leaving);
        Clear(home + Leaving);
    }

    /// <summary>The segments that are there, from the oldest on. What has another name was never part of the journal.</summary>
    public static IEnumerable<(ulong Number, string Path)> Segments(string home)
    {
        foreach (var path in Directory.GetFiles(home, "*" + SegmentSuffix).Order(StringComparer.Ordinal))
            if (ulong.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
                && path == SegmentPath(home, number))
                yield return (number, path);
    }

    private static bool IsIncarnation(string name, out Guid incarnation) =>
        Guid.TryParseExact(name, "D", out incarnation) && name == NameOf(incarnation);

    private static string NameOf(Guid incarnation) => incarnation.ToString("D", CultureInfo.InvariantCulture);

    private static void Clear(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}
