using System.Buffers.Binary;
using System.Text;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>What may stand inside: checked before sealing and after opening, because anyone with the grant's secret can seal.</summary>
public class KeyPayloadTests
{
    private const string Json = """{"accessKeyId":"AKIA","region":"eu-central-1"}""";

    public static TheoryData<string> BadHeaderSecrets =>
    [
        "", "sk-a\r\nx-evil: 1", "sk-a\n", "\rsk", "sk a", "sk\ta", "sk\0a", "sk\u007Fa", "schlüssel", "sk-…",
    ];

    public static TheoryData<string> BadJsonSecrets =>
    [
        "", "sk-proj-1", "[]", "null", "\"a\"", "{", "{}{}", "{} x", "{\"a\":1,}", "{\"a\":\"\0\"}", "{\"a\":\"\u001B\"}", "{\"a\":\"\u007F\"}",
        "{/**/}", "{\u000B}",
    ];

    [Theory]
    [MemberData(nameof(BadHeaderSecrets))]
    public void A_secret_that_could_split_a_header_is_refused_before_sealing_and_after_opening(string secret)
    {
        foreach (var scheme in new[] { KeyScheme.Bearer, KeyScheme.XApiKey, KeyScheme.XGoogApiKey, KeyScheme.ApiKey })
            Refused(scheme, Encoding.UTF8.GetBytes(secret));
    }

    [Theory]
    [MemberData(nameof(BadJsonSecrets))]
    public void A_secret_of_cloud_credentials_that_is_not_one_JSON_object_is_refused_both_times(string secret)
    {
        Refused(KeyScheme.SigV4, Encoding.UTF8.GetBytes(secret));
        Refused(KeyScheme.GcpServiceAccount, Encoding.UTF8.GetBytes(secret));
    }

