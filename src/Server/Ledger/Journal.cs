namespace KeyPass.Server.Ledger;

/// <summary>
/// What this process must not forget if it is killed: of each call, the receipt as it would stand if nothing more came. Nothing is flushed: what
/// is written into a mapped file outlives the process, and a machine that goes down is told by its boot id. Records lie in
/// segments of one size, which go from the oldest on as nothing needs them any more.
/// </summary>
internal sealed class Journal : IDisposable
{
    /// <summary>A receipt has some 700 bytes; this leaves room for one with every tag and every line of its cost.</summary>
    public const int MostRecordBytes = 256 * 1024;

    /// <summary>Some seven hundred calls. Each is filled with zeros when it is made, for part of a millisecond, and other calls wait.</summary>
    private const int SegmentBytes = 1024 * 1024;

    /// <summary>Calls end, and most segments go by themselves: fewer than these are not worth writing anything again.</summary>
    private const int FewSegments = 4;

    /// <summary>A file takes part of a millisecond to delete, and other calls wait; the next one that ends deletes more.</summary>
    private const int MostDeletedAtOnce = 4;

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly SegmentHeader _first;
    private readonly FolderLock _held;
    private readonly int _mostBytes;
    private readonly Queue<JournalSegment> _segments = new();
    private JournalSegment _current;
    private SegmentWriter _writer;
    private ulong _sequence;
    private long _openBytes;
    private int _calls;
    private bool _isOver;
    private bool _isCarrying;

    private Journal(string folder, Guid incarnation, string bootId, int segmentBytes)
    {
        _folder = folder;
        _first = new SegmentHeader(incarnation, bootId, Number: 0, Oldest: 0, FirstSequence: 0, segmentBytes);
        _mostBytes = Math.Min(MostRecordBytes, SegmentWriter.RoomIn(segmentBytes));
        SegmentWriter? writer = null;
        _held = JournalFolder.Make(folder, incarnation, draft => writer = SegmentWriter.Create(JournalFolder.SegmentPath(draft, 0), _first));
        _writer = writer!;
        _current = new JournalSegment(0, JournalFolder.SegmentPath(Home, 0));
        _segments.Enqueue(_current);
    }

    /// <summary>
    /// True when every call that was put is done, and then no other is put: what this process had leased may be given back. False while one runs.
    /// </summary>
    public bool TryEnd()
    {
        lock (_gate)
            return _isOver = _calls == 0;
    }

    private string Home => JournalFolder.Of(_folder, _first.Incarnation);

    /// <summary>A folder of its own for this process, held until it ends.</summary>
    public static Journal Open(string folder, Guid incarnation, string bootId, int segmentBytes = SegmentBytes) =>
        new(folder, incarnation, bootId, segmentBytes);

    /// <summary>When this returns, the record outlives this process. When it throws, nothing is noted, and the call must not be made.</summary>
    /// <exception cref="JournalUnwritable">the disk is full, or broken</exception>
    public JournalEntry Put(Guid id, ReadOnlySpan<byte> record)
    {
        Fits(record);
        var entry = new JournalEntry(RecordKind.Receipt, id, record.ToArray());
        lock (_gate)
        {
            if (_isOver)
                throw new JournalUnwritable(new InvalidOperationException("this server has stopped, and gives its leases back"));
            Begin(entry);
            _calls++;
        }
        return entry;
    }

    /// <summary>
    /// From here on the new record counts. False where the disk did not take it: then the former still stands, which says the call's bound, never
    /// less than its cost. The caller goes on as if nothing were: the receipt waits for the ledger in memory as always, and only if this process
    /// dies before it is there, the call is charged at its bound and labelled interrupted. It may also try again.
    /// </summary>
    public bool Replace(JournalEntry entry, ReadOnlySpan<byte> record)
    {
        Fits(record);
        lock (_gate)
        {
            if (entry.Segment is null)
                throw new InvalidOperationException("This call is done: its receipt is in the ledger and changes no more.");
            try
            {
                Append(entry.Kind, entry.Id, record);
            }
            catch (JournalUnwritable)
            {
                return false;
            }
            Forget(entry);
            _current.Hold(entry);
            Trim();
            return true;
        }
    }

    /// <summary>The call's receipt is in the ledger, or there is nothing to tell of it: its records may go.</summary>
    public void Done(JournalEntry entry)
    {
        lock (_gate)
        {
            if (entry.Segment is null)
                return;
            Forget(entry);
            _calls--;
            Trim();
        }
    }

