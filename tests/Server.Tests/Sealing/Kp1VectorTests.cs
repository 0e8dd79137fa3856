using System.Text;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>CR-05: every value of the worked example comes out again, byte for byte, and opens again.</summary>
public class Kp1VectorTests
{
    [Fact]
    public void The_copy_beside_the_tests_is_the_designs_own()
    {
        var design = Fixture.Read(Fixture.OfTheDesign, "kp1-vectors.json");
        var own = Fixture.Read(Fixture.Own, "kp1-vectors.json").GetProperty("values");
        Assert.Equal(26, own.EnumerateObject().Count());
        Assert.Equal(
            design.EnumerateObject().Select(one => (one.Name, one.Value.GetString())),
            own.EnumerateObject().Select(one => (one.Name, one.Value.GetString())));
    }

    [Theory]
    [InlineData("token")]
    [InlineData("public_token")]
    public void The_checksum_of_a_worked_credential_is_right(string name)
    {
        using var credential = Worked.Credential(Worked.Text(name));
        Assert.Equal(Worked.Text(name), Encoding.ASCII.GetString(credential.Reveal()));
    }

    [Fact]
    public void A_credential_gives_the_worked_hash_and_wrapping_keys()
    {
        using var credential = Worked.TheToken;
        var bytes = new byte[32];
        credential.Hash(bytes);
        Is("token_hash", bytes);
        credential.DeriveWrap(Worked.Grant, Worked.Row, bytes);
        Is("K_wrap", bytes);
        using var publicToken = Worked.Credential(Worked.Text("public_token"));
        publicToken.DeriveWrap(Worked.Grant, Worked.PublicRow, bytes);
        Is("K_wrap_public", bytes);
    }

    [Fact]
    public void Every_derivation_gives_its_worked_value()
    {
        Is("K_key", Derive("KeyPass/v1/grant", Worked.G, "key\0", Worked.Grant, Worked.KeyId, Worked.Version.Version));
        Is("K_child", Derive("KeyPass/v1/grant", Worked.G, "child\0", Worked.ChildGrant));
        Is("K_escrow", Derive("KeyPass/v1/vault", Worked.Vk, "escrow\0", Worked.Grant));
        Is("AH", Derive("KeyPass/v1/master", Worked.MasterSecret, "auth"));
        Is("KEK", Derive("KeyPass/v1/master", Worked.MasterSecret, "kek"));
        Is("commit", Derive("KeyPass/v1/master", Worked.MasterSecret, "commit"));
        var passkey = new Joined(new byte[100]);
        passkey.Raw("kek\0"u8);
        passkey.Text(Worked.RpId);
        passkey.Raw([0, (byte)Worked.CredentialId.Length, .. Worked.CredentialId]);
        Is("KEK_prf", Derive("KeyPass/v1/prf", Worked.PrfOutput, Encoding.Latin1.GetString(passkey.Bytes)));
        Is("K_outer", Worked.Ring.Active.Outer(Worked.Table));
    }

    [Fact]
    public void The_key_pairs_of_vault_and_user_are_the_worked_ones()
    {
        Is("pk_V", new VaultSecret([.. Worked.Vk]).PublicPoint());
        using var user = P256.DeriveKeyPair(Worked.PairSeedU);
        var point = new byte[P256.PointSize];
        P256.WritePoint(user, point);
        Is("pk_U", point);
    }

    [Fact]
    public void The_payload_is_the_worked_one()
    {
        var room = new byte[KeyPayload.MaxSize];
        var size = KeyPayload.Write(Worked.Version, KeyScheme.Bearer, Worked.Secret, room);
        Is("payload", room.AsSpan(..size));
    }

    [Fact]
    public void Every_envelope_with_the_worked_nonce_is_the_worked_one()
    {
        var nonce = Worked.Nonce;
        using var credential = Worked.TheToken;
        var g = new GrantSecret([.. Worked.G]);
        var childG = new GrantSecret([.. Worked.ChildG]);
        var vk = new VaultSecret([.. Worked.Vk]);
        var (vault, grant, version, secret) = (Worked.Vault, Worked.Grant, Worked.Version, Worked.Secret);
        Is("token_wrap", TokenWrap.Seal(credential, vault, grant, Worked.Row, g, nonce));
        Is("sealed_key", SealedKey.Seal(g, grant, version, KeyScheme.Bearer, secret, nonce));
        Is("escrow", Escrow.Seal(vk, vault, grant, Worked.Label, g, nonce));
        Is("child", Child.Seal(g, vault, grant, Worked.ChildGrant, childG, nonce));
        Is("vault_item", VaultItem.Seal(vk, version, KeyScheme.Bearer, secret, Worked.Salt, nonce));
        Is("unlock_pw", Unlock.Seal(Worked.Value("KEK"), Worked.User, vault, Worked.Method, Worked.Kdf, Worked.Value("commit"), vk, nonce));
        Is("outer", Worked.Ring.Wrap(Worked.Table, Worked.OuterRow, Worked.Value("sealed_key"), nonce));
        Is("deposit", Deposit.Seal(Worked.Value("pk_V"), version, KeyScheme.Bearer, secret, Worked.DepositSeed));
        Is("escrow_deposit", EscrowDeposit.Seal(
            Worked.Value("pk_V"), vault, Worked.ChildGrant, Worked.DepositLabel, childG, Worked.EscrowDepositSeed));
        Is("vk_share", Kp1.SealTo(
            EnvelopeType.VaultShare, Worked.Value("pk_U"), Worked.ShareContext(vault, Worked.User, Worked.Epoch), vk.Bytes, Worked.ShareSeed));
    }

