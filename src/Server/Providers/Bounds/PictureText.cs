using System.Text.Json;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>
/// Finds the base64 of pictures, where a model looks at it and does not read it: in what is said, and neither in the definitions of tools nor in
/// what is the caller's own, which go to the model as text, whatever they look like.
/// </summary>
internal struct PictureText()
{
    private const int Nowhere = int.MaxValue;

    private int _ownDepth = Nowhere;

    /// <summary>Of the members of the object that holds a picture.</summary>
    private int _depth;

    private bool _isSaid;
    private bool _isPicture;
    private int _bytes;
    private Next _next;

    private enum Next
    {
        Nothing,
        /// <summary>OpenAI's: the URL, or an object with it.</summary>
        Picture,
        /// <summary>Anthropic's and Google's: the base64 stands beside a member that says what it is.</summary>
        Source,
        Url,
        Base64,
        MediaType,
        Own,
    }

    /// <summary>How many bytes of pictures end with this token.</summary>
    public int Bytes(in Utf8JsonReader json)
    {
        if (json.CurrentDepth > _ownDepth)
            return 0;
        _ownDepth = Nowhere;
        var next = _next;
        _next = Next.Nothing;
        switch (json.TokenType)
        {
            case JsonTokenType.PropertyName:
                LookAtName(in json);
                return 0;
            case JsonTokenType.StartObject when next == Next.Own:
                _ownDepth = json.CurrentDepth;
                return 0;
            case JsonTokenType.StartObject when next is Next.Picture or Next.Source:
                (_depth, _isPicture, _bytes) = (json.CurrentDepth + 1, false, 0);
                return 0;
            case JsonTokenType.EndObject when _depth > 0 && json.CurrentDepth == _depth - 1:
                _depth = 0;
                return _isPicture ? _bytes : 0;
            case JsonTokenType.String when next is Next.Picture or Next.Url:
                return json.ValueSpan.StartsWith("data:image/"u8) ? json.ValueSpan.Length : 0;
            case JsonTokenType.String when next == Next.Base64:
                _bytes = json.ValueSpan.Length;
                return 0;
            case JsonTokenType.String when next == Next.MediaType:
                _isPicture = json.ValueSpan.StartsWith("image/"u8);
                return 0;
            default:
                return 0;
        }
    }

    private void LookAtName(in Utf8JsonReader json)
    {
        var name = json.ValueSpan;
        if (json.CurrentDepth == 1)
            _isSaid = name.SequenceEqual("messages"u8) || name.SequenceEqual("input"u8) || name.SequenceEqual("contents"u8);
        else if (CallMembers.IsCallersOwn(name, isTop: false))
            _next = Next.Own;
        else if (_isSaid)
            _next = In(name, isInside: _depth == json.CurrentDepth);
    }

    private static Next In(ReadOnlySpan<byte> name, bool isInside) => name.Length switch
    {
        3 when isInside && name.SequenceEqual("url"u8) => Next.Url,
        4 when isInside && name.SequenceEqual("data"u8) => Next.Base64,
        6 when name.SequenceEqual("source"u8) => Next.Source,
        8 when isInside && name.SequenceEqual("mimeType"u8) => Next.MediaType,
        9 when isInside && name.SequenceEqual("mime_type"u8) => Next.MediaType,
        9 when name.SequenceEqual("image_url"u8) => Next.Picture,
        10 when isInside && name.SequenceEqual("media_type"u8) => Next.MediaType,
        10 when name.SequenceEqual("inlineData"u8) => Next.Source,
        11 when name.SequenceEqual("inline_data"u8) => Next.Source,
        _ => Next.Nothing,
    };
}