    /// <summary>From here on this process takes leases under another name, and whoever finds the journal must know all of them.</summary>
    /// <exception cref="JournalUnwritable">the disk is full, or broken; no lease may be taken under that name</exception>
    public void Adopt(Guid incarnation)
    {
        lock (_gate)
            Begin(new JournalEntry(RecordKind.Incarnation, incarnation, []));
    }

    /// <summary>The clean end: nothing is left to tell.</summary>
    public void Delete()
    {
        lock (_gate)
        {
            if (_calls > 0)
                throw new InvalidOperationException($"{_calls} calls in the journal are not done.");
            _writer.Dispose();
            JournalFolder.Remove(_folder, _first.Incarnation);
            _held.Dispose();
        }
    }

    /// <summary>Leaves the journal to the next start, as if this process were killed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _writer.Dispose();
            _held.Dispose();
        }
    }

    private void Fits(ReadOnlySpan<byte> record)
    {
        if (record.Length > _mostBytes)
            throw new ArgumentException($"A record of {record.Length} bytes is too large for the journal: at most {_mostBytes}.", nameof(record));
    }

    private void Begin(JournalEntry entry)
    {
        Append(entry.Kind, entry.Id, entry.Bytes);
        _current.Hold(entry);
        _openBytes += JournalRecord.SizeOf(entry.Bytes!.Length);
    }

    /// <summary>Its records so far count no more.</summary>
    private void Forget(JournalEntry entry)
    {
        entry.Segment!.LetGo(entry);
        if (entry.Bytes is not null)
            _openBytes -= JournalRecord.SizeOf(entry.Bytes.Length);
        entry.Bytes = null;
    }

    private void Append(RecordKind kind, Guid id, ReadOnlySpan<byte> bytes)
    {
        if (!_writer.HasRoomFor(bytes.Length))
        {
            Roll();
            CarryForward();
            if (!_writer.HasRoomFor(bytes.Length))
                Roll();
        }
        _writer.Append(kind, _sequence, id, bytes);
        _sequence++;
    }

    private void Roll()
    {
        var number = _current.Number + 1;
        var path = JournalFolder.SegmentPath(Home, number);
        var next = SegmentWriter.Create(path, _first with { Number = number, Oldest = _segments.Peek().Number, FirstSequence = _sequence });
        _writer.Continue(_sequence);
        _writer.Dispose();
        _writer = next;
        _current = new JournalSegment(number, path);
        _segments.Enqueue(_current);
        Trim();
    }

    /// <summary>
    /// A call that runs for an hour keeps its segment, and with it all that came after. So when more than half of the journal is of no use, what
    /// the oldest segments still hold is written again at the end. Calls that ended and are not done, because the database is away, stay where
    /// they are: their bytes are not kept, and they go together when it is back.
    /// </summary>
    private void CarryForward()
    {
        if (_isCarrying)
            return;
        _isCarrying = true;
        try
        {
            var carried = 0L;
            while (_segments.Count > FewSegments + 2 * _openBytes / _first.Size && carried < _first.Size / 2
                && _segments.Peek() is { IsNeeded: true, IsCarriable: true } oldest)
                carried += Carry(oldest);
        }
        catch (JournalUnwritable)
        {
            // What was not carried keeps its segment, until the next one is full.
        }
        finally
        {
            _isCarrying = false;
        }
    }

    private long Carry(JournalSegment oldest)
    {
        var carried = 0L;
        while (oldest.FirstOpen is { } entry)
        {
            Append(entry.Kind, entry.Id, entry.Bytes);
            oldest.LetGo(entry);
            _current.Hold(entry);
            carried += JournalRecord.SizeOf(entry.Bytes!.Length);
        }
        Trim();
        return carried;
    }

    /// <summary>Deletes what nothing needs any more from the oldest on. First it is noted, so that a reader misses what is missing otherwise.</summary>
    private void Trim()
    {
        if (_segments.Peek().IsNeeded || _segments.Count == 1)
            return;
        var oldest = _segments.Peek().Number;
        var most = Math.Min(oldest + MostDeletedAtOnce, _current.Number);
        foreach (var segment in _segments)
        {
            oldest = segment.Number;
            if (segment.IsNeeded || oldest == most)
                break;
        }
        _writer.KeepFrom(oldest);
        while (_segments.Peek().Number < oldest)
            SegmentWriter.TryDelete(_segments.Dequeue().Path);
    }
}
