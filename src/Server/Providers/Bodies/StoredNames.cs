using System.Text.Json;

namespace KeyPass.Server.Providers;

/// <summary>
/// Finds, in passing, what names a thing that an earlier call left in the provider account: a file, an answer, a conversation, a cache.
/// Many virtual keys share one account, and what one of them left there is not the others'.
/// </summary>
internal struct StoredNames()
{
    private const int Nowhere = int.MaxValue;

    /// <summary>Where the list of a response's input items stands, and each of its items.</summary>
    private const int ItemDepth = 2;

    /// <summary>The depth of what is the caller's own, while we are in it.</summary>
    private int _ownDepth = Nowhere;

    private string? _name;
    private Next _next;
    private bool _isInput;
    private bool _itemHasId;
    private bool _itemSaysWhat;

    private enum Next
    {
        Nothing,
        Stored,
        Own,
        Type,
        File,
    }

    /// <summary>The member that does; null where none does.</summary>
    public string? Found { get; set; }

    /// <summary>Of the name that was looked at last, at that depth.</summary>
    public readonly bool IsCallersOwn(int depth) => depth > _ownDepth;

    public void Look(in Utf8JsonReader json)
    {
        if (json.CurrentDepth > _ownDepth)
            return;
        _ownDepth = Nowhere;
        switch (json.TokenType)
        {
            case JsonTokenType.PropertyName:
                LookAtName(in json);
                return;
            case JsonTokenType.EndObject when _isInput && json.CurrentDepth == ItemDepth:
                // The short form of a reference: an item that has an id and does not say what it is.
                if (_itemHasId && !_itemSaysWhat)
                    Found ??= "input[].id";
                (_itemHasId, _itemSaysWhat) = (false, false);
                return;
        }
        var next = _next;
        _next = Next.Nothing;
        var isText = json.TokenType == JsonTokenType.String;
        switch (next)
        {
            case Next.Own when json.TokenType == JsonTokenType.StartObject:
                _ownDepth = json.CurrentDepth;
                break;
            case Next.Stored when isText || json.TokenType == JsonTokenType.StartArray:
            case Next.Type when isText && json.ValueTextEquals("item_reference"u8):
            case Next.File when isText && IsOfAccount(in json):
                Found ??= _name;
                break;
        }
    }

    private void LookAtName(in Utf8JsonReader json)
    {
        Span<byte> room = stackalloc byte[CallMembers.LongestName];
        // Escapes only shorten; a longer name is none that we look for.
        _next = Next.Nothing;
        if (json.ValueSpan.Length > 6 * CallMembers.LongestName)
            return;
        if (json.ValueIsEscaped)
        {
            Span<byte> plain = stackalloc byte[6 * CallMembers.LongestName];
            LookAtName(plain[..json.CopyString(plain)], json.CurrentDepth);
        }
        else
        {
            LookAtName(json.ValueSpan, json.CurrentDepth);
        }
    }

    private void LookAtName(ReadOnlySpan<byte> name, int depth)
    {
        if (depth == 1)
            _isInput = name.SequenceEqual("input"u8);
        if (_isInput && depth == ItemDepth + 1)
        {
            _itemHasId |= name.SequenceEqual("id"u8);
            _itemSaysWhat |= name.SequenceEqual("type"u8) || name.SequenceEqual("role"u8);
        }
        _next = CallMembers.IsStoredInside(name) ? Next.Stored
            : CallMembers.IsCallersOwn(name, depth == 1) ? Next.Own
            : name.SequenceEqual("type"u8) ? Next.Type
            : name.SequenceEqual("fileUri"u8) || name.SequenceEqual("file_uri"u8) ? Next.File
            : Next.Nothing;
        if (_next is not (Next.Nothing or Next.Own))
            _name = System.Text.Encoding.UTF8.GetString(name);
    }

    /// <summary>Google names its own files by address too; others lie in the open.</summary>
    private static bool IsOfAccount(in Utf8JsonReader json)
    {
        var uri = json.GetString()!;
        return uri.Contains("generativelanguage.googleapis.com", StringComparison.OrdinalIgnoreCase)
            || !(uri.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || uri.StartsWith("http://", StringComparison.OrdinalIgnoreCase));
    }
}
