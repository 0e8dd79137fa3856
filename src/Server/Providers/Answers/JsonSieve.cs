using System.Buffers;

namespace KeyPass.Server.Providers;

/// <summary>
/// Reads JSON of any size in pieces of any cut and keeps a small JSON of the wanted members only: a picture of ten megabytes beside its
/// usage costs no memory. It checks no more than it needs; what it keeps is read by a strict reader.
/// </summary>
internal sealed class JsonSieve(Wanted wanted) : IDisposable
{
    /// <summary>Of one wanted member; a longer one is left out.</summary>
    private const int MemberBytes = 64 * 1024;
    private const int KeptBytes = 4 * MemberBytes;

    /// <summary>Names of providers' members are a third of this.</summary>
    private const int NameBytes = 96;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]} \t\r\n"u8);
    private static readonly SearchValues<byte> StringStop = SearchValues.Create("\"\\"u8);

    private readonly BoundedBytes _kept = new(KeptBytes);
    private readonly byte[] _name = new byte[NameBytes];
    private readonly Stack<Frame> _open = new();

    private Step _step = Step.Root;
    private bool _isListAtRoot;
    private int _nameLength;
    private bool _isEscaped;

    // Of the value that is being passed over or copied.
    private Wanted? _member;
    private int _mark;
    private int _nested;
    private bool _inString;
    private bool _isCopied;

    private enum Step
    {
        Root,
        Member,
        Name,
        Colon,
        Value,
        Inside,
        Scalar,
        Over,
    }

    /// <summary>What was wanted of the text that just ended.</summary>
    public ReadOnlySpan<byte> Kept => _kept.Span;

    /// <summary>From the beginning, for another text.</summary>
    public void Restart()
    {
        _kept.Clear();
        _open.Clear();
        _step = Step.Root;
        _isListAtRoot = false;
    }

    /// <summary>Reads on. True: the text, or one element of a list of texts, came to its end after <paramref name="used"/> bytes.</summary>
    public bool Next(ReadOnlySpan<byte> bytes, out int used)
    {
        used = 0;
        while (used < bytes.Length)
        {
            var rest = bytes[used..];
            switch (_step)
            {
                case Step.Over:
                    used = bytes.Length;
                    return false;
                case Step.Name:
                    used += Name(rest);
                    break;
                case Step.Inside:
                    used += Inside(rest);
                    break;
                case Step.Scalar:
                    used += Scalar(rest);
                    break;
                default:
                    used++;
                    if (rest[0] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') && Structural(rest[0]))
                        return true;
                    break;
            }
        }
        return false;
    }

    public void Dispose() => _kept.Dispose();

    /// <summary>True where the byte ends the whole.</summary>
    private bool Structural(byte one)
    {
        switch (_step, one)
        {
            case (Step.Root, (byte)'[') when !_isListAtRoot:
                _isListAtRoot = true;
                return false;
            case (Step.Root, (byte)','):
                return false;
            case (Step.Root, (byte)'{'):
                _kept.Clear();
                Open(wanted, "{"u8, isList: false);
                return false;
            case (Step.Member, (byte)'"') when !_open.Peek().IsList:
                (_nameLength, _isEscaped, _step) = (0, false, Step.Name);
                return false;
            case (Step.Member, (byte)','):
                return false;
            case (Step.Member, (byte)'}' or (byte)']'):
                return Close(one);
            case (Step.Member, _) when _open.Peek().IsList:
                Begin(one, one == (byte)'{' ? _open.Peek().Node : null);
                return false;
            case (Step.Colon, (byte)':'):
                _step = Step.Value;
                return false;
            case (Step.Value, _):
                Begin(one, _member);
                return false;
            default:
                GiveUp();
                return false;
        }
    }

    private int Name(ReadOnlySpan<byte> rest)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
            return 1;
        }
        var stop = rest.IndexOfAny(StringStop);
        var part = stop < 0 ? rest : rest[..stop];
        // One that does not fit, or is escaped, is none that we look for.
        if (_nameLength + part.Length <= NameBytes)
            part.CopyTo(_name.AsSpan(_nameLength));
        _nameLength += part.Length;
        if (stop < 0)
            return rest.Length;
        if (rest[stop] == '\\')
        {
            _isEscaped = true;
            _nameLength += NameBytes;
        }
        else
        {
            _member = _nameLength <= NameBytes ? _open.Peek().Node.Find(_name.AsSpan(0, _nameLength)) : null;
            _step = Step.Colon;
        }
        // A name as long as the answer is no reason to overflow.
        _nameLength = Math.Min(_nameLength, 2 * NameBytes);
        return stop + 1;
    }

    private void Begin(byte one, Wanted? member)
    {
        var isElement = _open.Peek().IsList;
        (_mark, _isCopied, _inString, _isEscaped, _nested) = (_kept.Count, false, one == '"', false, one is (byte)'{' or (byte)'[' ? 1 : 0);
        if (member is not null && one == '{' && (isElement || member is { HasMembers: true, IsList: false }))
        {
            if (isElement)
                Put(_open.Peek().IsEmpty ? ""u8 : ","u8);
            else
                PutName(member);
            Open(member, "{"u8, isList: false);
            return;
        }
        if (member is { IsList: true } && one == '[' && !isElement)
        {
            PutName(member);
            Open(member, "["u8, isList: true);
            return;
        }
        if (member is not null && !isElement)
        {
            _isCopied = true;
            PutName(member);
            Put([one]);
        }
        _step = _nested > 0 || _inString ? Step.Inside : Step.Scalar;
    }

    /// <summary>Passes over a value, or copies it, to its end.</summary>
    private int Inside(ReadOnlySpan<byte> rest)
    {
        var at = 0;
        while (at < rest.Length && (_inString || _nested > 0))
        {
            if (_isEscaped)
            {
                _isEscaped = false;
                at++;
                continue;
            }
            var stop = rest[at..].IndexOfAny(_inString ? StringStop : Structure);
            if (stop < 0)
            {
                at = rest.Length;
                break;
            }
            at += stop + 1;
            switch (rest[at - 1])
            {
                case (byte)'\\':
                    _isEscaped = true;
                    break;
                case (byte)'"':
                    _inString = !_inString;
                    break;
                case (byte)'{' or (byte)'[':
                    _nested++;
                    break;
                default:
                    _nested--;
                    break;
            }
        }
        Copy(rest[..at]);
        if (!_inString && _nested == 0)
            EndValue();
        return at;
    }

    private int Scalar(ReadOnlySpan<byte> rest)
    {
        var stop = rest.IndexOfAny(ScalarEnd);
        Copy(stop < 0 ? rest : rest[..stop]);
        if (stop < 0)
            return rest.Length;
        EndValue();
        return stop;
    }

    private void EndValue()
    {
        if (_isCopied)
            Filled();
        _step = Step.Member;
    }

    private void Copy(ReadOnlySpan<byte> part)
    {
        if (!_isCopied || (_kept.Count - _mark + part.Length <= MemberBytes && _kept.Append(part)))
            return;
        _isCopied = false;
        _kept.CutTo(_mark);
    }

    private void Open(Wanted node, ReadOnlySpan<byte> bracket, bool isList)
    {
        Put(bracket);
        if (_open.Count > 0)
            Filled();
        _open.Push(new Frame(node, isList));
        if (_step != Step.Over)
            _step = Step.Member;
    }

    private bool Close(byte bracket)
    {
        Put([bracket]);
        _open.Pop();
        if (_step == Step.Over || _open.Count > 0)
            return false;
        _step = _isListAtRoot ? Step.Root : Step.Over;
        return true;
    }

    private void PutName(Wanted member)
    {
        Put(_open.Peek().IsEmpty ? "\""u8 : ",\""u8);
        Put(member.Name);
        Put("\":"u8);
    }

    private void Put(ReadOnlySpan<byte> part)
    {
        if (_step != Step.Over && !_kept.Append(part))
            GiveUp();
    }

    private void Filled()
    {
        if (_open.TryPop(out var frame))
            _open.Push(frame with { IsEmpty = false });
    }

    private void GiveUp()
    {
        _kept.Clear();
        _step = Step.Over;
    }

    private readonly record struct Frame(Wanted Node, bool IsList)
    {
        public bool IsEmpty { get; init; } = true;
    }
}
