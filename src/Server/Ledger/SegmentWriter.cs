namespace KeyPass.Server.Ledger;

/// <summary>
/// The segment that is being written. Each record goes out in one write together with the mark of the end behind it, so that whatever is lost
/// from the tail takes the mark with it.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private const int MarkBytes = JournalRecord.HeadBytes;

    private readonly FileStream _file;
    private readonly byte[] _buffer;
    private readonly uint _seed;
    private readonly SegmentHeader _header;
    private long _end = SegmentHeader.Bytes;
    private long _soiledTo;

    private SegmentWriter(FileStream file, SegmentHeader header, uint seed, byte[] buffer)
    {
        _file = file;
        _header = header;
        _seed = seed;
        _buffer = buffer;
    }

    /// <summary>The least buffer for records of that many bytes.</summary>
    public static int BufferFor(int bytes) => JournalRecord.SizeOf(bytes) + MarkBytes;

    /// <summary>The most bytes of a record in a segment of that size.</summary>
    public static int RoomIn(int size) => size - SegmentHeader.Bytes - BufferFor(0);

    /// <summary>A file of its full size from the first moment that it has its name.</summary>
    public static SegmentWriter Create(string path, SegmentHeader header, byte[] buffer)
    {
        var draft = path + ".new";
        FileStream? file = null;
        try
        {
            file = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                PreallocationSize = header.Size,
                UnixCreateMode = JournalFolder.OwnFile,
            });
            RandomAccess.SetLength(file.SafeFileHandle, header.Size);
            var writer = new SegmentWriter(file, header, JournalRecord.SeedOf(header.Incarnation), buffer);
            writer.WriteHeader(header);
            writer.Mark(RecordKind.End, header.FirstSequence);
            File.Move(draft, path, overwrite: true);
            return writer;
        }
        catch (Exception failure) when (JournalUnwritable.Because(failure))
        {
            file?.Dispose();
            TryDelete(draft);
            throw failure as JournalUnwritable ?? new JournalUnwritable(failure);
        }
    }

    public bool HasRoomFor(int bytes) => _end + BufferFor(bytes) <= _header.Size;

    public void Append(RecordKind kind, ulong sequence, Guid id, ReadOnlySpan<byte> bytes)
    {
        if (_soiledTo > 0)
            Clean(sequence);
        var size = JournalRecord.Write(_buffer, _seed, kind, sequence, id, bytes);
        var whole = _buffer.AsSpan(0, size + JournalRecord.Write(_buffer.AsSpan(size), _seed, RecordKind.End, sequence + 1, Guid.Empty, []));
        _soiledTo = _end + whole.Length; // if it fails, some of it may be there
        Write(whole, _end);
        _soiledTo = 0;
        _end += size;
    }

    /// <summary>Written before the first record of the next segment, so that nobody takes this one for the newest if that one is missing.</summary>
    public void Continue(ulong sequence)
    {
        if (_soiledTo > 0)
            Clean(sequence);
        Mark(RecordKind.Continued, sequence);
    }

    /// <summary>Notes that the segments before that one go.</summary>
    public void KeepFrom(ulong oldest) => WriteHeader(_header with { Oldest = oldest });

    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It takes room, and nothing else: a reader knows that it is not needed.
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The end where it was, and zeros over what a failed write left behind it.</summary>
    private void Clean(ulong sequence)
    {
        var whole = _buffer.AsSpan(0, (int)(_soiledTo - _end));
        whole.Clear();
        JournalRecord.Write(whole, _seed, RecordKind.End, sequence, Guid.Empty, []);
        Write(whole, _end);
        _soiledTo = 0;
    }

    private void WriteHeader(SegmentHeader header)
    {
        var whole = _buffer.AsSpan(0, SegmentHeader.Bytes);
        header.Write(whole, _seed);
        Write(whole, 0);
    }

    private void Mark(RecordKind kind, ulong sequence)
    {
        var size = JournalRecord.Write(_buffer, _seed, kind, sequence, Guid.Empty, []);
        Write(_buffer.AsSpan(0, size), _end);
    }

    private void Write(ReadOnlySpan<byte> bytes, long at)
    {
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, bytes, at);
        }
        catch (Exception failure) when (JournalUnwritable.Because(failure))
        {
            throw new JournalUnwritable(failure);
        }
    }
}