    [Fact]
    public void Cloud_credentials_that_are_not_UTF8_are_refused_both_times() => Refused(KeyScheme.SigV4, [.. "{\"a\":\""u8, 0xC0, 0x80, .. "\"}"u8]);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(255)]
    public void An_unknown_scheme_is_refused_both_times(int scheme)
    {
        Refused((KeyScheme)scheme, "sk-proj-1"u8.ToArray());
        Refused((KeyScheme)scheme, Encoding.UTF8.GetBytes(Json));
    }

    [Theory]
    [InlineData(nameof(KeyScheme.Bearer), "!~0aZ")]
    [InlineData(nameof(KeyScheme.XApiKey), "sk-ant-1")]
    [InlineData(nameof(KeyScheme.XGoogApiKey), "AIza-1")]
    [InlineData(nameof(KeyScheme.ApiKey), "0123")]
    [InlineData(nameof(KeyScheme.SigV4), Json)]
    [InlineData(nameof(KeyScheme.GcpServiceAccount), "\r\n{\n\t\"private_key\": \"-----BEGIN-----\\n\",\n\t\"name\": \"Zoë\"\n}\n")]
    public void Every_scheme_gives_back_what_was_sealed(string name, string secret)
    {
        var scheme = Enum.Parse<KeyScheme>(name);
        var bytes = Encoding.UTF8.GetBytes(secret);
        var g = new GrantSecret([.. Worked.G]);
        var envelope = SealedKey.Seal(g, Worked.Grant, Worked.Version, scheme, bytes);
        using var opened = SealedKey.Open(g, Worked.Grant, Worked.Version, envelope, stackalloc byte[KeyPayload.MaxSize]);
        Assert.Equal(scheme, opened.Scheme);
        Assert.Equal(bytes, opened.Secret.ToArray());
    }

    [Fact]
    public void Secrets_of_different_lengths_look_alike_and_the_longest_fits()
    {
        var g = new GrantSecret([.. Worked.G]);
        Assert.Equal(
            SealedKey.Seal(g, Worked.Grant, Worked.Version, KeyScheme.Bearer, "a"u8).Length,
            SealedKey.Seal(g, Worked.Grant, Worked.Version, KeyScheme.Bearer, Enumerable.Repeat((byte)'a', 200).ToArray()).Length);
        const int around = 1 + 2 + 6 + 2 + 22 + 1 + 2 + 1;
        for (var length = 1; length <= KeyPayload.MaxSize - around; length += 73)
            RoundTrip(length);
        RoundTrip(KeyPayload.MaxSize - around);
        Assert.Throws<SealBroken>(() => RoundTrip(KeyPayload.MaxSize - around + 1));
        Assert.Throws<SealBroken>(() => RoundTrip(100_000));
    }

    [Theory]
    [InlineData("openai", true)]
    [InlineData("x-ai2", true)]
    [InlineData("custom:/v1", true)]
    [InlineData("custom:/a/B_c.d~/v1-beta", true)]
    [InlineData("", false)]
    [InlineData("OpenAI", false)]
    [InlineData("open ai", false)]
    [InlineData("openai/v1", false)]
    [InlineData("openai:/v1", false)]
    [InlineData("custom:v1", false)]
    [InlineData("custom:/", false)]
    [InlineData("custom://a", false)]
    [InlineData("custom:/a/", false)]
    [InlineData("custom:/a/../b", false)]
    [InlineData("custom:/./b", false)]
    [InlineData("custom:/a%2e", false)]
    [InlineData("custom:/a?b", false)]
    [InlineData("custom:/a\\b", false)]
    [InlineData("custom:/ä", false)]
    public void A_provider_is_a_plain_name_or_a_base_path_that_cannot_climb(string provider, bool allowed)
    {
        Assert.Equal(allowed, KeyRules.IsProvider(provider));
        SealsAndOpens(Worked.Version with { Provider = provider }, allowed);
    }

    [Theory]
    [InlineData("https://api.openai.com", true)]
    [InlineData("https://api.openai.com:8443", true)]
    [InlineData("https://a", true)]
    [InlineData("http://10.0.0.1:11434", true)]
    [InlineData("https://xn--bcher-kva.example", true)]
    [InlineData("", false)]
    [InlineData("https://", false)]
    [InlineData("https:/api.openai.com", false)]
    [InlineData("ftp://api.openai.com", false)]
    [InlineData("api.openai.com", false)]
    [InlineData("HTTPS://api.openai.com", false)]
    [InlineData("https://API.openai.com", false)]
    [InlineData("https://api.openai.com/", false)]
    [InlineData("https://api.openai.com/v1", false)]
    [InlineData("https://api.openai.com?a", false)]
    [InlineData("https://api.openai.com#a", false)]
    [InlineData("https://user@api.openai.com", false)]
    [InlineData("https://api.openai.com:", false)]
    [InlineData("https://api.openai.com:0", false)]
    [InlineData("https://api.openai.com:080", false)]
    [InlineData("https://api.openai.com:65536", false)]
    [InlineData("https://api.openai.com:+1", false)]
    [InlineData("https://api.openai.com:443:1", false)]
    [InlineData("https://api..openai.com", false)]
    [InlineData("https://api.openai.com.", false)]
    [InlineData("https://-api.openai.com", false)]
    [InlineData("https://api-.openai.com", false)]
    [InlineData("https://api_x.openai.com", false)]
    [InlineData("https://bücher.example", false)]
    [InlineData("https://api.openai.com\r\n", false)]
    [InlineData("https://[::1]", false)]
    public void An_origin_is_a_scheme_a_host_and_maybe_a_port(string origin, bool allowed)
    {
        Assert.Equal(allowed, KeyRules.IsOrigin(origin));
        SealsAndOpens(Worked.Version with { Origin = origin }, allowed);
    }

    [Fact]
    public void Names_without_end_are_refused()
    {
        SealsAndOpens(Worked.Version with { Provider = new string('a', 128) }, true);
        SealsAndOpens(Worked.Version with { Provider = new string('a', 129) }, false);
        SealsAndOpens(Worked.Version with { Origin = "https://" + new string('a', 262) }, true);
        SealsAndOpens(Worked.Version with { Origin = "https://" + new string('a', 263) }, false);
    }

    /// <summary>CR-18 from inside: an envelope that says one origin outside and another inside.</summary>
    [Fact]
    public void A_payload_for_another_provider_or_origin_than_its_envelope_does_not_open()
    {
        var version = Worked.Version;
        Assert.Equal("sk-1"u8.ToArray(), OpenCrafted(version, Craft(version, KeyScheme.Bearer, "sk-1"u8.ToArray())));
        foreach (var inside in new[] { version with { Provider = "openrouter" }, version with { Origin = "https://evil.example" } })
            Assert.Throws<SealBroken>(() => OpenCrafted(version, Craft(inside, KeyScheme.Bearer, "sk-1"u8.ToArray())));
    }

    [Fact]
    public void A_payload_has_one_spelling()
    {
        var good = Craft(Worked.Version, KeyScheme.Bearer, "sk-1"u8.ToArray());
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, [.. good, .. new byte[256]]));
        // 33: the scheme. 34: the secret's length. 36: the secret. 40: its end. Then zeros.
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 0, 2)));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 40, 0)));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 40, 0x81)));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 41, 1)));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 255, 1)));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 35, 3)));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 35, 5)));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 35, 0xFF)));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, With(good, 34, 0xFF)));
    }

    [Fact]
    public void Any_payload_at_all_either_opens_or_is_refused()
    {
        var random = new Random(7);
        var good = Craft(Worked.Version, KeyScheme.Bearer, "sk-1"u8.ToArray());
        var longNames = Worked.Version with { Provider = new string('a', 128), Origin = "https://" + new string('a', 262) };
        for (var round = 0; round < Rounds.Of(5_000, 200_000); round++)
        {
            byte[] payload = [.. good];
            random.NextBytes(payload.AsSpan(round % 40));
            Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, payload));
        }
        // A block that ends before the names that are expected in it do, or just behind them.
        Assert.Throws<SealBroken>(() => OpenCrafted(longNames, Craft(longNames, KeyScheme.Bearer, "sk-1"u8.ToArray())[..256]));
        for (var length = 118; length <= 125; length++)
        {
            var filled = longNames with { Origin = "https://" + new string('a', length - 8) };
            Assert.Throws<SealBroken>(() => OpenCrafted(filled, Craft(filled, KeyScheme.Bearer, "sk-1"u8.ToArray())[..256]));
        }
    }

    [Fact]
    public void A_payload_that_is_refused_leaves_nothing_in_its_room()
    {
        var room = new byte[KeyPayload.MaxSize];
        var envelope = SealCrafted(Worked.Version, Craft(Worked.Version, KeyScheme.Bearer, "sk-1\r\n"u8.ToArray()));
        Assert.Throws<SealBroken>(() => SealedKey.Open(new GrantSecret([.. Worked.G]), Worked.Grant, Worked.Version, envelope, room).Scheme);
        Assert.DoesNotContain(room, one => one != 0);
    }

    private static void Refused(KeyScheme scheme, byte[] secret)
    {
        Assert.False(KeyRules.IsSecret(scheme, secret));
        Assert.Throws<SealBroken>(() => SealedKey.Seal(new GrantSecret([.. Worked.G]), Worked.Grant, Worked.Version, scheme, secret));
        Assert.Throws<SealBroken>(() => Deposit.Seal(Worked.Value("pk_V"), Worked.Version, scheme, secret));
        Assert.Throws<SealBroken>(() => OpenCrafted(Worked.Version, Craft(Worked.Version, scheme, secret)));
    }

    private static void RoundTrip(int length)
    {
        var secret = Enumerable.Repeat((byte)'k', length).ToArray();
        var envelope = SealedKey.Seal(new GrantSecret([.. Worked.G]), Worked.Grant, Worked.Version, KeyScheme.Bearer, secret);
        Assert.Equal(secret, Worked.OpenSealedKey(envelope, Worked.Grant, Worked.Version, Worked.G));
        Assert.True(Kp1.IsWellFormed(EnvelopeType.SealedKey, envelope));
    }

    private static void SealsAndOpens(KeyVersion version, bool allowed)
    {
        var crafted = Craft(version, KeyScheme.Bearer, "sk-1"u8.ToArray());
        if (allowed)
        {
            Assert.Equal("sk-1"u8.ToArray(), OpenCrafted(version, crafted));
            Assert.NotEmpty(SealedKey.Seal(new GrantSecret([.. Worked.G]), Worked.Grant, version, KeyScheme.Bearer, "sk-1"u8));
            return;
        }
        Assert.Throws<SealBroken>(() => OpenCrafted(version, crafted));
        Assert.Throws<SealBroken>(() => SealedKey.Seal(new GrantSecret([.. Worked.G]), Worked.Grant, version, KeyScheme.Bearer, "sk-1"u8));
    }

    /// <summary>A payload as someone writes it who checks nothing.</summary>
    private static byte[] Craft(KeyVersion version, KeyScheme scheme, byte[] secret)
    {
        byte[] open =
        [
            1, .. Prefixed(Encoding.UTF8.GetBytes(version.Provider)), .. Prefixed(Encoding.UTF8.GetBytes(version.Origin)),
            (byte)scheme, .. Prefixed(secret), 0x80,
        ];
        return [.. open, .. new byte[(256 - open.Length % 256) % 256]];
    }

    private static byte[] Prefixed(byte[] bytes)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)bytes.Length);
        return [.. length, .. bytes];
    }

    private static byte[] OpenCrafted(KeyVersion version, byte[] payload) =>
        Worked.OpenSealedKey(SealCrafted(version, payload), Worked.Grant, version, Worked.G);

    /// <summary>SEALED_KEY by hand, around the checks.</summary>
    private static byte[] SealCrafted(KeyVersion version, byte[] payload)
    {
        var purpose = new Joined(stackalloc byte[Joined.Room]);
        purpose.Raw("key\0"u8);
        purpose.Id(Worked.Grant);
        purpose.Id(version.KeyId);
        purpose.Number(version.Version);
        var content = new byte[Derived.Size];
        new GrantSecret([.. Worked.G]).Derive(purpose.Bytes, content);
        var context = new Joined(stackalloc byte[Joined.Room]);
        context.Id(version.Vault);
        context.Id(Worked.Grant);
        context.Id(version.KeyId);
        context.Number(version.Version);
        context.Text(version.Provider);
        context.Text(version.Origin);
        return Kp1.Seal(EnvelopeType.SealedKey, content, [], context.Bytes, payload, Nonce.Fresh());
    }

    private static byte[] With(byte[] bytes, int index, byte value)
    {
        byte[] changed = [.. bytes];
        changed[index] = value;
        return changed;
    }
}
