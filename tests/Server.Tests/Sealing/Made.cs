using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>
/// One thing that one language made for the other to open, with all that it takes: src/VaultClient/tests/interop/README.md says which
/// members a type has.
/// </summary>
internal sealed record Made(string Type, string Description, JsonElement Context, JsonElement Secrets, string Envelope, string Plaintext)
{
    public static IReadOnlyList<Made> Read(string path) => JsonSerializer.Deserialize<List<Made>>(File.ReadAllText(path), JsonSerializerOptions.Web)!;

    /// <summary>The same thing made here, with fresh randomness.</summary>
    public JsonNode Anew() => new JsonObject
    {
        ["type"] = Type, ["description"] = Description, ["context"] = JsonNode.Parse(Context.GetRawText()), ["secrets"] = JsonNode.Parse(Secrets.GetRawText()),
        ["envelope"] = Convert.ToHexStringLower(Seal()), ["plaintext"] = Plaintext,
    };

    public byte[] Open(byte[] envelope)
    {
        var room = new byte[KeyPayload.MaxSize];
        switch (Type)
        {
            case "VAULT_ITEM":
                return Payload(VaultItem.Open(Vault, Version, envelope, room));
            case "UNLOCK":
                return Unlock.Open(Wrapping(), Id("user"), Id("vault"), Text("method"), Hex("kdf"), Hex("commitment"), envelope, room).Bytes.ToArray();
            case "TOKEN_WRAP":
                return TokenWrap.Open(Presented, Id("vault"), Id("grant"), Id("tokenRow"), envelope, room).Bytes.ToArray();
            case "ESCROW":
                return Escrow.Open(Vault, Id("vault"), Id("grant"), Text("label"), envelope, room).Bytes.ToArray();
            case "SEALED_KEY":
                return Payload(SealedKey.Open(Grant, Id("grant"), Version, envelope, room));
            case "VK_SHARE":
                return room[..Kp1.OpenWith(EnvelopeType.VaultShare, Hex("pairSeed"), Share(), envelope, room)];
            case "DEPOSIT":
                return Payload(Deposit.Open(Vault, Version, envelope, room));
            case "ESCROW_DEPOSIT":
                return EscrowDeposit.Open(Vault, Id("vault"), Id("grant"), Text("label"), envelope, room).Bytes.ToArray();
            case "CHILD":
                return Child.Open(Grant, Id("vault"), Id("grant"), Id("childGrant"), envelope, room).Bytes.ToArray();
            case "RELAY":
                return room[..Aead.Open(Relay(), envelope.AsSpan(..Nonce.Size), [], envelope.AsSpan(Nonce.Size), room)];
            case "TOKEN_HASH" or "PKV_TAG":
                return Seal().AsSpan().SequenceEqual(envelope) ? [] : throw new SealBroken();
            default:
                throw new InvalidOperationException($"no such type: {Type}");
        }
    }

