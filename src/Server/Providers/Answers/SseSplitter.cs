namespace KeyPass.Server.Providers;

/// <summary>
/// Server-sent events out of bytes cut anywhere: lines end in LF, CRLF or CR, in any mix; a blank line ends a block. A block is an event,
/// a line of comment before one, or nothing. Reading is linear in the bytes, whatever their cuts. https://html.spec.whatwg.org/#parsing-an-event-stream
/// </summary>
internal sealed class SseSplitter(Wanted wanted) : IDisposable
{
    private readonly JsonGather _data = new(wanted);

    private Step _step = Step.Start;
    private int _matched;
    private bool _hasField;
    private bool _hasData;
    private bool _isNew = true;

    private enum Step
    {
        Start,
        LineStart,
        Name,
        AfterColon,
        Value,
        Ignored,
    }

    /// <summary>What the block's <c>data:</c> lines said, without ends of lines; of a very large one only what is wanted.</summary>
    public ReadOnlySpan<byte> Data => _data.Text;

    /// <summary>The last byte was a CR: a LF that comes next belongs to it.</summary>
    public bool IsAfterReturn { get; private set; }

    /// <summary>Reads on. True: a block ended after <paramref name="used"/> bytes; what it said stands until the next call.</summary>
    public bool Next(ReadOnlySpan<byte> bytes, out int used)
    {
        if (_isNew)
            Begin();
        used = 0;
        while (used < bytes.Length)
        {
            if (IsAfterReturn && bytes[used] == '\n')
            {
                IsAfterReturn = false;
                used++;
                continue;
            }
            used += Take(bytes[used..], out var ended);
            if (!ended)
                continue;
            if (IsAfterReturn && used < bytes.Length && bytes[used] == '\n')
            {
                IsAfterReturn = false;
                used++;
            }
            return _isNew = true;
        }
        return false;
    }

    /// <summary>The stream is at its end. True where a block began that no blank line ended; its data stands.</summary>
    public bool End() => !_isNew && _hasData;

    public void Dispose() => _data.Dispose();

    private void Begin()
    {
        _data.Restart();
        _hasField = _hasData = _isNew = false;
    }

    private int Take(ReadOnlySpan<byte> rest, out bool ended)
    {
        ended = false;
        switch (_step)
        {
            case Step.Start:
                return ByteOrderMark(rest[0]);
            case Step.LineStart when rest[0] is (byte)'\r' or (byte)'\n':
                IsAfterReturn = rest[0] == '\r';
                ended = true;
                return 1;
            case Step.LineStart when rest[0] == ':':
                _step = Step.Ignored;
                IsAfterReturn = false;
                return 1;
            case Step.LineStart:
                (_step, _matched, _hasField, IsAfterReturn) = (Step.Name, 0, true, false);
                return 0;
            case Step.Name:
                return Name(rest[0], out ended);
            case Step.AfterColon:
                _step = Step.Value;
                return rest[0] == ' ' ? 1 : 0;
            default:
                return Line(rest, out ended);
        }
    }

    private int ByteOrderMark(byte one)
    {
        if (_matched < 3 && one == "\uFEFF"u8[_matched])
        {
            _matched++;
            return 1;
        }
        _step = Step.LineStart;
        return 0;
    }

    private int Name(byte one, out bool ended)
    {
        ended = false;
        if (one is (byte)'\r' or (byte)'\n')
        {
            // A line without a colon is a field without a value.
            if (_matched == 4)
                StartData();
            EndLine(one, out ended);
            return 1;
        }
        if (_matched == 4 && one == ':')
        {
            StartData();
            _step = Step.AfterColon;
            return 1;
        }
        if (_matched < 4 && one == "data"u8[_matched])
        {
            _matched++;
            return 1;
        }
        _step = Step.Ignored;
        return 0;
    }

    private int Line(ReadOnlySpan<byte> rest, out bool ended)
    {
        ended = false;
        var stop = rest.IndexOfAny((byte)'\r', (byte)'\n');
        if (_step == Step.Value)
            _data.Append(stop < 0 ? rest : rest[..stop]);
        if (stop < 0)
            return rest.Length;
        EndLine(rest[stop], out ended);
        return stop + 1;
    }

    private void StartData()
    {
        if (_hasData)
            _data.Append("\n"u8);
        _hasData = true;
    }

    /// <summary>A comment before any field is a block of its own: it keeps a connection alive and must not wait for the event after it.</summary>
    private void EndLine(byte end, out bool ended)
    {
        IsAfterReturn = end == '\r';
        _step = Step.LineStart;
        ended = !_hasField;
    }
}
