using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using KeyPass.Server.Providers.Bounds;

namespace KeyPass.Server.Providers;

/// <summary>The one pass over a body's JSON behind <see cref="CallBody"/>.</summary>
internal ref struct CallBodyScan
{
    /// <summary>No API of ours or a provider's nests deeper.</summary>
    private const int Depth = 64;

    /// <summary>The longest name of a model we know has 120: a path of Bedrock's.</summary>
    private const int ModelBytes = 256;

    private const int MostModels = 32;

    private readonly Operation _operation;
    private readonly bool _isText;
    private Utf8JsonReader _json;
    private OpenNames _names = new(Depth + 1);

    /// <summary>The member of the root that we are in, and the one whose value comes next.</summary>
    private CallMember _top;
    private CallMember _next;
    private bool _nextIsLife;
    private string _field = "";

    private string? _model;
    private bool _streams;
    private bool _asksForUsage;
    private StreamOptions _options;
    private long _characters;
    private bool _asksLongCache;
    private List<string>? _others;
    private StoredNames _stored = new();
    private CostSigns _signs;

    public CallBodyScan(ReadOnlySpan<byte> json, Operation operation)
    {
        _operation = operation;
        _isText = Utf8.IsValid(json);
        _signs = new CostSigns(operation);
        _json = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Depth });
    }

    public readonly CallBody Found() => new()
    {
        Model = _model,
        OtherModels = _others ?? [],
        Stream = _streams,
        AsksForUsage = _asksForUsage,
        StreamOptions = _options,
        Asked = new Asked(_characters, _asksLongCache),
        Stored = _stored.Found,
        Signs = _signs,
    };

    public readonly void Dispose() => _names.Dispose();

    public BodyProblem? Run()
    {
        if (!_isText)
            return new BodyProblem(null, "The body is not UTF-8.");
        try
        {
            if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
                return new BodyProblem(null, "The body must be one JSON object.");
            _options = new StreamOptions(StreamOptions.What.Nothing, (int)_json.TokenStartIndex + 1, 0);
            _signs.Begin((int)_json.TokenStartIndex + 1);
            _names.Open();
            while (_json.Read())
            {
                _stored.Look(in _json);
                _signs.Look(in _json, _top);
                if (Step() is { } problem)
                    return problem;
            }
            return null;
        }
        catch (JsonException wrong)
        {
            return new BodyProblem(null, $"The body is not JSON, or nests deeper than {Depth}: line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine}.");
        }
        catch (InvalidOperationException)
        {
            return new BodyProblem(null, "The body has a name with half a surrogate pair.");
        }
    }

    private BodyProblem? Step()
    {
        switch (_json.TokenType)
        {
            case JsonTokenType.PropertyName:
                return Name();
            case JsonTokenType.EndObject:
                return _names.Close() ? null : new BodyProblem(null, "An object of the body has a member twice.");
            case JsonTokenType.EndArray:
                return null;
            case JsonTokenType.StartObject:
                _names.Open();
                break;
        }
        var member = _next;
        _next = CallMember.Other;
        if (_nextIsLife)
        {
            _nextIsLife = false;
            _asksLongCache |= _json.TokenType == JsonTokenType.String && _json.ValueTextEquals("1h"u8);
        }
        if (member == CallMember.Other)
            return _top == CallMember.Models && _json is { TokenType: JsonTokenType.String, CurrentDepth: 2 } ? Other() : null;
        return Value(member);
    }

    private BodyProblem? Name()
    {
        if (!_json.ValueIsEscaped)
            return Name(_json.ValueSpan);
        // Escapes only shorten.
        var room = ArrayPool<byte>.Shared.Rent(_json.ValueSpan.Length);
        try
        {
            return Name(room.AsSpan(0, _json.CopyString(room)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    private BodyProblem? Name(ReadOnlySpan<byte> name)
    {
        var depth = _json.CurrentDepth;
        var isKnownPlace = depth == 1 || (depth == 2 && _top is CallMember.StreamOptions or CallMember.Generation or CallMember.Thinking);
        if (!(isKnownPlace ? AddPlain(name) : _names.Add(name)))
            return new BodyProblem(Shown(name), "The member is given twice in one object, be it in two spellings.");
        if (_names.IsFull)
            return new BodyProblem(null, $"The body has an object with more than {OpenNames.Most} members.");
        if (isKnownPlace)
            return depth == 1 ? TopName(name) : InnerName(name);
        if (depth <= 3 && _top is CallMember.Models or CallMember.HasModels or CallMember.Tools && name.SequenceEqual("model"u8))
            (_next, _field) = (CallMember.Models, "model");
        else
            _nextIsLife = name.SequenceEqual("ttl"u8);
        if (!_stored.IsCallersOwn(depth))
            _signs.Inside(name, depth, _top);
        return null;
    }

    private bool AddPlain(ReadOnlySpan<byte> name) => _names.Add(CallMembers.Plain(name, stackalloc byte[CallMembers.LongestName]));

    private BodyProblem? TopName(ReadOnlySpan<byte> name)
    {
        if (name.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E))
            return new BodyProblem(null, "A member at the top of the body has a name that is not ASCII.");
        if (!CallMembers.Find(name, CallMember.Other, out _top))
            return Misspelled(name);
        if (_top == CallMember.Elsewhere)
            return new BodyProblem(Shown(name), "A call may not name another address, account or key: the provider and its key are the credential's.");
        (_next, _field) = (_top, Shown(name) ?? "");
        _signs.AtTop(name, _top);
        return null;
    }

    private BodyProblem? InnerName(ReadOnlySpan<byte> name)
    {
        if (!CallMembers.Find(name, _top, out _next))
            return Misspelled(name);
        _field = Shown(name) ?? "";
        if (_top == CallMember.StreamOptions && _options.Found == StreamOptions.What.Empty)
            _options = _options with { Found = StreamOptions.What.Filled };
        if (_top == CallMember.Generation)
            _signs.InGeneration();
        return null;
    }

    private BodyProblem? Value(CallMember member)
    {
        var kind = _json.TokenType;
        _signs.Take(member, in _json);
        switch (member)
        {
            case CallMember.Model:
                return ReadModel(out _model);
            case CallMember.Models when kind == JsonTokenType.String:
                return Other();
            case CallMember.Stream when kind is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null:
                _streams = kind == JsonTokenType.True;
                return null;
            case CallMember.Stream:
                return new BodyProblem(_field, "stream is true or false.");
            case CallMember.StreamOptions when kind == JsonTokenType.Null:
                _options = new StreamOptions(StreamOptions.What.Null, (int)_json.TokenStartIndex, 4);
                return null;
            case CallMember.StreamOptions when kind == JsonTokenType.StartObject:
                _options = new StreamOptions(StreamOptions.What.Empty, (int)_json.TokenStartIndex + 1, 0);
                return null;
            case CallMember.StreamOptions:
                return new BodyProblem(_field, "stream_options is an object.");
            case CallMember.IncludeUsage when kind == JsonTokenType.True:
                _asksForUsage = true;
                return null;
            case CallMember.IncludeUsage when kind is JsonTokenType.False or JsonTokenType.Null:
                _options = new StreamOptions(StreamOptions.What.Flag, (int)_json.TokenStartIndex, _json.ValueSpan.Length);
                return null;
            case CallMember.IncludeUsage:
                return new BodyProblem(_field, "include_usage is true or false.");
            case >= CallMember.MaxTokens and <= CallMember.ThinkingBudget:
                return IsCount() ? null : new BodyProblem(_field, $"{_field} is a whole number in digits, from 0 to {int.MaxValue}.");
            case CallMember.Stored when kind != JsonTokenType.Null:
            case CallMember.Background when kind == JsonTokenType.True:
            case CallMember.Prompt when kind == JsonTokenType.StartObject:
                _stored.Found ??= _field;
                return null;
            case CallMember.Input when kind == JsonTokenType.String && _operation == Operation.Speech:
                _characters = Characters(_json.ValueSpan);
                return null;
            default:
                return null;
        }
    }

    private BodyProblem? Other()
    {
        if (ReadModel(out var model) is { } problem)
            return problem;
        _others ??= [];
        if (_others.Count == MostModels)
            return new BodyProblem(null, $"The body names more than {MostModels} models.");
        _others.Add(model!);
        return null;
    }

    private BodyProblem? ReadModel(out string? model)
    {
        model = null;
        if (_json.TokenType == JsonTokenType.String && _json.ValueSpan.Length is > 0 and <= ModelBytes)
            model = _json.GetString();
        return IsName(model) ? null : new BodyProblem("model", $"A model is named by a string of at most {ModelBytes} characters, without control characters.");
    }

    /// <summary>Servers differ in what they make of <c>1e3</c>, <c>1.5</c> and a number in quotes; digits are one thing to all.</summary>
    private readonly bool IsCount() => _json.TokenType switch
    {
        JsonTokenType.Null => true,
        JsonTokenType.Number => !_json.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9') && _json.TryGetInt32(out _),
        _ => false,
    };

    private static bool IsName([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? model)
    {
        foreach (var one in model ?? "")
            if (char.IsControl(one))
                return false;
        return !string.IsNullOrWhiteSpace(model);
    }

    /// <summary>Of the text that the JSON string stands for: code points, as the vendors count them.</summary>
    private static long Characters(ReadOnlySpan<byte> escaped)
    {
        var count = 0L;
        for (var at = 0; at < escaped.Length; at++)
        {
            var one = escaped[at];
            if ((one & 0xC0) == 0x80)
                continue;
            count++;
            if (one != '\\')
                continue;
            at++;
            if (escaped[at] != 'u')
                continue;
            // The second half of a pair belongs to the first.
            if (escaped[at + 1] is (byte)'d' or (byte)'D' && char.ToLowerInvariant((char)escaped[at + 2]) is >= 'c' and <= 'f')
                count--;
            at += 4;
        }
        return count;
    }

    private static BodyProblem Misspelled(ReadOnlySpan<byte> name) =>
        new(Shown(name), "The member's name is another spelling of one that the provider knows; write it as the provider does.");

    /// <summary>As an answer may repeat it.</summary>
    private static string? Shown(ReadOnlySpan<byte> name) =>
        name.Length <= 64 && !name.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) ? System.Text.Encoding.ASCII.GetString(name) : null;
}
