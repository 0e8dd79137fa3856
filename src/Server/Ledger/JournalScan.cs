namespace KeyPass.Server.Ledger;

/// <summary>
/// Reads the segments of one journal, oldest first, whatever is in them. It looks for a reason why a completed write may be missing; with or
/// without one, it takes every record that is right.
/// </summary>
internal sealed class JournalScan(Guid incarnation, string bootId)
{
    private readonly uint _seed = JournalRecord.SeedOf(incarnation);
    private readonly Dictionary<Guid, int> _places = [];
    private readonly List<byte[]?> _records = [];
    private readonly List<Guid> _incarnations = [incarnation];
    private ulong? _from;
    private ulong _number;
    private ulong _oldest;
    private ulong _sequence;
    private RecordKind _mark;

    /// <summary>The first reason found; null while the journal is whole.</summary>
    public string? WhyNot { get; private set; }

    public IReadOnlyList<Guid> Incarnations => _incarnations;

    /// <summary>The newest of each id, in the order in which they were written.</summary>
    public IReadOnlyList<byte[]> Records => [.. _records.OfType<byte[]>()];

    /// <param name="fileBytes">How long the file is, if <paramref name="bytes"/> are only the first of it.</param>
    public void Add(ulong number, ReadOnlySpan<byte> bytes, long fileBytes)
    {
        var header = SegmentHeader.Read(bytes, _seed);
        var follows = _from is not null && number == _number + 1;
        var hadEnded = _mark == RecordKind.End;
        if (header is { } right)
            CheckHeader(right, number, fileBytes, follows);
        else
            Miss($"segment {number} has no right header");
        if (!follows)
            (_from, _sequence) = (number, header?.FirstSequence ?? 0);
        (_number, _oldest) = (number, header?.Oldest ?? 0);

        var count = ReadRecords(bytes, header?.FirstSequence);
        // Killed on the way from one segment to the next: the older one does not know of the newer, which is empty.
        if (follows && hadEnded && count > 0)
            Miss($"segment {number} goes on where the one before it had ended");
    }

    public void End()
    {
        if (_from is null)
            Miss("no segment is there");
        else if (_from > _oldest)
            Miss($"segments between {_oldest} and {_from} are missing");
        if (_mark == RecordKind.Continued)
            Miss($"segments after {_number} are missing");
    }

    private void CheckHeader(SegmentHeader header, ulong number, long fileBytes, bool follows)
    {
        if (!BootId.AreSame(header.BootId, bootId))
            Miss("the machine was started again since");
        if (header.Incarnation != incarnation || header.Number != number)
            Miss($"segment {number} is another's");
        if (header.Size != fileBytes)
            Miss($"segment {number} was cut");
        if (follows && header.FirstSequence != _sequence)
            Miss($"records before segment {number} are missing");
    }

    private int ReadRecords(ReadOnlySpan<byte> bytes, ulong? first)
    {
        var (at, count, damagedAt, wasCutOff) = (SegmentHeader.Bytes, 0, 0, false);
        var contentEnd = bytes.LastIndexOfAnyExcept((byte)0) + 1;
        _mark = default;
        while (at < contentEnd)
        {
            if (!JournalRecord.TryRead(bytes[at..], _seed, out var record) || !IsPlausible(record, first, bytes.Length))
            {
                // Behind the mark of the end lies at most what somebody was killed over, who has told nobody that it is written.
                if (_mark != RecordKind.End)
                    damagedAt = at;
                at++;
                continue;
            }
            if (_mark == RecordKind.End && record.Kind == RecordKind.End && record.Sequence == _sequence + 1 && !wasCutOff)
            {
                (wasCutOff, at) = (true, at + JournalRecord.HeadBytes);
                continue;
            }
            if (_mark != default || record.Sequence != _sequence)
                Miss($"records are missing in segment {_number} before {at}");
            _mark = record.IsMark ? record.Kind : default;
            if (!record.IsMark)
            {
                Take(record);
                _sequence = record.Sequence + 1;
                count++;
            }
            at += JournalRecord.SizeOf(record.Bytes.Length);
        }
        if (damagedAt > 0)
            Miss($"segment {_number} is damaged up to {damagedAt}");
        if (_mark == default)
            Miss($"the end of segment {_number} is missing");
        return count;
    }

    /// <summary>A segment holds only so many records: what counts further is none of them, by however lucky a check.</summary>
    private static bool IsPlausible(JournalRecord record, ulong? first, int size) =>
        first is null || record.Sequence - first <= (ulong)(size / JournalRecord.HeadBytes);

    private void Take(JournalRecord record)
    {
        if (record.Kind == RecordKind.Incarnation)
        {
            if (!_incarnations.Contains(record.Id))
                _incarnations.Add(record.Id);
            return;
        }
        if (_places.TryGetValue(record.Id, out var former))
            _records[former] = null;
        _places[record.Id] = _records.Count;
        _records.Add(record.Bytes.ToArray());
    }

    private void Miss(string reason) => WhyNot ??= reason;
}
