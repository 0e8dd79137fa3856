using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Gateway;

/// <summary>
/// Reads along while an answer passes. Not a byte of it changes; the one event that only came because we asked for it is withheld, if told so.
/// An answer it cannot read passes all the same and has no reading. Memory is bounded whatever comes.
/// </summary>
internal sealed class AnswerMeter : IDisposable
{
    /// <summary>Far above an event that only tells the usage: a longer one is none and need not wait for its end.</summary>
    private const int HeldBytes = 16 * 1024;

    private readonly UsageReader _reader;
    private readonly bool _withholds;
    private readonly SseSplitter? _events;
    private readonly JsonGather? _body;
    private readonly BoundedBytes _held = new(HeldBytes);
    private readonly BoundedBytes _joined = new(Array.MaxLength);

    private Form _form;
    private JsonSieve? _list;
    private bool _isTooLongToHold;
    private bool _awaitsLineFeed;
    private bool _dropsLineFeed;

    /// <param name="reader">For the provider and operation of the call.</param>
    /// <param name="mediaType">Of the answer, without parameters; null where it says none.</param>
    /// <param name="withholdsUsage">Whether we asked for the usage in the client's place, see <see cref="CallBody.AskForUsage"/>.</param>
    public AnswerMeter(UsageReader reader, string? mediaType, bool withholdsUsage)
    {
        _reader = reader;
        _form = FormOf(mediaType);
        if (_form == Form.Events)
            _events = new SseSplitter(reader.OfEvent);
        else if (_form == Form.Json)
            _body = new JsonGather(reader.OfBody);
        _withholds = withholdsUsage && _form == Form.Events;
    }

    private enum Form
    {
        Events,
        /// <summary>JSON whose first character has not come yet.</summary>
        Json,
        Object,
        /// <summary>Gemini's stream without events: one JSON array, piece by piece.</summary>
        List,
        Other,
    }

    public Reading Reading => _reader.Reading;

    /// <summary>The answer carried an error, whatever its status.</summary>
    public bool HasError => _reader.HasError;

    /// <summary>The provider's numbers were negative or beyond belief: somebody should look at it.</summary>
    public bool HasClamped => _reader.HasClamped;

    /// <summary>Takes what was read and gives what may go on now: the very same memory where nothing is held back. It stands until the next call.</summary>
    public ReadOnlyMemory<byte> Pass(ReadOnlyMemory<byte> read)
    {
        if (_withholds)
            return PassWithout(read);
        switch (_form)
        {
            case Form.Events:
                var rest = read.Span;
                while (_events!.Next(rest, out var used))
                {
                    _reader.ReadEvent(_events.Data);
                    rest = rest[used..];
                }
                break;
            case Form.Json or Form.Object or Form.List:
                ReadJson(read.Span);
                break;
        }
        return read;
    }

    /// <summary>The provider ended its answer: gives what was still held. Not to be called for an answer that broke off.</summary>
    public ReadOnlyMemory<byte> End()
    {
        var last = ReadOnlyMemory<byte>.Empty;
        if (_events is not null)
        {
            var isEvent = _events.End();
            if (isEvent)
                _reader.ReadEvent(_events.Data);
            if (!isEvent || !_reader.IsUsageOnly)
                last = _held.Memory;
        }
        else if (_form == Form.Object)
        {
            _reader.ReadBody(_body!.Text);
        }
        _reader.End();
        return last;
    }

    public void Dispose()
    {
        _events?.Dispose();
        _body?.Dispose();
        _list?.Dispose();
        _held.Dispose();
        _joined.Dispose();
    }

    private static Form FormOf(string? mediaType)
    {
        if (mediaType is null || mediaType.EndsWith("json", StringComparison.OrdinalIgnoreCase))
            return Form.Json;
        return mediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase) ? Form.Events : Form.Other;
    }

    private void ReadJson(ReadOnlySpan<byte> bytes)
    {
        if (_form == Form.Json)
        {
            bytes = bytes.TrimStart(" \t\r\n"u8);
            if (bytes.IsEmpty)
                return;
            _form = bytes[0] switch
            {
                (byte)'{' => Form.Object,
                (byte)'[' => Form.List,
                _ => Form.Other,
            };
        }
        if (_form == Form.Object)
        {
            _body!.Append(bytes);
            return;
        }
        if (_form != Form.List)
            return;
        _list ??= new JsonSieve(_reader.OfEvent);
        while (_list.Next(bytes, out var used))
        {
            _reader.ReadEvent(_list.Kept);
            bytes = bytes[used..];
        }
    }

    /// <summary>
    /// An event goes on when it has ended and is not the one to withhold. Whole events in one read are the rule: those are given on as they
    /// lie, from <c>first</c> to <c>next</c>, and only what a cut or a withheld event parts is copied together.
    /// </summary>
    private ReadOnlyMemory<byte> PassWithout(ReadOnlyMemory<byte> read)
    {
        _joined.Clear();
        var (first, next) = LineFeed(read.Span);
        while (_events!.Next(read.Span[next..], out var used))
        {
            _reader.ReadEvent(_events.Data);
            if (_reader.IsUsageOnly && !_isTooLongToHold)
            {
                _joined.Append(read.Span[first..next]);
                first = next + used;
            }
            else
            {
                _joined.Append(_held.Span);
            }
            _held.Clear();
            _isTooLongToHold = false;
            next += used;
            _dropsLineFeed = first == next;
            _awaitsLineFeed = _events.IsAfterReturn && next == read.Length;
        }
        var begun = read.Span[next..];
        if (_isTooLongToHold || !_held.Append(begun))
        {
            _joined.Append(_held.Span);
            _held.Clear();
            _isTooLongToHold = true;
            next = read.Length;
        }
        if (_joined.Count == 0)
            return read[first..next];
        _joined.Append(read.Span[first..next]);
        return _joined.Memory;
    }

    /// <summary>An event ended in CR, and its LF comes with this read: it goes where the event went, not with the event after it.</summary>
    private (int First, int Next) LineFeed(ReadOnlySpan<byte> read)
    {
        if (!_awaitsLineFeed || read.IsEmpty)
            return (0, 0);
        _awaitsLineFeed = false;
        if (read[0] != '\n')
            return (0, 0);
        _events!.Next(read[..1], out _);
        return (_dropsLineFeed ? 1 : 0, 1);
    }
}
