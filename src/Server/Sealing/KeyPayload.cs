using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>One version of one provider key: what its envelopes are bound to, and where it may be sent.</summary>
internal readonly record struct KeyVersion(Guid Vault, Guid KeyId, uint Version, string Provider, string Origin);

/// <summary>
/// The plaintext of VAULT_ITEM, SEALED_KEY and DEPOSIT: provider, origin, scheme and secret, padded to hide the secret's length.
/// Opened, it lives in its caller's stack room and is zeroed at the end of the block.
/// </summary>
internal readonly ref struct KeyPayload : IDisposable
{
    /// <summary>Room for the longest: a Google service account with a 4096-bit key is about 4 KB.</summary>
    public const int MaxSize = 32 * Block;

    private const int Block = 256;
    private const byte Format = 1;
    private const byte EndOfSecret = 0x80;

    private readonly Span<byte> _payload;

    private KeyPayload(Span<byte> payload, KeyScheme scheme, ReadOnlySpan<byte> secret)
    {
        _payload = payload;
        Scheme = scheme;
        Secret = secret;
    }

    public KeyScheme Scheme { get; }

    public ReadOnlySpan<byte> Secret { get; }

    public static bool IsSize(int size) => size is > 0 and <= MaxSize && size % Block == 0; // check: whole blocks

    /// <summary>Writes the padded payload and says how long it is.</summary>
    public static int Write(in KeyVersion version, KeyScheme scheme, scoped ReadOnlySpan<byte> secret, scoped Span<byte> room)
    {
        Check(version, scheme, secret);
        var head = new Joined(stackalloc byte[Joined.Room]);
        WriteHead(version, scheme, ref head);
        var end = head.Bytes.Length + sizeof(ushort) + secret.Length;
        var size = PaddedSize(end);
        if (!IsSize(size)) // check: payload fits, sealing
            throw new SealBroken();
        room[..size].Clear();
        head.Bytes.CopyTo(room);
        BinaryPrimitives.WriteUInt16BigEndian(room[head.Bytes.Length..], (ushort)secret.Length);
        secret.CopyTo(room[(end - secret.Length)..]);
        room[end] = EndOfSecret;
        return size;
    }

    /// <summary>
    /// Reads what was just opened into the room. There is exactly one way to write a payload, so it must begin with the head and
    /// end with the padding that <see cref="Write"/> gives: a retargeted provider or origin fails here even if it was sealed so.
    /// </summary>
    public static KeyPayload Read(in KeyVersion version, Span<byte> payload)
    {
        try
        {
            return ReadStrictly(version, payload);
        }
        catch
        {
            CryptographicOperations.ZeroMemory(payload);
            throw;
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_payload);

    public override string ToString() => "[provider key]";

    private static KeyPayload ReadStrictly(in KeyVersion version, Span<byte> payload)
    {
        var head = new Joined(stackalloc byte[Joined.Room]);
        // The scheme is the head's last byte, and the only one that is not known.
        WriteHead(version, default, ref head);
        var known = head.Bytes[..^1];
        var start = head.Bytes.Length + sizeof(ushort);
        if (payload.Length < start) // check: the names end inside
            throw new SealBroken();
        if (!payload.StartsWith(known)) // check: provider and origin inside are those outside
            throw new SealBroken();
        var scheme = (KeyScheme)payload[known.Length];
        var length = BinaryPrimitives.ReadUInt16BigEndian(payload[head.Bytes.Length..]);
        if (PaddedSize(start + length) != payload.Length) // check: the secret ends inside, the padding is the shortest
            throw new SealBroken();
        var secret = payload.Slice(start, length);
        var padding = payload[(start + length)..];
        if (padding[0] != EndOfSecret) // check: padding begins
            throw new SealBroken();
        if (padding[1..].ContainsAnyExcept((byte)0)) // check: padding hides nothing
            throw new SealBroken();
        Check(version, scheme, secret);
        return new KeyPayload(payload, scheme, secret);
    }

    private static void Check(in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret)
    {
        if (!KeyRules.IsProvider(version.Provider)) // check: provider
            throw new SealBroken();
        if (!KeyRules.IsOrigin(version.Origin)) // check: origin
            throw new SealBroken();
        if (!KeyRules.IsSecret(scheme, secret)) // check: charset
            throw new SealBroken();
    }

    private static void WriteHead(in KeyVersion version, KeyScheme scheme, ref Joined head)
    {
        head.Raw([Format]);
        head.Text(version.Provider);
        head.Text(version.Origin);
        head.Raw([(byte)scheme]);
    }

    /// <summary>One byte ends the secret; zeros fill the block.</summary>
    private static int PaddedSize(int end) => (end / Block + 1) * Block;
}
