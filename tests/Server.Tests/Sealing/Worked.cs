using System.Text;
using System.Text.Json;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>The worked example of the vectors: its inputs, and every envelope of it made and opened with any part exchanged.</summary>
internal static class Worked
{
    private static readonly JsonElement Inputs = Fixture.Read(Fixture.Own, "kp1-vectors.json").GetProperty("inputs");
    private static readonly JsonElement Values = Fixture.Read(Fixture.Own, "kp1-vectors.json").GetProperty("values");

    public static readonly Guid User = Inputs.Id("user");
    public static readonly Guid Vault = Inputs.Id("vault");
    public static readonly Guid Grant = Inputs.Id("grant");
    public static readonly Guid KeyId = Inputs.Id("providerKey");
    public static readonly Guid Row = Inputs.Id("tokenRow");
    public static readonly Guid PublicRow = Inputs.Id("publicTokenRow");
    public static readonly Guid ChildGrant = Inputs.Id("childGrant");
    public static readonly uint Epoch = Inputs.Number("epoch");
    public static readonly string Label = Inputs.Text("escrowLabel");
    public static readonly string DepositLabel = Inputs.Text("escrowDepositLabel");
    public static readonly string Method = Inputs.Text("unlockMethod");
    public static readonly byte[] Kdf = Inputs.Hex("kdfParameters");
    public static readonly byte[] Salt = Inputs.Hex("itemSalt");
    public static readonly byte[] G = Inputs.Hex("grantSecret");
    public static readonly byte[] ChildG = Inputs.Hex("childGrantSecret");
    public static readonly byte[] Vk = Inputs.Hex("vaultSecret");
    public static readonly byte[] Secret = Encoding.ASCII.GetBytes(Inputs.Text("secret"));
    public static readonly byte[] MasterSecret = Inputs.Hex("masterSecret");
    public static readonly byte[] PrfOutput = Inputs.Hex("prfOutput");
    public static readonly string RpId = Inputs.Text("rpId");
    public static readonly byte[] CredentialId = Inputs.Hex("credentialId");
    public static readonly byte[] PairSeedU = Inputs.Hex("pairSeedU");
    public static readonly byte[] DepositSeed = Inputs.Hex("depositSeed");
    public static readonly byte[] EscrowDepositSeed = Inputs.Hex("escrowDepositSeed");
    public static readonly byte[] ShareSeed = Inputs.Hex("shareSeed");
    public static readonly string Table = Inputs.Text("outerTable");
    public static readonly Guid OuterRow = Inputs.Id("outerRow");
    public static readonly Ring Ring = MakeRing(Inputs.Hex("outerSecret"));
    public static readonly KeyVersion Version = new(Vault, KeyId, Inputs.Number("version"), Inputs.Text("provider"), Inputs.Text("origin"));

    public static Nonce Nonce => FixedNonce();

    public static byte[] Value(string name) => Values.Hex(name);

    public static string Text(string name) => Values.Text(name);

    public static Credential Credential(string text)
    {
        Assert.True(KeyPass.Server.Sealing.Credential.TryRead(text, out var credential));
        return credential;
    }

    public static Credential TheToken => Credential(Text("token"));

    public static Ring MakeRing(byte[] secret, uint? kid = null) =>
        new(Enumerable.Repeat((byte)9, 32).ToArray(), [new RingEpoch(kid ?? Inputs.Number("outerKid"), RingState.Active, Fixture.Day, secret)]);

    /// <summary>Every type of envelope, its worked example, and how to open it: the plaintext, or SealBroken.</summary>
    public static IReadOnlyList<Sample> Samples { get; } =
    [
        new(EnvelopeType.VaultItem, Value("vault_item"), envelope => OpenVaultItem(envelope, Version, Vk)),
        new(EnvelopeType.Unlock, Value("unlock_pw"), envelope => OpenUnlock(envelope, User, Vault, Method, Kdf, Value("commit"))),
        new(EnvelopeType.TokenWrap, Value("token_wrap"), envelope => OpenTokenWrap(envelope, Text("token"), Vault, Grant, Row)),
        new(EnvelopeType.Escrow, Value("escrow"), envelope => OpenEscrow(envelope, Vault, Grant, Label)),
        new(EnvelopeType.SealedKey, Value("sealed_key"), envelope => OpenSealedKey(envelope, Grant, Version, G)),
        new(EnvelopeType.VaultShare, Value("vk_share"), envelope => OpenShare(envelope, Vault, User, Epoch)),
        new(EnvelopeType.Outer, Value("outer"), envelope => Ring.Unwrap(Table, OuterRow, envelope)),
        new(EnvelopeType.Deposit, Value("deposit"), envelope => OpenDeposit(envelope, Version)),
        new(EnvelopeType.EscrowDeposit, Value("escrow_deposit"), envelope => OpenEscrowDeposit(envelope, Vault, ChildGrant, DepositLabel)),
        new(EnvelopeType.Child, Value("child"), envelope => OpenChild(envelope, Vault, Grant, ChildGrant)),
    ];

