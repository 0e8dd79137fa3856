using System.Text;
using System.Text.RegularExpressions;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>CR-12 and the form of every credential string.</summary>
public partial class CredentialTests
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly Dictionary<CredentialKind, string> Prefixes = new()
    {
        [CredentialKind.VirtualKey] = "km_live_",
        [CredentialKind.TestVirtualKey] = "km_test_",
        [CredentialKind.AccessToken] = "kp_at_",
        [CredentialKind.RefreshToken] = "kp_rt_",
        [CredentialKind.PublicToken] = "kp_pt_",
        [CredentialKind.ManagementToken] = "kp_pat_",
        [CredentialKind.ClientSecret] = "kp_cs_",
        [CredentialKind.LinkToken] = "kp_lt_",
        [CredentialKind.SessionToken] = "kp_ss_",
        [CredentialKind.ClientId] = "kp_cid_",
    };

    [Fact]
    public void Every_kind_is_minted_in_the_form_that_scanners_look_for_and_read_back()
    {
        Assert.Equal(Enum.GetValues<CredentialKind>().Order(), Prefixes.Keys.Order());
        foreach (var (kind, prefix) in Prefixes)
        {
            using var minted = Credential.Mint(kind);
            var text = Text(minted);
            Assert.Matches(Scanner(), text);
            Assert.Equal(prefix.Length + 49, text.Length);
            Assert.StartsWith(prefix, text, StringComparison.Ordinal);
            Assert.True(Credential.TryRead(text, out var read));
            using (read)
            {
                Assert.Equal(kind, read.Kind);
                Assert.Equal(text, Text(read));
            }
        }
    }

    [Fact]
    public void A_credential_with_any_character_exchanged_missing_or_added_is_refused_without_a_look_up()
    {
        var text = Worked.Text("token");
        for (var index = 0; index < text.Length; index++)
        {
            foreach (var other in Alphabet.Where(other => other != text[index]))
                Refused($"{text[..index]}{other}{text[(index + 1)..]}");
            Refused(text.Remove(index, 1));
            Refused(text.Insert(index, "a"));
            Refused(text[..index]);
        }
        Refused(text + "a");
        Refused(text + " ");
        Refused(" " + text);
        Refused(text.ToUpperInvariant());
    }

    [Fact]
    public void A_credential_of_other_characters_is_refused_even_when_its_checksum_is_right()
    {
        foreach (var odd in "-_ é\0\r\n\u0130\uFF11ŀ")
        {
            var text = "kp_at_" + odd + new string('a', 42);
            Refused(text + Checksum(text));
            // The same after a careless cast of UTF-16 to bytes: U+0130 ends in 0x30, which is '0'.
            var cast = new string([.. text.Select(one => (char)(byte)one)]);
            Refused(text + Checksum(cast));
        }
        var good = "kp_at_" + new string('a', 43);
        Assert.True(Credential.TryRead(good + Checksum(good), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("km_live_")]
    [InlineData("sk-proj-abc")]
    [InlineData("KM_LIVE_123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh28KMwI")]
    public void What_is_none_of_ours_is_refused(string text) => Refused(text);

    [Theory]
    [InlineData(42)]
    [InlineData(44)]
    [InlineData(4_000)]
    public void A_credential_of_another_length_is_refused_even_when_its_checksum_is_right(int characters)
    {
        var text = "kp_at_" + new string('a', characters);
        Refused(text + Checksum(text));
    }

    [Fact]
    public void A_known_form_under_a_prefix_of_nobody_is_refused()
    {
        var unknown = "kp_xx_" + new string('a', 43);
        Refused(unknown + Checksum(unknown));
    }

    /// <summary>256 bits of choice only if every character comes up equally often; "mod 62" alone would favour eight of them by a quarter.</summary>
    [Fact]
    public void Every_character_comes_up_equally_often_at_every_place()
    {
        var credentials = Rounds.Of(1_000_000, 10_000_000) / 43;
        var counts = new int[62];
        var atPlace = new int[43, 62];
        for (var round = 0; round < credentials; round++)
        {
            using var minted = Credential.Mint(CredentialKind.AccessToken);
            for (var place = 0; place < 43; place++)
            {
                var character = Alphabet.IndexOf((char)minted.Reveal()[6 + place], StringComparison.Ordinal);
                counts[character]++;
                atPlace[place, character]++;
            }
        }
        // 61 degrees of freedom: above 150 once in a billion runs. A bias of "mod 62" gives thousands.
        Assert.InRange(ChiSquare(counts), 15, 150);
        for (var place = 0; place < 43; place++)
            Assert.InRange(ChiSquare([.. Enumerable.Range(0, 62).Select(character => atPlace[place, character])]), 15, 150);
    }

    [Fact]
    public void No_two_minted_credentials_are_the_same()
    {
        var seen = new HashSet<string>();
        for (var round = 0; round < Rounds.Of(100_000, 1_000_000); round++)
        {
            using var minted = Credential.Mint(CredentialKind.VirtualKey);
            Assert.True(seen.Add(Text(minted)));
        }
    }

    [Fact]
    public void A_credential_is_wiped_on_dispose_and_cannot_be_used_after_it()
    {
        var credential = Credential.Mint(CredentialKind.AccessToken);
        var memory = credential.Reveal();
        credential.Dispose();
        Assert.False(memory.ContainsAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => credential.Reveal().Length);
        Assert.Throws<ObjectDisposedException>(() => credential.Hash(new byte[32]));
        Assert.Throws<ObjectDisposedException>(() =>
            TokenWrap.Seal(credential, Worked.Vault, Worked.Grant, Worked.Row, new GrantSecret([.. Worked.G])));
    }

    private static void Refused(string text)
    {
        Assert.False(Credential.TryRead(text, out var credential));
        Assert.Null(credential);
    }

    private static string Text(Credential credential) => Encoding.ASCII.GetString(credential.Reveal());

    /// <summary>Written a second time, in another way: division of polynomials with the bits the usual way round.</summary>
    private static string Checksum(string text)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var one in Encoding.Latin1.GetBytes(text))
            for (var bit = 0; bit < 8; bit++)
            {
                var carry = crc >> 31 ^ (uint)(one >> bit & 1);
                crc = crc << 1 ^ carry * 0x04C11DB7u;
            }
        var reversed = 0u;
        for (var bit = 0; bit < 32; bit++)
            reversed |= (crc >> bit & 1) << (31 - bit);
        var rest = ~reversed;
        var characters = new char[6];
        for (var index = 5; index >= 0; index--, rest /= 62)
            characters[index] = Alphabet[(int)(rest % 62)];
        return new string(characters);
    }

    private static double ChiSquare(int[] counts)
    {
        var expected = counts.Sum() / (double)counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }

    [GeneratedRegex(@"^(km_(live|test)|kp_(at|rt|pt|pat|cs|lt|ss|cid))_[0-9A-Za-z]{49}$")]
    private static partial Regex Scanner();
}
