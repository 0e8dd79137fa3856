using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>
/// CR-03 and CR-04, the server's half: the platform's AES-GCM and HKDF meet their specifications. Vectors: "The Galois/Counter
/// Mode of Operation" (McGrew, Viega), AES-256, and RFC 5869. Wycheproof's files are in no package we could take them from.
/// </summary>
public class PlatformTests
{
    private const string K = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    private const string P =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
    private const string C =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

    [Theory]
    [InlineData("", "", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b")]
    [InlineData("", "", "00000000000000000000000000000000", "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919")]
    [InlineData(K, "cafebabefacedbaddecaf888", P, "", C, "b094dac5d93471bdec1a502270e3cc6c")]
    [InlineData(K, "cafebabefacedbaddecaf888", P, "feedfacedeadbeeffeedfacedeadbeefabaddad2", C, "76fc6ece0f4e1768cddf8853bb2d551b")]
    public void AES_GCM_gives_the_published_values(string cipherKey, string nonce, string plain, string bound, string sealedText, string tag)
    {
        var contentKey = cipherKey.Length == 0 ? new byte[32] : Convert.FromHexString(cipherKey);
        var nonceBytes = nonce.Length == 0 ? new byte[12] : Convert.FromHexString(nonce);
        var boundBytes = Convert.FromHexString(bound);
        // The fourth has 60 bytes of the same plaintext.
        var size = bound.Length > 0 ? 60 : plain.Length / 2;
        var plainBytes = Convert.FromHexString(plain)[..size];
        byte[] expected = [.. Convert.FromHexString(sealedText)[..size], .. Convert.FromHexString(tag)];

        var sealedBytes = new byte[size + Aead.TagSize];
        Aead.Seal(contentKey, nonceBytes, boundBytes, plainBytes, sealedBytes);
        Assert.Equal(expected, sealedBytes);
        var opened = new byte[size];
        Assert.Equal(size, Aead.Open(contentKey, nonceBytes, boundBytes, expected, opened));
        Assert.Equal(plainBytes, opened);
    }

    [Theory]
    [InlineData(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")]
    [InlineData(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")]
    public void A_derivation_is_HKDF_with_the_label_as_its_salt(string secret, string label, string purpose, string expected)
    {
        var derived = new byte[Derived.Size];
        Derived.Write(Convert.FromHexString(label), Convert.FromHexString(secret), Convert.FromHexString(purpose), derived);
        Assert.Equal(expected, Convert.ToHexStringLower(derived));
    }

    /// <summary>RFC 5869, A.2: a long secret, salt and purpose (its first 32 bytes; ours are never longer).</summary>
    [Fact]
    public void A_derivation_of_long_parts_is_HKDF_too()
    {
        var derived = new byte[Derived.Size];
        Derived.Write(Run(0x60), Run(0x00), Run(0xb0), derived);
        Assert.Equal("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c", Convert.ToHexStringLower(derived));

        static byte[] Run(int first) => [.. Enumerable.Range(first, 80).Select(number => (byte)number)];
    }
}
