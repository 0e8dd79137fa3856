using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KeyPass.Server.Tests.Support;

/// <summary>
/// A browser with a platform authenticator, in software: one passkey (ES256, attestation "none"), made and used as WebAuthn says. A
/// <see cref="Slip"/> makes it lie in one point.
/// </summary>
internal sealed class TestAuthenticator(string origin = TestAuthenticator.UsualOrigin) : IDisposable
{
    /// <summary>Where a server under test says it is, when its settings say nothing else: any port of this machine.</summary>
    private const string UsualOrigin = "http://127.0.0.1:0";

    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;
    private const byte HasCredential = 0x40;

    private readonly ECDsa _pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private string _userHandle = "";

    /// <summary>What it says wrongly; what is null it says as it is.</summary>
    internal sealed record Slip
    {
        public string? Origin { get; init; }
        public string? RpId { get; init; }
        public string? Type { get; init; }
        public string? Challenge { get; init; }
        public string? UserHandle { get; init; }
        public string? TopOrigin { get; init; }
        public bool CrossOrigin { get; init; }
        public bool NotVerified { get; init; }
        public bool NotPresent { get; init; }
        public bool SignedByAnother { get; init; }
        public uint? Counter { get; init; }
    }

    public uint Counter { get; private set; }

    public string CredentialId => Base64Url.EncodeToString(RawId());

    /// <summary><c>navigator.credentials.create()</c>, and what the vault client makes of its answer.</summary>
    public JsonObject Create(JsonElement options, Slip? slip = null)
    {
        slip ??= new Slip();
        _userHandle = options.GetProperty("user").GetProperty("id").GetString()!;
        var data = AuthenticatorData(options.GetProperty("rp").GetProperty("id").GetString()!, slip, HasCredential);
        var attested = new List<byte>(data);
        attested.AddRange(new byte[16]);
        attested.AddRange([0, (byte)RawId().Length]);
        attested.AddRange(RawId());
        attested.AddRange(PublicKey());

        var attestation = new CborWriter(CborConformanceMode.Ctap2Canonical);
        attestation.WriteStartMap(3);
        attestation.WriteTextString("fmt");
        attestation.WriteTextString("none");
        attestation.WriteTextString("attStmt");
        attestation.WriteStartMap(0);
        attestation.WriteEndMap();
        attestation.WriteTextString("authData");
        attestation.WriteByteString([.. attested]);
        attestation.WriteEndMap();
        return Answer(new JsonObject
        {
            ["clientDataJSON"] = Base64Url.EncodeToString(ClientData("webauthn.create", options, slip)),
            ["attestationObject"] = Base64Url.EncodeToString(attestation.Encode()),
            ["transports"] = new JsonArray("internal", "hybrid"),
        });
    }

