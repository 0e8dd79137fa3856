using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>
/// A credential string, minted or presented (docs/KP1.md "Credentials"): prefix, 43 base62 characters of randomness, 6 of checksum. The
/// whole string is key material. It lives here as pinned bytes, is zeroed on dispose, and prints as its prefix only.
/// </summary>
internal sealed class Credential : IDisposable
{
    public const int HashSize = SHA256.HashSizeInBytes;

    private const int RandomCharacters = 43;
    private const int ChecksumCharacters = 6;

    // 248 is the last multiple of 62 in a byte: above it, some characters would come up more often than others.
    private const int RejectFrom = 248;

    private static readonly SearchValues<char> Characters = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<byte> CharacterBytes = SearchValues.Create(Alphabet);

    private readonly byte[] _text;
    private bool _disposed;

    private Credential(CredentialKind kind, int size)
    {
        Kind = kind;
        _text = GC.AllocateArray<byte>(size, pinned: true);
    }

    public CredentialKind Kind { get; }

    private static ReadOnlySpan<byte> Alphabet => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    public static Credential Mint(CredentialKind kind)
    {
        var prefix = CredentialPrefix.Of(kind);
        var credential = new Credential(kind, prefix.Length + RandomCharacters + ChecksumCharacters);
        Encoding.ASCII.GetBytes(prefix, credential._text);
        FillRandom(credential._text.AsSpan(prefix.Length, RandomCharacters));
        WriteChecksum(credential._text.AsSpan(..^ChecksumCharacters), credential._text.AsSpan(^ChecksumCharacters..));
        return credential;
    }

    /// <summary>Says no to whatever is not one of ours, mistyped or cut off, without asking the database.</summary>
    public static bool TryRead(ReadOnlySpan<char> presented, [NotNullWhen(true)] out Credential? credential)
    {
        credential = null;
        foreach (var kind in Enum.GetValues<CredentialKind>())
        {
            var prefix = CredentialPrefix.Of(kind);
            if (!presented.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            if (presented.Length != prefix.Length + RandomCharacters + ChecksumCharacters) // check: credential's length
                return false;
            var read = new Credential(kind, presented.Length);
            if (!read.Take(presented, prefix.Length)) // check: characters
            {
                read.Dispose();
                return false;
            }
            credential = read;
            return true;
        }
        return false; // no check: no prefix of ours
    }

    /// <summary>Whether something that looks like one of ours, and is secret, stands in a text of ours.</summary>
    public static bool IsAnyIn(ReadOnlySpan<byte> text)
    {
        foreach (var kind in Enum.GetValues<CredentialKind>())
        {
            if (kind == CredentialKind.ClientId)
                continue;
            var prefix = Encoding.ASCII.GetBytes(CredentialPrefix.Of(kind));
            for (var rest = text; rest.IndexOf(prefix) is >= 0 and var at;)
            {
                rest = rest[(at + prefix.Length)..];
                if (rest.Length >= RandomCharacters + ChecksumCharacters
                    && !rest[..(RandomCharacters + ChecksumCharacters)].ContainsAnyExcept(CharacterBytes))
                    return true;
            }
        }
        return false; // no check: it answers a question
    }

    /// <summary>What is stored and looked up: SHA-256 of the whole string.</summary>
    public void Hash(Span<byte> destination) => SHA256.HashData(Text(), destination);

    /// <summary><c>K_wrap</c>. The hash above does not help to find it.</summary>
    public void DeriveWrap(Guid grant, Guid row, Span<byte> destination)
    {
        var purpose = new Joined(stackalloc byte[Joined.Room]);
        purpose.Raw("wrap\0"u8);
        purpose.Id(grant);
        purpose.Id(row);
        Derived.Write("KeyPass/v1/token"u8, Text(), purpose.Bytes, destination);
    }

    /// <summary>The string itself as ASCII, for the one answer that shows it.</summary>
    public ReadOnlySpan<byte> Reveal() => Text();

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_text);
    }

    public override string ToString() => CredentialPrefix.Of(Kind) + "…";

    private byte[] Text()
    {
        ObjectDisposedException.ThrowIf(_disposed, this); // check: not yet wiped
        return _text;
    }

    private bool Take(ReadOnlySpan<char> presented, int prefixSize)
    {
        if (presented[prefixSize..].ContainsAnyExcept(Characters)) // check: alphabet
            return false;
        Encoding.Latin1.GetBytes(presented, _text);
        Span<byte> checksum = stackalloc byte[ChecksumCharacters];
        WriteChecksum(_text.AsSpan(..^ChecksumCharacters), checksum);
        return checksum.SequenceEqual(_text.AsSpan(^ChecksumCharacters..)); // check: checksum
    }

    private static void FillRandom(Span<byte> characters)
    {
        using var random = new Wiped(stackalloc byte[RandomCharacters]);
        for (var filled = 0; filled < characters.Length;)
        {
            RandomNumberGenerator.Fill(random.Bytes);
            foreach (var one in random.Bytes)
                if (one < RejectFrom && filled < characters.Length)
                    characters[filled++] = Alphabet[one % Alphabet.Length];
        }
    }

    private static void WriteChecksum(ReadOnlySpan<byte> text, Span<byte> characters)
    {
        var rest = Crc32(text);
        for (var index = characters.Length - 1; index >= 0; index--)
        {
            characters[index] = Alphabet[(int)(rest % (uint)Alphabet.Length)];
            rest /= (uint)Alphabet.Length;
        }
    }

    /// <summary>CRC-32 of IEEE 802.3 bit by bit: the base library has none, and 50 bytes need no table.</summary>
    private static uint Crc32(ReadOnlySpan<byte> text)
    {
        var crc = uint.MaxValue;
        foreach (var one in text)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }
}
