using System.IO.MemoryMappedFiles;

namespace KeyPass.Server.Ledger;

/// <summary>
/// The segment that is being written: the file itself, mapped into this process's memory, so that a record costs no call of the kernel and is there
/// all the same when the process is killed. A record's first bytes are written last, over the mark of the end, and behind them the new mark is
/// there by then: whoever is killed on the way leaves the former end. Every byte of the file was written once before it got its name, so a disk
/// that fills up afterwards takes nothing away.
/// </summary>
internal sealed unsafe class SegmentWriter : IDisposable
{
    private const int ZeroBytes = 64 * 1024;

    private static readonly byte[] Zeros = new byte[ZeroBytes];

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly uint _seed;
    private readonly SegmentHeader _header;
    private int _end = SegmentHeader.Bytes;
    private bool _isDisposed;

    private SegmentWriter(FileStream file, SegmentHeader header, uint seed)
    {
        _header = header;
        _seed = seed;
        _file = MemoryMappedFile.CreateFromFile(
            file, mapName: null, header.Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, header.Size);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>The most bytes of a record in a segment of that size.</summary>
    public static int RoomIn(int size) => size - SegmentHeader.Bytes - RoomFor(0);

    /// <summary>A file of its full size from the first moment that it has its name.</summary>
    /// <exception cref="JournalUnwritable">the disk has no room for it</exception>
    public static SegmentWriter Create(string path, SegmentHeader header)
    {
        var draft = path + ".new";
        FileStream? file = null;
        SegmentWriter? writer = null;
        try
        {
            file = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                UnixCreateMode = JournalFolder.OwnFile,
            });
            // A promise of room is not enough: where a file system gives none, memory that cannot be written ends the process.
            for (var left = header.Size; left > 0; left -= ZeroBytes)
                file.Write(Zeros.AsSpan(0, (int)Math.Min(left, ZeroBytes)));
            writer = new SegmentWriter(file, header, JournalRecord.SeedOf(header.Incarnation));
            writer.Mark(RecordKind.End, header.FirstSequence);
            writer.Put(header);
            File.Move(draft, path, overwrite: true);
            return writer;
        }
        catch (Exception failure) when (JournalUnwritable.Because(failure))
        {
            writer?.Dispose();
            file?.Dispose();
            TryDelete(draft);
            throw new JournalUnwritable(failure);
        }
    }

    public bool HasRoomFor(int bytes) => _end + RoomFor(bytes) <= _header.Size;

    public void Append(RecordKind kind, ulong sequence, Guid id, ReadOnlySpan<byte> bytes)
    {
        Span<byte> head = stackalloc byte[JournalRecord.HeadBytes];
        JournalRecord.WriteHead(head, _seed, kind, sequence, id, bytes);
        var place = From(_end);
        bytes.CopyTo(place[JournalRecord.HeadBytes..]);
        _end += JournalRecord.SizeOf(bytes.Length);
        Mark(RecordKind.End, sequence + 1);
        Volatile.WriteBarrier();
        head.CopyTo(place);
    }

    /// <summary>Written before the first record of the next segment, so that nobody takes this one for the newest if that one is missing.</summary>
    public void Continue(ulong sequence) => Mark(RecordKind.Continued, sequence);

    /// <summary>Notes that the segments before that one go.</summary>
    public void KeepFrom(ulong oldest) => Put(_header with { Oldest = oldest });

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

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        // Before the view, which would wait for the disk otherwise.
        _view.SafeMemoryMappedViewHandle.Dispose();
        _view.Dispose();
        _file.Dispose();
    }

    private static int RoomFor(int bytes) => JournalRecord.SizeOf(bytes) + JournalRecord.HeadBytes;

    private void Mark(RecordKind kind, ulong sequence)
    {
        Span<byte> mark = stackalloc byte[JournalRecord.HeadBytes];
        JournalRecord.WriteHead(mark, _seed, kind, sequence, Guid.Empty, []);
        mark.CopyTo(From(_end));
    }

    private void Put(SegmentHeader header)
    {
        Span<byte> whole = stackalloc byte[SegmentHeader.Bytes];
        header.Write(whole, _seed);
        whole.CopyTo(From(0));
    }

    private Span<byte> From(int at)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new Span<byte>(_start + at, (int)_header.Size - at);
    }
}
