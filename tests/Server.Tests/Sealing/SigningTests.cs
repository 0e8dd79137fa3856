using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>What a cloud's key signs: AWS with the vectors of its own suite, Google as anybody checks a JWT.</summary>
public class SigningTests
{
    private const string Account = "robot@my-project.iam.gserviceaccount.com";

    /// <summary>AWS's own example: it stands in its documentation and opens nothing.</summary>
    private const string ExampleId = "AKIDEXAMPLE";
    private const string ExampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private static readonly DateTimeOffset ExampleTime = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);
    private static readonly string Suite = Path.Combine(Artifacts.RepositoryRoot, Fixture.OfTheDesign, "sigv4");

    [Theory]
    [InlineData("", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData(
        "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267", "host;x-amz-date;x-amz-security-token",
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8")]
    public void A_request_is_signed_as_in_the_examples_of_AWS(string session, string headers, string signature)
    {
        var caller = new SigV4.AccessKey(Encoding.ASCII.GetBytes(ExampleId), Encoding.ASCII.GetBytes(ExampleSecret), Encoding.ASCII.GetBytes(session));

        var signed = SigV4.Authorize(caller, "us-east-1", "service", "example.amazonaws.com", "/", ExampleTime);

        var who = $"Credential={ExampleId}/20150830/us-east-1/service/aws4_request";
        Assert.Equal($"AWS4-HMAC-SHA256 {who}, SignedHeaders={headers}, Signature={signature}", signed);
        Assert.Equal("20150830T123600Z", SigV4.Stamp(ExampleTime.ToOffset(TimeSpan.FromHours(5))));
    }

    [Fact]
    public void Every_signature_of_the_suite_of_AWS_comes_out_again()
    {
        Assert.SkipUnless(Directory.Exists(Suite), "The suite is not beside this checkout; two examples of it stand in the test above.");
        var cases = Directory.GetDirectories(Suite);
        Assert.Equal(38, cases.Length);
        Assert.All(cases, folder =>
        {
            var context = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "context.json"))).RootElement;
            var at = DateTimeOffset.Parse(context.Text("timestamp"), CultureInfo.InvariantCulture);
            var stamp = SigV4.Stamp(at);
            var scope = $"{stamp[..8]}/{context.Text("region")}/{context.Text("service")}/aws4_request";
            var canonical = SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "header-canonical-request.txt")));
            var secret = Encoding.ASCII.GetBytes(context.GetProperty("credentials").Text("secret_access_key"));
            Assert.Equal(File.ReadAllText(Path.Combine(folder, "header-signature.txt")).Trim(), SigV4.Sign(secret, stamp, scope, canonical));
        });
    }

    [Fact]
    public void A_service_accounts_proof_is_a_JWT_that_its_public_key_verifies_and_that_is_good_for_minutes()
    {
        using var pair = RSA.Create(2048);

        var proof = Encoding.ASCII.GetString(ServiceAccountProof.Make(
            Encoding.ASCII.GetBytes(pair.ExportPkcs8PrivateKeyPem()), Account, "id \"1\"", "some.scope", "https://who.example/asks", ExampleTime)!);

        var parts = proof.Split('.');
        Assert.True(pair.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), FromBase64Url(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        var head = JsonDocument.Parse(FromBase64Url(parts[0])).RootElement;
        var claims = JsonDocument.Parse(FromBase64Url(parts[1])).RootElement;
        Assert.Equal(("RS256", "id \"1\""), (head.Text("alg"), head.Text("kid")));
        Assert.Equal((Account, "some.scope", "https://who.example/asks"), (claims.Text("iss"), claims.Text("scope"), claims.Text("aud")));
        Assert.Equal(ExampleTime.ToUnixTimeSeconds(), claims.GetProperty("iat").GetInt64());
        Assert.InRange(claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64(), 60, 3600);
    }

    [Fact]
    public void What_is_no_key_of_a_service_account_signs_nothing()
    {
        using var weak = RSA.Create(1024);
        using var curve = ECDsa.Create();
        using var pair = RSA.Create(2048);
        var good = pair.ExportPkcs8PrivateKeyPem();
        string[] bad =
        [
            "", "-----BEGIN PRIVATE KEY-----", weak.ExportPkcs8PrivateKeyPem(), curve.ExportPkcs8PrivateKeyPem(), pair.ExportSubjectPublicKeyInfoPem()[..200],
            good.Replace("MII", "MIJ", StringComparison.Ordinal), good[..^200],
        ];
        Assert.All(bad, pem => Assert.Null(ServiceAccountProof.Make(Encoding.ASCII.GetBytes(pem), Account, null, "scope", "audience", ExampleTime)));
        Assert.NotNull(ServiceAccountProof.Make(Encoding.ASCII.GetBytes(good), Account, null, "scope", "audience", ExampleTime));
    }

    [Fact]
    public void Nothing_that_splits_a_request_becomes_a_header()
    {
        Assert.Throws<SealBroken>(() => HeaderSecret.Named("x-amz-security-token", "one\r\nHost: evil"u8));
        Assert.Throws<SealBroken>(() => HeaderSecret.Of(KeyScheme.Bearer, "one two"u8));
        using var good = HeaderSecret.Named("x-amz-security-token", "session"u8);
        Assert.Equal(("x-amz-security-token", "session"), (good.Name, good.Value));
    }

    [Fact]
    public void A_header_is_overwritten_where_it_stands_once_it_was_sent()
    {
        var sent = HeaderSecret.Of(KeyScheme.Bearer, "a-provider-key"u8);
        var text = sent.Value;
        sent.Dispose();
        sent.Dispose();
        Assert.Equal(new string('\0', "Bearer a-provider-key".Length), text);
    }

    /// <summary>RFC 7636, appendix B, is the one that fits.</summary>
    [Theory]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", true)]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_verifier_fits_its_challenge_and_no_other_does(string? verifier, bool fits) =>
        Assert.Equal(fits, CodeChallenge.Matches(FromBase64Url("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), verifier));

    /// <summary>Whoever can choose a short one can try them all.</summary>
    [Theory]
    [InlineData(42, false)]
    [InlineData(43, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void A_verifier_is_neither_too_short_nor_too_long(int length, bool fits)
    {
        var verifier = new string('v', length);
        Assert.Equal(fits, CodeChallenge.Matches(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)), verifier));
    }

    private static byte[] FromBase64Url(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
