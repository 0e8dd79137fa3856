using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>
/// The most tokens that a text can be, whatever the tokenizer: a token covers at least one byte of what is tokenized. Some tokenizers put a text
/// into its compatibility form first (NFKC), in which one character can be eighteen.
/// </summary>
internal static class TextSize
{
    /// <summary>U+FDFA: three bytes, and thirty-three in that form. No character grows more.</summary>
    private const int MostGrowth = 11;

    private const int LongestForm = 33;

    /// <summary>Vendors write what is no text (tools, calls) anew, with spaces and lines between its parts.</summary>
    private const int TokensPerElement = 2;

    public static long OfElements(int elements) => (long)elements * TokensPerElement;

    /// <summary>Without reading it. Plain ASCII is its length.</summary>
    public static long Fast(ReadOnlySpan<byte> text)
    {
        var escapes = (long)text.Count("\\u"u8) * (LongestForm - 6);
        return text.Length + escapes + (Ascii.IsValid(text) ? 0 : NotAscii(text) * (MostGrowth - 1));
    }

    /// <summary>Character by character, and without the base64 of pictures, which are not read as text. The JSON was read once and is sound.</summary>
    public static long Tight(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var size = (long)json.Length;
        var pictures = new PictureText();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                size += Formed(reader.ValueSpan) - reader.ValueSpan.Length;
            size -= pictures.Bytes(in reader);
        }
        return size;
    }

    /// <summary>Of the inside of a JSON string. What an escape of two bytes stands for may itself be JSON, and written anew: it counts as two.</summary>
    private static long Formed(ReadOnlySpan<byte> text)
    {
        if (Ascii.IsValid(text) && text.IndexOf("\\u"u8) < 0)
            return text.Length;
        var size = 0L;
        while (text.Length > 0)
        {
            var length = 1;
            if (text[0] == '\\')
                size += Unescaped(text, out length);
            else if (text[0] < 0x80)
                size++;
            else if (Rune.DecodeFromUtf8(text, out var rune, out length) == OperationStatus.Done)
                size += CompatibilityForm.BytesOf(rune.Value);
            text = text[length..];
        }
        return size;
    }

    private static int Unescaped(ReadOnlySpan<byte> text, out int length)
    {
        length = 2;
        if (text[1] != 'u')
            return 2;
        length = 6;
        var first = (char)Hex(text[2..]);
        if (char.IsHighSurrogate(first) && text.Length >= 12 && text[6] == '\\' && text[7] == 'u' && char.IsLowSurrogate((char)Hex(text[8..])))
        {
            length = 12;
            return CompatibilityForm.BytesOf(char.ConvertToUtf32(first, (char)Hex(text[8..])));
        }
        // Half a pair becomes a mark of three bytes.
        return char.IsSurrogate(first) ? 3 : CompatibilityForm.BytesOf(first);
    }

    private static int Hex(ReadOnlySpan<byte> digits) =>
        (HexDigit(digits[0]) << 12) | (HexDigit(digits[1]) << 8) | (HexDigit(digits[2]) << 4) | HexDigit(digits[3]);

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static long NotAscii(ReadOnlySpan<byte> text)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(text);
        var count = 0L;
        foreach (var word in words)
            count += BitOperations.PopCount(word & 0x8080808080808080);
        foreach (var one in text[(words.Length * sizeof(ulong))..])
            count += one >> 7;
        return count;
    }
}