    public static byte[] OpenVaultItem(byte[] envelope, KeyVersion version, byte[] vk)
    {
        using var payload = VaultItem.Open(new VaultSecret([.. vk]), version, envelope, stackalloc byte[KeyPayload.MaxSize]);
        return payload.Secret.ToArray();
    }

    public static byte[] OpenUnlock(byte[] envelope, Guid user, Guid vault, string method, byte[] kdf, byte[] commitment)
    {
        using var secret = Unlock.Open(Value("KEK"), user, vault, method, kdf, commitment, envelope, stackalloc byte[VaultSecret.Size]);
        return secret.Bytes.ToArray();
    }

    public static byte[] OpenTokenWrap(byte[] envelope, string text, Guid vault, Guid grant, Guid row)
    {
        using var credential = Credential(text);
        using var secret = TokenWrap.Open(credential, vault, grant, row, envelope, stackalloc byte[GrantSecret.Size]);
        return secret.Bytes.ToArray();
    }

    public static byte[] OpenEscrow(byte[] envelope, Guid vault, Guid grant, string label)
    {
        using var secret = Escrow.Open(new VaultSecret([.. Vk]), vault, grant, label, envelope, stackalloc byte[GrantSecret.Size]);
        return secret.Bytes.ToArray();
    }

    public static byte[] OpenSealedKey(byte[] envelope, Guid grant, KeyVersion version, byte[] g)
    {
        using var payload = SealedKey.Open(new GrantSecret([.. g]), grant, version, envelope, stackalloc byte[KeyPayload.MaxSize]);
        return payload.Secret.ToArray();
    }

    /// <summary>No server opens one; the format is tried with the parts that do the same for deposits.</summary>
    public static byte[] OpenShare(byte[] envelope, Guid vault, Guid user, uint epoch)
    {
        var secret = new byte[VaultSecret.Size];
        Kp1.OpenWith(EnvelopeType.VaultShare, PairSeedU, ShareContext(vault, user, epoch), envelope, secret);
        return secret;
    }

    public static byte[] OpenDeposit(byte[] envelope, KeyVersion version)
    {
        using var payload = Deposit.Open(new VaultSecret([.. Vk]), version, envelope, stackalloc byte[KeyPayload.MaxSize]);
        return payload.Secret.ToArray();
    }

    public static byte[] OpenEscrowDeposit(byte[] envelope, Guid vault, Guid grant, string label)
    {
        using var secret = EscrowDeposit.Open(new VaultSecret([.. Vk]), vault, grant, label, envelope, stackalloc byte[GrantSecret.Size]);
        return secret.Bytes.ToArray();
    }

    public static byte[] OpenChild(byte[] envelope, Guid vault, Guid parent, Guid child)
    {
        using var secret = Child.Open(new GrantSecret([.. G]), vault, parent, child, envelope, stackalloc byte[GrantSecret.Size]);
        return secret.Bytes.ToArray();
    }

    public static byte[] ShareContext(Guid vault, Guid user, uint epoch)
    {
        var context = new Joined(stackalloc byte[Joined.Room]);
        context.Id(vault);
        context.Id(user);
        context.Number(epoch);
        return context.Bytes.ToArray();
    }

    private static Nonce FixedNonce()
    {
        var nonce = default(Nonce);
        Inputs.Hex("nonce").CopyTo(nonce);
        return nonce;
    }
}

internal sealed record Sample(EnvelopeType Type, byte[] Envelope, Func<byte[], byte[]> Open);
