namespace KeyPass.Server.Sealing;

/// <summary>The types of docs/KP1.md.</summary>
internal enum EnvelopeType : byte
{
    VaultItem = 1,
    Unlock = 2,
    TokenWrap = 3,
    Escrow = 4,
    SealedKey = 5,
    VaultShare = 6,
    Outer = 7,
    Deposit = 8,
    EscrowDeposit = 9,
    Child = 10,
}

/// <summary>
/// The envelope: <c>"KP" 0x01 type suite [prefix] nonce ciphertext tag</c>, or with HPKE <c>… enc ciphertext tag</c>. Header and
/// prefix come first in what is authenticated, then the context: the ids the envelope belongs to.
/// </summary>
internal static class Kp1
{
    public const int HeaderSize = 5;
    public const int SymmetricSize = HeaderSize + Nonce.Size + Aead.TagSize;
    public const int HpkeSize = HeaderSize + P256.PointSize + Aead.TagSize;

    private static ReadOnlySpan<byte> Magic => "KP\u0001"u8;

    private const byte Aes256Gcm = 1;
    private const byte HpkeBase = 2;

    /// <summary>Whether it can be an envelope of that type at all: what may be asked of one that only a browser can open.</summary>
    public static bool IsWellFormed(EnvelopeType type, ReadOnlySpan<byte> envelope)
    {
        if (!HasShape(type, envelope)) // check: header and size, storing
            return false;
        return SuiteOf(type) != HpkeBase || P256.IsPoint(envelope.Slice(HeaderSize, P256.PointSize)); // check: point, storing
    }

    public static byte[] Seal(
        EnvelopeType type, scoped ReadOnlySpan<byte> contentKey, scoped ReadOnlySpan<byte> prefix, scoped ReadOnlySpan<byte> context,
        scoped ReadOnlySpan<byte> plain, Nonce nonce)
    {
        var headSize = HeaderSize + prefix.Length;
        var envelope = new byte[headSize + Nonce.Size + plain.Length + Aead.TagSize];
        var bound = new Joined(stackalloc byte[Joined.Room]);
        bound.Raw([.. Magic, (byte)type, SuiteOf(type)]);
        bound.Raw(prefix);
        bound.Bytes.CopyTo(envelope);
        bound.Raw(context);
        ((ReadOnlySpan<byte>)nonce).CopyTo(envelope.AsSpan(headSize));
        Aead.Seal(contentKey, nonce, bound.Bytes, plain, envelope.AsSpan(headSize + Nonce.Size));
        return envelope;
    }

    /// <summary>Writes the plaintext to the room and says how long it is.</summary>
    public static int Open(
        EnvelopeType type, scoped ReadOnlySpan<byte> contentKey, int prefixSize, scoped ReadOnlySpan<byte> context,
        scoped ReadOnlySpan<byte> envelope, scoped Span<byte> room)
    {
        if (!HasShape(type, envelope)) // check: header and size, opening
            throw new SealBroken();
        var headSize = HeaderSize + prefixSize;
        var bound = new Joined(stackalloc byte[Joined.Room]);
        bound.Raw(envelope[..headSize]);
        bound.Raw(context);
        return Aead.Open(contentKey, envelope.Slice(headSize, Nonce.Size), bound.Bytes, envelope[(headSize + Nonce.Size)..], room);
    }

    /// <summary>Seals to a browser's public point. Only that browser, or a managed vault, can open it.</summary>
    public static byte[] SealTo(
        EnvelopeType type, scoped ReadOnlySpan<byte> publicPoint, scoped ReadOnlySpan<byte> context, scoped ReadOnlySpan<byte> plain,
        scoped ReadOnlySpan<byte> ephemeralSeed)
    {
        var bound = new Joined(stackalloc byte[Joined.Room]);
        bound.Raw([.. Magic, (byte)type, SuiteOf(type)]);
        var envelope = new byte[HpkeSize + plain.Length];
        bound.Bytes.CopyTo(envelope);
        bound.Raw(context);
        Hpke.Seal(
            publicPoint, PurposeOf(type), bound.Bytes, plain, ephemeralSeed,
            envelope.AsSpan(HeaderSize, P256.PointSize), envelope.AsSpan(HeaderSize + P256.PointSize));
        return envelope;
    }

    public static int OpenWith(
        EnvelopeType type, scoped ReadOnlySpan<byte> pairSeed, scoped ReadOnlySpan<byte> context, scoped ReadOnlySpan<byte> envelope,
        scoped Span<byte> room)
    {
        if (!HasShape(type, envelope)) // check: header and size, opening HPKE
            throw new SealBroken();
        var bound = new Joined(stackalloc byte[Joined.Room]);
        bound.Raw(envelope[..HeaderSize]);
        bound.Raw(context);
        var sealedBytes = envelope[(HeaderSize + P256.PointSize)..];
        return Hpke.Open(pairSeed, envelope.Slice(HeaderSize, P256.PointSize), PurposeOf(type), bound.Bytes, sealedBytes, room);
    }

    private static bool HasShape(EnvelopeType type, ReadOnlySpan<byte> envelope)
    {
        if (!HasSize(type, envelope.Length)) // check: size
            return false;
        if (!envelope.StartsWith(Magic)) // check: format and version
            return false;
        if (envelope[3] != (byte)type) // check: type
            return false;
        return envelope[4] == SuiteOf(type); // check: suite
    }

    private static byte SuiteOf(EnvelopeType type) =>
        type is EnvelopeType.VaultShare or EnvelopeType.Deposit or EnvelopeType.EscrowDeposit ? HpkeBase : Aes256Gcm;

    private static ReadOnlySpan<byte> PurposeOf(EnvelopeType type) => type switch
    {
        EnvelopeType.Deposit => "KeyPass/v1/deposit"u8,
        EnvelopeType.EscrowDeposit => "KeyPass/v1/escrow-deposit"u8,
        _ => "KeyPass/v1/vk-share"u8,
    };

    private static bool HasSize(EnvelopeType type, int size) => type switch
    {
        EnvelopeType.VaultItem => KeyPayload.IsSize(size - SymmetricSize - VaultItem.SaltSize),
        EnvelopeType.SealedKey => KeyPayload.IsSize(size - SymmetricSize),
        EnvelopeType.Deposit => KeyPayload.IsSize(size - HpkeSize),
        EnvelopeType.VaultShare or EnvelopeType.EscrowDeposit => size == HpkeSize + Derived.Size,
        EnvelopeType.Outer => size >= SymmetricSize + Ring.PrefixSize,
        _ => size == SymmetricSize + Derived.Size,
    };
}