    /// <summary><c>navigator.credentials.get()</c>.</summary>
    public JsonObject Get(JsonElement options, Slip? slip = null)
    {
        slip ??= new Slip();
        var clientData = ClientData("webauthn.get", options, slip);
        var data = AuthenticatorData(options.GetProperty("rpId").GetString()!, slip);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = (slip.SignedByAnother ? stranger : _pair)
            .SignData([.. data, .. Hash(clientData)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Answer(new JsonObject
        {
            ["clientDataJSON"] = Base64Url.EncodeToString(clientData),
            ["authenticatorData"] = Base64Url.EncodeToString(data),
            ["signature"] = Base64Url.EncodeToString(signature),
            ["userHandle"] = slip.UserHandle ?? _userHandle,
        });
    }

    public void Dispose() => _pair.Dispose();

    private JsonObject Answer(JsonObject response) => new()
    {
        ["id"] = CredentialId,
        ["rawId"] = CredentialId,
        ["type"] = "public-key",
        ["authenticatorAttachment"] = "platform",
        ["response"] = response,
        ["clientExtensionResults"] = new JsonObject(),
    };

    private byte[] ClientData(string type, JsonElement options, Slip slip)
    {
        var data = new JsonObject
        {
            ["type"] = slip.Type ?? type,
            ["challenge"] = slip.Challenge ?? options.GetProperty("challenge").GetString(),
            ["origin"] = slip.Origin ?? origin,
            ["crossOrigin"] = slip.CrossOrigin,
        };
        if (slip.TopOrigin is not null)
            data["topOrigin"] = slip.TopOrigin;
        return Encoding.UTF8.GetBytes(data.ToJsonString());
    }

    private byte[] AuthenticatorData(string rpId, Slip slip, byte more = 0)
    {
        Counter = slip.Counter ?? Counter + 1;
        var data = new byte[37];
        Hash(Encoding.UTF8.GetBytes(slip.RpId ?? rpId)).CopyTo(data, 0);
        data[32] = (byte)((slip.NotPresent ? 0 : UserPresent) | (slip.NotVerified ? 0 : UserVerified) | more);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(33), Counter);
        return data;
    }

    /// <summary>COSE_Key: kty EC2, alg ES256, crv P-256, x, y.</summary>
    private byte[] PublicKey()
    {
        var point = _pair.ExportParameters(includePrivateParameters: false).Q;
        var cose = new CborWriter(CborConformanceMode.Ctap2Canonical);
        cose.WriteStartMap(5);
        foreach (var (label, value) in new[] { (1, 2), (3, -7), (-1, 1) })
        {
            cose.WriteInt32(label);
            cose.WriteInt32(value);
        }
        cose.WriteInt32(-2);
        cose.WriteByteString(point.X!);
        cose.WriteInt32(-3);
        cose.WriteByteString(point.Y!);
        cose.WriteEndMap();
        return cose.Encode();
    }

    private byte[] RawId() => Hash(_pair.ExportSubjectPublicKeyInfo());

    private static byte[] Hash(byte[] bytes) => CryptographicOperations.HashData(HashAlgorithmName.SHA256, bytes);
}

internal static class TestAuthenticatorClient
{
    /// <summary>A new challenge, from the route for adding a passkey or from the one for signing in with one.</summary>
    public static async Task<(string Id, JsonElement Options)> BeginPasskeyAsync(this HttpClient client, string way)
    {
        using var response = await client.PostAsync($"/v1/auth/passkeys/{way}", content: null);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var data = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        return (data.GetProperty("challengeId").GetString()!, data.GetProperty("options"));
    }

    /// <summary>The whole of adding one, by the front door.</summary>
    public static async Task<HttpResponseMessage> AddPasskeyAsync(
        this HttpClient client, TestAccount who, TestAuthenticator authenticator, TestAuthenticator.Slip? slip = null)
    {
        var (id, options) = await client.BeginPasskeyAsync("options");
        return await client.PostPasskeyAsync(who, id, authenticator.Create(options, slip), authenticator.CredentialId);
    }

    public static Task<HttpResponseMessage> PostPasskeyAsync(
        this HttpClient client, TestAccount who, string challengeId, JsonObject response, string credentialId, string? authHash = null) =>
        client.PostAsJsonAsync("/v1/auth/passkeys", new
        {
            challengeId,
            response,
            unlock = who.SealPasskeyUnlock(credentialId),
            name = "this laptop",
            currentAuthHash = authHash ?? who.AuthHash,
        }, JsonSerializerOptions.Web);

    /// <summary>The id of a passkey of theirs.</summary>
    public static async Task<string> PasskeyIdAsync(this HttpClient client, TestAccount who, TestAuthenticator authenticator)
    {
        using var added = await client.AddPasskeyAsync(who, authenticator);
        return (await added.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetString()!;
    }

    public static async Task<HttpResponseMessage> PasskeyLogInAsync(
        this HttpClient client, TestAuthenticator authenticator, TestAuthenticator.Slip? slip = null, string session = "bearer")
    {
        var (id, options) = await client.BeginPasskeyAsync("login/options");
        return await client.PostPasskeyLogInAsync(id, authenticator.Get(options, slip), session);
    }

    public static Task<HttpResponseMessage> PostPasskeyLogInAsync(this HttpClient client, string challengeId, JsonObject response, string session = "bearer") =>
        client.PostAsJsonAsync("/v1/auth/passkeys/login", new { challengeId, response, session });
}
