using System.Buffers.Binary;
using System.Security.Cryptography;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>CR-06 to CR-09 and CR-15: an envelope that is not exactly the one that was sealed, for exactly this place, does not open.</summary>
public class EnvelopeTests
{
    private static readonly Guid Other = new("0198c0de-0000-7000-8000-00000000000f");

    public static TheoryData<string> Types => [.. Worked.Samples.Select(sample => sample.Type.ToString())];

    [Theory]
    [MemberData(nameof(Types))]
    public void No_flipped_bit_goes_unnoticed(string type)
    {
        var sample = Get(type);
        for (var bit = 0; bit < sample.Envelope.Length * 8; bit++)
            Assert.Throws<SealBroken>(() => sample.Open(Flip(sample.Envelope, bit)));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void No_shorter_or_longer_envelope_opens(string type)
    {
        var sample = Get(type);
        for (var size = 0; size < sample.Envelope.Length; size++)
        {
            Assert.Throws<SealBroken>(() => sample.Open(sample.Envelope[..size]));
            Assert.Throws<SealBroken>(() => sample.Open(sample.Envelope[^size..]));
        }
        Assert.Throws<SealBroken>(() => sample.Open([.. sample.Envelope, 0]));
        Assert.Throws<SealBroken>(() => sample.Open([.. sample.Envelope, .. new byte[256]]));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Random_bytes_never_open_and_never_raise_anything_else(string type)
    {
        var sample = Get(type);
        var random = new Random(20260131);
        for (var round = 0; round < Rounds.Of(2_000, 100_000); round++)
        {
            var bytes = new byte[round % 2 == 0 ? random.Next(0, 700) : sample.Envelope.Length];
            random.NextBytes(bytes);
            // Half of them get past the header and the size.
            if (round % 4 != 0)
                sample.Envelope.AsSpan(0, Math.Min(Kp1.HeaderSize, bytes.Length)).CopyTo(bytes);
            Assert.Throws<SealBroken>(() => sample.Open(bytes));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void An_envelope_of_another_type_does_not_open_even_with_its_header_rewritten(string type)
    {
        var sample = Get(type);
        foreach (var other in Worked.Samples.Where(other => other.Type != sample.Type))
        {
            Assert.Throws<SealBroken>(() => sample.Open(other.Envelope));
            byte[] rewritten = [.. sample.Envelope[..Kp1.HeaderSize], .. other.Envelope[Kp1.HeaderSize..]];
            Assert.Throws<SealBroken>(() => sample.Open(rewritten));
            Assert.False(Kp1.IsWellFormed(sample.Type, other.Envelope));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void What_may_be_stored_unopened_has_the_right_header_and_size(string type)
    {
        var sample = Get(type);
        Assert.True(Kp1.IsWellFormed(sample.Type, sample.Envelope));
        for (var bit = 0; bit < Kp1.HeaderSize * 8; bit++)
            Assert.False(Kp1.IsWellFormed(sample.Type, Flip(sample.Envelope, bit)));
        Assert.False(Kp1.IsWellFormed(sample.Type, []));
        Assert.False(Kp1.IsWellFormed(sample.Type, sample.Envelope.AsSpan(..Kp1.SymmetricSize)));
        Assert.Equal(sample.Type == EnvelopeType.Outer, Kp1.IsWellFormed(sample.Type, [.. sample.Envelope, 0]));
    }

    [Theory]
    [InlineData(nameof(EnvelopeType.VaultShare))]
    [InlineData(nameof(EnvelopeType.Deposit))]
    [InlineData(nameof(EnvelopeType.EscrowDeposit))]
    public void An_envelope_to_a_public_point_is_stored_only_with_a_point_in_it(string type)
    {
        var sample = Get(type);
        Assert.False(Kp1.IsWellFormed(sample.Type, Flip(sample.Envelope, Kp1.HeaderSize * 8 + 200)));
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(KeyPayload.MaxSize, true)]
    [InlineData(0, false)]
    [InlineData(255, false)]
    [InlineData(257, false)]
    [InlineData(KeyPayload.MaxSize + 256, false)]
    public void A_sealed_key_is_stored_only_in_whole_blocks(int payload, bool stored)
    {
        byte[] envelope = [.. Worked.Value("sealed_key")[..Kp1.HeaderSize], .. new byte[Nonce.Size + payload + Aead.TagSize]];
        Assert.Equal(stored, Kp1.IsWellFormed(EnvelopeType.SealedKey, envelope));
    }

    [Fact]
    public void No_field_an_envelope_is_bound_to_can_be_exchanged()
    {
        var (vault, grant, row, version) = (Worked.Vault, Worked.Grant, Worked.Row, Worked.Version);
        var otherVk = Flip(Worked.Vk, 0);
        var otherG = Flip(Worked.G, 0);
        var token = Worked.Text("token");
        using var minted = Credential.Mint(CredentialKind.VirtualKey);
        var otherToken = System.Text.Encoding.ASCII.GetString(minted.Reveal());
        KeyVersion[] versions =
        [
            version with { Vault = Other }, version with { KeyId = Other }, version with { Version = 4 },
            version with { Provider = "openrouter" }, version with { Origin = "https://api.openai.com:8443" },
        ];
        Action[] swaps =
        [
            () => Worked.OpenTokenWrap(Worked.Value("token_wrap"), token, Other, grant, row),
            () => Worked.OpenTokenWrap(Worked.Value("token_wrap"), token, vault, Other, row),
            () => Worked.OpenTokenWrap(Worked.Value("token_wrap"), token, vault, grant, Other),
            () => Worked.OpenTokenWrap(Worked.Value("token_wrap"), otherToken, vault, grant, row),
            () => Worked.OpenEscrow(Worked.Value("escrow"), Other, grant, Worked.Label),
            () => Worked.OpenEscrow(Worked.Value("escrow"), vault, Other, Worked.Label),
            () => Worked.OpenEscrow(Worked.Value("escrow"), vault, grant, "kp_cid_app2"),
            () => Worked.OpenChild(Worked.Value("child"), Other, grant, Worked.ChildGrant),
            () => Worked.OpenChild(Worked.Value("child"), vault, Other, Worked.ChildGrant),
            () => Worked.OpenChild(Worked.Value("child"), vault, grant, Other),
            () => Worked.OpenSealedKey(Worked.Value("sealed_key"), Other, version, Worked.G),
            () => Worked.OpenSealedKey(Worked.Value("sealed_key"), grant, version, otherG),
            () => Worked.OpenVaultItem(Worked.Value("vault_item"), version, otherVk),
            () => Worked.OpenEscrowDeposit(Worked.Value("escrow_deposit"), Other, Worked.ChildGrant, Worked.DepositLabel),
            () => Worked.OpenEscrowDeposit(Worked.Value("escrow_deposit"), vault, Other, Worked.DepositLabel),
            () => Worked.OpenEscrowDeposit(Worked.Value("escrow_deposit"), vault, Worked.ChildGrant, "virtual-key:cd"),
            () => Worked.OpenShare(Worked.Value("vk_share"), Other, Worked.User, Worked.Epoch),
            () => Worked.OpenShare(Worked.Value("vk_share"), vault, Other, Worked.Epoch),
            () => Worked.OpenShare(Worked.Value("vk_share"), vault, Worked.User, 2),
            .. versions.Select(swapped => (Action)(() => Worked.OpenSealedKey(Worked.Value("sealed_key"), grant, swapped, Worked.G))),
            .. versions.Select(swapped => (Action)(() => Worked.OpenVaultItem(Worked.Value("vault_item"), swapped, Worked.Vk))),
            .. versions.Select(swapped => (Action)(() => Worked.OpenDeposit(Worked.Value("deposit"), swapped))),
        ];
        Assert.All(swaps, swap => Assert.Throws<SealBroken>(swap));
    }

    [Fact]
    public void An_unlock_with_another_user_vault_method_cost_or_commitment_does_not_open()
    {
        var (envelope, vault, commitment) = (Worked.Value("unlock_pw"), Worked.Vault, Worked.Value("commit"));
        Action[] swaps =
        [
            () => Worked.OpenUnlock(envelope, Other, vault, Worked.Method, Worked.Kdf, commitment),
            () => Worked.OpenUnlock(envelope, Worked.User, Other, Worked.Method, Worked.Kdf, commitment),
            () => Worked.OpenUnlock(envelope, Worked.User, vault, "recovery", Worked.Kdf, commitment),
            () => Worked.OpenUnlock(envelope, Worked.User, vault, Worked.Method, Flip(Worked.Kdf, 9), commitment),
            () => Worked.OpenUnlock(envelope, Worked.User, vault, Worked.Method, Worked.Kdf, Flip(commitment, 0)),
        ];
        Assert.All(swaps, swap => Assert.Throws<SealBroken>(swap));
    }

    [Fact]
    public void A_letter_cannot_move_from_one_bound_field_to_its_neighbour()
    {
        var (envelope, commitment) = (Worked.Value("unlock_pw"), Worked.Value("commit"));
        Assert.Throws<SealBroken>(() =>
            Worked.OpenUnlock(envelope, Worked.User, Worked.Vault, "p", [(byte)'w', .. Worked.Kdf], commitment));
        Assert.Throws<SealBroken>(() =>
            Worked.OpenUnlock(envelope, Worked.User, Worked.Vault, "pw\u0002", Worked.Kdf[1..], commitment));
        var content = RandomNumberGenerator.GetBytes(32);
        var sealedBytes = Kp1.Seal(EnvelopeType.Child, content, [], TwoTexts("openai", "https://a"), new byte[32], Nonce.Fresh());
        Assert.Equal(32, Kp1.Open(EnvelopeType.Child, content, 0, TwoTexts("openai", "https://a"), sealedBytes, new byte[32]));
        foreach (var (first, second) in new[] { ("opena", "ihttps://a"), ("openaih", "ttps://a"), ("", "openaihttps://a"), ("openaihttps://a", "") })
            Assert.Throws<SealBroken>(() => Kp1.Open(EnvelopeType.Child, content, 0, TwoTexts(first, second), sealedBytes, new byte[32]));
    }

    [Fact]
    public void A_bound_text_without_end_is_refused() =>
        Assert.Throws<SealBroken>(() => Worked.OpenEscrow(Worked.Value("escrow"), Worked.Vault, Worked.Grant, new string('a', 70_000)));

    [Fact]
    public void A_plaintext_longer_than_its_room_is_refused()
    {
        Assert.Throws<SealBroken>(() => Worked.Ring.Unwrap(Worked.Table, Worked.OuterRow, Worked.Value("outer"), new byte[10]).ToArray());
        Assert.Throws<SealBroken>(() => OpenIn(new byte[255]));
        Assert.Throws<SealBroken>(() => DepositIn(new byte[255]));

        static int OpenIn(byte[] room) => SealedKey.Open(
            new GrantSecret([.. Worked.G]), Worked.Grant, Worked.Version, Worked.Value("sealed_key"), room).Secret.Length;

        static int DepositIn(byte[] room) => Deposit.Open(
            new VaultSecret([.. Worked.Vk]), Worked.Version, Worked.Value("deposit"), room).Secret.Length;
    }

    [Fact]
    public void A_secret_that_was_never_filled_or_is_wiped_seals_nothing()
    {
        Assert.Throws<SealBroken>(() => Child.Seal(
            new GrantSecret(new byte[32]), Worked.Vault, Worked.Grant, Worked.ChildGrant, new GrantSecret([.. Worked.ChildG])));
        Assert.Throws<SealBroken>(() => new VaultSecret(new byte[32]).PublicPoint());
    }

    /// <summary>CR-11. A repeated nonce under one key would give both plaintexts away.</summary>
    [Fact]
    public void No_key_and_nonce_are_used_twice()
    {
        var nonces = new UInt128[Rounds.Of(100_000, 10_000_000)];
        var secret = new GrantSecret([.. Worked.G]);
        var child = new GrantSecret([.. Worked.ChildG]);
        for (var round = 0; round < nonces.Length; round++)
        {
            // One key for all of them: harder than what happens.
            var envelope = Child.Seal(secret, Worked.Vault, Worked.Grant, Worked.ChildGrant, child);
            nonces[round] = BinaryPrimitives.ReadUInt128BigEndian(envelope.AsSpan(Kp1.HeaderSize, 16)) >> 32;
        }
        Array.Sort(nonces);
        for (var round = 1; round < nonces.Length; round++)
            if (nonces[round] == nonces[round - 1])
                Assert.Fail($"The nonce {nonces[round]:x} came up twice.");
    }

    [Fact]
    public void Two_encryptions_of_one_item_have_different_keys_and_different_bytes()
    {
        var salts = new HashSet<string>();
        for (var round = 0; round < 1_000; round++)
        {
            var item = VaultItem.Seal(new VaultSecret([.. Worked.Vk]), Worked.Version, KeyScheme.Bearer, Worked.Secret);
            Assert.True(salts.Add(Convert.ToHexString(item, Kp1.HeaderSize, VaultItem.SaltSize)));
        }
        var point = Worked.Value("pk_V");
        Assert.NotEqual(
            Deposit.Seal(point, Worked.Version, KeyScheme.Bearer, Worked.Secret)[5..70],
            Deposit.Seal(point, Worked.Version, KeyScheme.Bearer, Worked.Secret)[5..70]);
        var g = new GrantSecret([.. Worked.G]);
        Assert.NotEqual(
            EscrowDeposit.Seal(point, Worked.Vault, Worked.Grant, "a", g)[5..70],
            EscrowDeposit.Seal(point, Worked.Vault, Worked.Grant, "a", g)[5..70]);
    }

    private static Sample Get(string type) => Worked.Samples.Single(sample => sample.Type.ToString() == type);

    private static byte[] Flip(byte[] bytes, int bit)
    {
        byte[] flipped = [.. bytes];
        flipped[bit / 8] ^= (byte)(1 << bit % 8);
        return flipped;
    }

    private static byte[] TwoTexts(string first, string second)
    {
        var joined = new Joined(stackalloc byte[Joined.Room]);
        joined.Text(first);
        joined.Text(second);
        return joined.Bytes.ToArray();
    }
}