    [Fact]
    public void Every_worked_envelope_opens_to_what_was_sealed()
    {
        var expected = new Dictionary<EnvelopeType, byte[]>
        {
            [EnvelopeType.VaultItem] = Worked.Secret,
            [EnvelopeType.Unlock] = Worked.Vk,
            [EnvelopeType.TokenWrap] = Worked.G,
            [EnvelopeType.Escrow] = Worked.G,
            [EnvelopeType.SealedKey] = Worked.Secret,
            [EnvelopeType.VaultShare] = Worked.Vk,
            [EnvelopeType.Outer] = Worked.Value("sealed_key"),
            [EnvelopeType.Deposit] = Worked.Secret,
            [EnvelopeType.EscrowDeposit] = Worked.ChildG,
            [EnvelopeType.Child] = Worked.ChildG,
        };
        Assert.Equal(Enum.GetValues<EnvelopeType>(), Worked.Samples.Select(sample => sample.Type));
        Assert.All(Worked.Samples, sample => Assert.Equal(expected[sample.Type], sample.Open(sample.Envelope)));
    }

    [Fact]
    public void What_is_sealed_with_fresh_randomness_opens_again()
    {
        var g = GrantSecret.Fresh(new byte[GrantSecret.Size]);
        var childG = GrantSecret.Fresh(new byte[GrantSecret.Size]);
        var vk = VaultSecret.Fresh(new byte[VaultSecret.Size]);
        var (vault, grant, version, secret) = (Worked.Vault, Worked.Grant, Worked.Version, Worked.Secret);
        using var credential = Credential.Mint(CredentialKind.VirtualKey);
        var room = new byte[KeyPayload.MaxSize];
        Same(g.Bytes, TokenWrap.Open(credential, vault, grant, Worked.Row, TokenWrap.Seal(credential, vault, grant, Worked.Row, g), room).Bytes);
        Same(g.Bytes, Escrow.Open(vk, vault, grant, "Café", Escrow.Seal(vk, vault, grant, "Café", g), room).Bytes);
        Same(childG.Bytes, Child.Open(g, vault, grant, Worked.ChildGrant, Child.Seal(g, vault, grant, Worked.ChildGrant, childG), room).Bytes);
        Same(g.Bytes, EscrowDeposit.Open(vk, vault, grant, "ci", EscrowDeposit.Seal(vk.PublicPoint(), vault, grant, "ci", g), room).Bytes);
        Same(secret, SealedKey.Open(g, grant, version, SealedKey.Seal(g, grant, version, KeyScheme.XApiKey, secret), room).Secret);
        Same(secret, VaultItem.Open(vk, version, VaultItem.Seal(vk, version, KeyScheme.XApiKey, secret), room).Secret);
        Same(secret, Deposit.Open(vk, version, Deposit.Seal(vk.PublicPoint(), version, KeyScheme.XApiKey, secret), room).Secret);
        Same(vk.Bytes, Unlock.OpenForRing(Worked.Ring, Worked.User, vault, Unlock.SealForRing(Worked.Ring, Worked.User, vault, vk), room).Bytes);
        Same(secret, Worked.Ring.Unwrap("dp", vault, Worked.Ring.Wrap("dp", vault, secret)));
    }

    private static byte[] Derive(string label, byte[] secret, string purpose, params Guid[] ids) => Derive(label, secret, purpose, ids, null);

    private static byte[] Derive(string label, byte[] secret, string purpose, Guid first, Guid second, uint number) =>
        Derive(label, secret, purpose, [first, second], number);

    private static byte[] Derive(string label, byte[] secret, string purpose, Guid[] ids, uint? number)
    {
        var joined = new Joined(new byte[200]);
        joined.Raw(Encoding.Latin1.GetBytes(purpose));
        foreach (var id in ids)
            joined.Id(id);
        if (number is { } given)
            joined.Number(given);
        var derived = new byte[Derived.Size];
        Derived.Write(Encoding.ASCII.GetBytes(label), secret, joined.Bytes, derived);
        return derived;
    }

    private static void Is(string name, ReadOnlySpan<byte> actual) => Assert.Equal(Worked.Text(name), Convert.ToHexStringLower(actual));

    private static void Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual) =>
        Assert.Equal(Convert.ToHexStringLower(expected), Convert.ToHexStringLower(actual));
}