    public byte[] Seal()
    {
        var plain = Convert.FromHexString(Plaintext);
        switch (Type)
        {
            case "VAULT_ITEM":
                return VaultItem.Seal(Vault, Version, Scheme, Hex("providerKey"));
            case "UNLOCK":
                var vault = new VaultSecret(plain);
                return Unlock.Seal(Wrapping(), Id("user"), Id("vault"), Text("method"), Hex("kdf"), Hex("commitment"), vault, Nonce.Fresh());
            case "TOKEN_WRAP":
                return TokenWrap.Seal(Presented, Id("vault"), Id("grant"), Id("tokenRow"), new GrantSecret(plain));
            case "ESCROW":
                return Escrow.Seal(Vault, Id("vault"), Id("grant"), Text("label"), new GrantSecret(plain));
            case "SEALED_KEY":
                return SealedKey.Seal(Grant, Id("grant"), Version, Scheme, Hex("providerKey"));
            case "VK_SHARE":
                using (var pair = P256.DeriveKeyPair(Hex("pairSeed")))
                {
                    var point = new byte[P256.PointSize];
                    P256.WritePoint(pair, point);
                    return Kp1.SealTo(EnvelopeType.VaultShare, point, Share(), plain, RandomNumberGenerator.GetBytes(32));
                }
            case "DEPOSIT":
                return Deposit.Seal(Hex("vaultPoint"), Version, Scheme, Hex("providerKey"));
            case "ESCROW_DEPOSIT":
                return EscrowDeposit.Seal(Hex("vaultPoint"), Id("vault"), Id("grant"), Text("label"), new GrantSecret(plain));
            case "CHILD":
                return Child.Seal(Grant, Id("vault"), Id("grant"), Id("childGrant"), new GrantSecret(plain));
            case "RELAY":
                var (nonce, sealedBytes) = (RandomNumberGenerator.GetBytes(Nonce.Size), new byte[plain.Length + Aead.TagSize]);
                Aead.Seal(Relay(), nonce, [], plain, sealedBytes);
                return [.. nonce, .. sealedBytes];
            case "TOKEN_HASH":
                var hash = new byte[Credential.HashSize];
                Presented.Hash(hash);
                return hash;
            default:
                return VaultPointTag.Make(Grant, Id("vault"), Number("epoch"), Hex("vaultPoint"));
        }
    }

    private VaultSecret Vault => new(Hex("vaultKey"));

    private GrantSecret Grant => new(Hex("grantSecret"));

    private Credential Presented => Worked.Credential(Text("credential"));

    private KeyScheme Scheme => (KeyScheme)Number("scheme");

    private KeyVersion Version => new(Id("vault"), Id("key"), Number("version"), Text("provider"), Text("origin"));

    /// <summary>What the password's hash, the recovery code or the passkey gives; in C# a browser's work, and so only here.</summary>
    private byte[] Wrapping()
    {
        switch (Text("method"))
        {
            case "recovery":
                return Derive("KeyPass/v1/recovery", Encoding.ASCII.GetBytes(Text("recoveryCode").Replace("-", "", StringComparison.Ordinal)), "kek"u8);
            case "prf":
                var purpose = new Joined(new byte[Joined.Room]);
                purpose.Raw("kek\0"u8);
                purpose.Text(Text("rpId"));
                purpose.Raw([0, (byte)Hex("credentialId").Length, .. Hex("credentialId")]);
                return Derive("KeyPass/v1/prf", Hex("prfOutput"), purpose.Bytes);
            default:
                return Derive("KeyPass/v1/master", Hex("masterSecret"), "kek"u8);
        }
    }

    private byte[] Relay() => Derive("KeyPass/v1/relay", Encoding.ASCII.GetBytes(Text("linkToken")), Id("session").ToByteArray(bigEndian: true));

    private byte[] Share() => Worked.ShareContext(Id("vault"), Id("user"), Number("epoch"));

    private byte[] Payload(KeyPayload opened)
    {
        Assert.Equal(Hex("providerKey"), opened.Secret);
        Assert.Equal(Scheme, opened.Scheme);
        var room = new byte[KeyPayload.MaxSize];
        return room[..KeyPayload.Write(Version, opened.Scheme, opened.Secret, room)];
    }

    private static byte[] Derive(string label, byte[] secret, ReadOnlySpan<byte> purpose)
    {
        var derived = new byte[Derived.Size];
        Derived.Write(Encoding.ASCII.GetBytes(label), secret, purpose, derived);
        return derived;
    }

    private string Text(string name) =>
        (Context.TryGetProperty(name, out var part) ? part : Secrets.GetProperty(name)) is { ValueKind: JsonValueKind.String } text
            ? text.GetString()!
            : throw new InvalidOperationException($"{Type} has no text {name}");

    private byte[] Hex(string name) => Convert.FromHexString(Text(name));

    private Guid Id(string name) => new(Hex(name), bigEndian: true);

    private uint Number(string name) => uint.Parse(Context.GetProperty(name).GetRawText(), CultureInfo.InvariantCulture);
}
