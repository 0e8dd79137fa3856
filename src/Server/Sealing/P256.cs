using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>DHKEM(P-256, HKDF-SHA256)'s group: points of exactly 65 bytes, pairs derived from a seed (RFC 9180, 4.1 and 7.1).</summary>
internal static class P256
{
    public const int PointSize = 1 + 2 * CoordinateSize;

    private const int CoordinateSize = 32;
    private const byte Uncompressed = 4;

    // The group's order (FIPS 186-5). A scalar lies between 0 and it.
    private static ReadOnlySpan<byte> Order =>
    [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ];

    /// <summary>Whether a public point from outside may be used.</summary>
    public static bool IsPoint(ReadOnlySpan<byte> point)
    {
        try
        {
            using var read = Read(point);
            return true;
        }
        catch (SealBroken)
        {
            return false;
        }
    }

    public static ECDiffieHellman DeriveKeyPair(ReadOnlySpan<byte> seed)
    {
        using var prk = new Wiped(stackalloc byte[Derived.Size]);
        Labeled.Extract(Labeled.Kem, [], "dkp_prk"u8, seed, prk.Bytes);
        var scalar = GC.AllocateArray<byte>(CoordinateSize, pinned: true);
        using var wiped = new Wiped(scalar);
        // The first counter does, but for one seed in four billion.
        byte counter = 0;
        do
            Labeled.Expand(Labeled.Kem, prk.Bytes, "candidate"u8, [counter++], scalar);
        while (!IsScalar(scalar));
        return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
    }

    public static bool IsScalar(ReadOnlySpan<byte> scalar)
    {
        if (!scalar.ContainsAnyExcept((byte)0)) // check: scalar above zero
            return false;
        return scalar.SequenceCompareTo(Order) < 0; // check: scalar below the order
    }

    public static void WritePoint(ECDiffieHellman pair, Span<byte> point)
    {
        var q = pair.ExportParameters(includePrivateParameters: false).Q;
        point[0] = Uncompressed;
        q.X.CopyTo(point[1..]);
        q.Y.CopyTo(point[(1 + CoordinateSize)..]);
    }

    /// <summary>The x coordinate of the product, which is what DHKEM takes.</summary>
    public static void Agree(ECDiffieHellman mine, ReadOnlySpan<byte> theirPoint, Span<byte> shared)
    {
        using var theirs = Read(theirPoint);
        using var theirPublic = theirs.PublicKey;
        using var agreed = new Wiped(mine.DeriveRawSecretAgreement(theirPublic));
        agreed.Bytes.CopyTo(shared);
    }

    /// <summary>The platform refuses what is not on the curve; the form is ours to check. Infinity has no form of 65 bytes.</summary>
    private static ECDiffieHellman Read(ReadOnlySpan<byte> point)
    {
        if (point.Length != PointSize) // check: point's size
            throw new SealBroken();
        if (point[0] != Uncompressed) // check: point's form
            throw new SealBroken();
        var q = new ECPoint { X = point.Slice(1, CoordinateSize).ToArray(), Y = point[(1 + CoordinateSize)..].ToArray() };
        try
        {
            return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = q });
        }
        catch (CryptographicException)
        {
            throw new SealBroken();
        }
    }
}
