using System.Security.Cryptography;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>CR-01, CR-02 and CR-10: RFC 9180 with its own vectors, and what is no point of the curve.</summary>
public class HpkeTests
{
    private const string File = "hpke-p256-vectors.json";

    [Theory]
    [InlineData(Fixture.Own)]
    [InlineData(Fixture.OfTheDesign)]
    public void Every_encryption_of_RFC_9180_comes_out_again(string folder)
    {
        var vector = Assert.Single(Fixture.Read(folder, File).GetProperty("vectors").EnumerateArray());
        var (seed, info, enc) = (vector.Hex("ikmR"), vector.Hex("info"), vector.Hex("enc"));
        var (content, nonce) = (new byte[32], new byte[Nonce.Size]);
        using (var recipient = P256.DeriveKeyPair(seed))
            Hpke.Schedule(recipient, enc, enc, vector.Hex("pkRm"), info, content, nonce);
        Assert.Equal(vector.Hex("key"), content);
        Assert.Equal(vector.Hex("base_nonce"), nonce);

        var encryptions = vector.GetProperty("encryptions").EnumerateArray().ToList();
        Assert.Equal(257, encryptions.Count);
        // The first is the only one KP1 makes with a key; the others prove the same key and nonce further.
        foreach (var one in encryptions)
        {
            using var cipher = new AesGcm(content, Aead.TagSize);
            var (plain, sealedBytes) = (one.Hex("pt"), new byte[one.Hex("ct").Length]);
            cipher.Encrypt(one.Hex("nonce"), plain, sealedBytes.AsSpan(..plain.Length), sealedBytes.AsSpan(plain.Length..), one.Hex("aad"));
            Assert.Equal(one.Hex("ct"), sealedBytes);
        }

        var first = encryptions[0];
        var (sealedFirst, encFirst) = (new byte[first.Hex("ct").Length], new byte[P256.PointSize]);
        Hpke.Seal(vector.Hex("pkRm"), info, first.Hex("aad"), first.Hex("pt"), vector.Hex("ikmE"), encFirst, sealedFirst);
        Assert.Equal(enc, encFirst);
        Assert.Equal(first.Hex("ct"), sealedFirst);
        var opened = new byte[100];
        var size = Hpke.Open(seed, enc, info, first.Hex("aad"), sealedFirst, opened);
        Assert.Equal(first.Hex("pt"), opened[..size]);
    }

    [Theory]
    [InlineData(Fixture.Own)]
    [InlineData(Fixture.OfTheDesign)]
    public void Every_key_pair_of_RFC_9180_comes_out_of_its_seed(string folder)
    {
        var pairs = Fixture.Read(folder, File).GetProperty("derive_key_pair").EnumerateArray().ToList();
        Assert.Equal(80, pairs.Count);
        foreach (var one in pairs)
        {
            using var pair = P256.DeriveKeyPair(one.Hex("ikm"));
            var point = new byte[P256.PointSize];
            P256.WritePoint(pair, point);
            Assert.Equal(one.Hex("sk"), pair.ExportParameters(true).D);
            Assert.Equal(one.Hex("pk"), point);
        }
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000001", true)]
    [InlineData("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550", true)]
    [InlineData("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", false)]
    [InlineData("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552", false)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false)]
    public void A_scalar_lies_between_zero_and_the_order(string scalar, bool allowed) =>
        Assert.Equal(allowed, P256.IsScalar(Convert.FromHexString(scalar)));

    public static TheoryData<string, string> BadPoints
    {
        get
        {
            var good = Worked.Text("pk_V");
            const string prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
            // (0, y) lies on the curve for this y; with x = p it is the same point in a spelling that is not allowed.
            const string yOfZero = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
            return new()
            {
                { "off the curve", good[..^2] + "0a" },
                { "all zeros", "04" + new string('0', 128) },
                { "infinity", "00" },
                { "infinity, padded", new string('0', 130) },
                { "x ≥ p", "04" + prime + yOfZero },
                { "compressed", "02" + good[2..66] },
                { "compressed, padded", "02" + good[2..] },
                { "hybrid form", "06" + good[2..] },
                { "64 bytes", good[..^2] },
                { "64 bytes without a form", good[2..] },
                { "66 bytes", good + "00" },
                { "nothing", "" },
                { "a point of another curve", "04" + new string('f', 128) },
            };
        }
    }

    [Theory]
    [MemberData(nameof(BadPoints))]
    public void What_is_no_point_is_refused(string what, string hex)
    {
        var point = Convert.FromHexString(hex);
        Assert.False(P256.IsPoint(point), what);
        Assert.Throws<SealBroken>(() => Deposit.Seal(point, Worked.Version, KeyScheme.Bearer, Worked.Secret));
        Assert.Throws<SealBroken>(() => EscrowDeposit.Seal(point, Worked.Vault, Worked.Grant, "a", new GrantSecret([.. Worked.G])));
        if (point.Length != P256.PointSize)
            return;
        byte[] envelope = [.. Worked.Value("deposit")[..Kp1.HeaderSize], .. point, .. Worked.Value("deposit")[(Kp1.HeaderSize + P256.PointSize)..]];
        Assert.Throws<SealBroken>(() => Worked.OpenDeposit(envelope, Worked.Version));
    }

    [Fact]
    public void The_points_of_the_vectors_are_points()
    {
        Assert.True(P256.IsPoint(Worked.Value("pk_V")));
        Assert.True(P256.IsPoint(Worked.Value("pk_U")));
        Assert.True(P256.IsPoint(Convert.FromHexString(
            "04" + new string('0', 64) + "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4")));
    }
}
