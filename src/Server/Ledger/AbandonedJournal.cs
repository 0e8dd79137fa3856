namespace KeyPass.Server.Ledger;

/// <summary>
/// What a process that is gone had noted. Its lock is held while this lives, so that no second reader has it too; it stays where it is until
/// it is deleted.
/// </summary>
internal sealed class AbandonedJournal : IDisposable
{
    /// <summary>No segment of ours is longer; what a stranger put there is not read to its end.</summary>
    private const int MostSegmentBytes = 64 * 1024 * 1024;

    private readonly string _folder;
    private readonly FolderLock _held;

    private AbandonedJournal(string folder, JournalScan scan, FolderLock held)
    {
        _folder = folder;
        _held = held;
        Incarnations = scan.Incarnations;
        WhyNot = scan.WhyNot;
        Records = scan.Records;
    }

    /// <summary>The names under which the process took leases; the first is the journal's own.</summary>
    public IReadOnlyList<Guid> Incarnations { get; }

    /// <summary>Nothing that the process had noted is missing: what <see cref="Records"/> do not say was not spent.</summary>
    public bool IsWhole => WhyNot is null;

    public string? WhyNot { get; }

    /// <summary>
    /// The newest record of each id in the order in which they were written, also where others are missing. Among them are receipts that
    /// are in the ledger already: it takes each id once.
    /// </summary>
    public IReadOnlyList<byte[]> Records { get; }

    /// <summary>Every journal whose process is gone. Living ones, of whatever process, are not even opened.</summary>
    public static IReadOnlyList<AbandonedJournal> TakeAll(string folder, string bootId)
    {
        var taken = JournalFolder.TakeAbandoned(folder);
        try
        {
            return taken.ConvertAll(one => new AbandonedJournal(folder, Scan(folder, one.Incarnation, bootId), one.Held));
        }
        catch
        {
            taken.ForEach(one => one.Held.Dispose());
            throw;
        }
    }

    /// <summary>When all of it is in the ledger.</summary>
    public void Delete()
    {
        JournalFolder.Remove(_folder, Incarnations[0]);
        _held.Dispose();
    }

    public void Dispose() => _held.Dispose();

    private static JournalScan Scan(string folder, Guid incarnation, string bootId)
    {
        var scan = new JournalScan(incarnation, bootId);
        foreach (var (number, path) in JournalFolder.Segments(JournalFolder.Of(folder, incarnation)))
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            var bytes = new byte[Math.Min(length, MostSegmentBytes)];
            var read = 0;
            while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), read) is > 0 and var more)
                read += more;
            scan.Add(number, bytes.AsSpan(0, read), length);
        }
        scan.End();
        return scan;
    }
}
