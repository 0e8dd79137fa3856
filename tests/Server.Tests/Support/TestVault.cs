using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Support;

/// <summary>What a person's browser does with an unlocked vault, played by the server's own sealing.</summary>
internal sealed class TestVault(TestAccount owner, byte[]? vaultSecret = null)
{
    private readonly byte[] _secret = vaultSecret ?? owner.UnlockedVault;

    /// <summary>A secret of its own for each key, so that a test can tell which one opened.</summary>
    public static string NewSecret() => $"{Canary.ProviderKey}-{TestAccount.NewId():N}";

    public TestKey.Add Seal(string secret, string? id = null, uint version = 1)
    {
        var body = TestKey.Body();
        var held = new Held(Guid.Parse(id ?? body.Id), (int)version, body.Provider, body.Origin, secret);
        return body with { Id = held.Id.ToString("N"), Envelope = SealItem(held) };
    }

    /// <summary>Of a key as <c>GET /v1/keys</c> lists it; null when it does not open.</summary>
    public string? Open(JsonElement listed)
    {
        if (listed.GetProperty("envelope").GetString() is not { } envelope)
            return null;
        try
        {
            return OpenItem(
                Guid.Parse(listed.GetProperty("id").GetString()!), listed.GetProperty("version").GetInt32(), listed.GetProperty("provider").GetString()!,
                listed.GetProperty("origin").GetString()!, envelope);
        }
        catch (SealBroken)
        {
            return null;
        }
    }

    /// <summary>A provider key as its owner's browser knows it.</summary>
    internal sealed record Held(Guid Id, int Version, string Provider, string Origin, string Text)
    {
        public KeyVersion In(Guid vault) => new(vault, Id, (uint)Version, Provider, Origin);
    }

    internal sealed record SealedWire(string GrantId, string KeyId, int Version, int Priority, string Envelope);

    /// <summary>A grant's secret stays with the browser that made it; the credential is what the person is shown.</summary>
    internal sealed record Made(Guid GrantId, string Label, byte[] GrantSecret, string Text, object Body);

    public int Epoch { get; set; } = 1;

    public Guid Id => owner.VaultId;

    public byte[] Point() => Secret().PublicPoint();

    public async Task<Held> AddKeyAsync(HttpClient client, string provider = TestKey.Provider, string origin = TestKey.Origin, string? text = null)
    {
        var held = new Held(TestAccount.NewId(), 1, provider, origin, text ?? Canary.ProviderKey);
        var body = new { id = held.Id.ToString("N"), provider, origin, envelope = SealItem(held) };
        using var response = await client.PostAsJsonAsync("/v1/keys", body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return held;
    }

    public string SealItem(Held held) =>
        Spell(VaultItem.Seal(Secret(), held.In(Id), SchemeOf(held), Encoding.ASCII.GetBytes(held.Text)));

    public string OpenItem(Guid id, int version, string provider, string origin, string envelope)
    {
        using var payload = VaultItem.Open(
            Secret(), new KeyVersion(Id, id, (uint)version, provider, origin), Base64Url.DecodeFromChars(envelope), new byte[KeyPayload.MaxSize]);
        return Encoding.ASCII.GetString(payload.Secret);
    }

    public string OpenDeposit(Guid id, string provider, string origin, string envelope, KeyScheme scheme = KeyScheme.Bearer)
    {
        using var payload = Deposit.Open(
            Secret(), new KeyVersion(Id, id, 1, provider, origin), Base64Url.DecodeFromChars(envelope), new byte[KeyPayload.MaxSize]);
        Assert.Equal(scheme, payload.Scheme);
        return Encoding.ASCII.GetString(payload.Secret);
    }

    public byte[] OpenEscrow(Guid grant, string label, string envelope) =>
        Escrow.Open(Secret(), Id, grant, label, Base64Url.DecodeFromChars(envelope), new byte[GrantSecret.Size]).Bytes.ToArray();

    public byte[] OpenRequest(Guid grant, string label, string envelope) =>
        EscrowDeposit.Open(Secret(), Id, grant, label, Base64Url.DecodeFromChars(envelope), new byte[GrantSecret.Size]).Bytes.ToArray();

    public string SealEscrow(Guid grant, string label, byte[] grantSecret) => Spell(Escrow.Seal(Secret(), Id, grant, label, new GrantSecret(grantSecret)));

    public string TagPoint(byte[] grantSecret) => Spell(VaultPointTag.Make(new GrantSecret(grantSecret), Id, (uint)Epoch, Point()));

    public SealedWire SealFor(Guid grant, byte[] grantSecret, Held held, int priority = 0) => new(
        grant.ToString("N"), held.Id.ToString("N"), held.Version, priority,
        Spell(SealedKey.Seal(new GrantSecret(grantSecret), grant, held.In(Id), SchemeOf(held), Encoding.ASCII.GetBytes(held.Text))));

    /// <summary>A grant for a fresh credential, as a body to send.</summary>
    public Made NewGrant(CredentialKind kind, string label, IReadOnlyList<string> scopes, params Held[] keys)
    {
        var (grant, row, secret) = (TestAccount.NewId(), TestAccount.NewId(), TestAccount.Random32());
        using var credential = Credential.Mint(kind);
        var hash = new byte[Credential.HashSize];
        credential.Hash(hash);
        var sealedKeys = keys.Select((one, place) => SealFor(grant, secret, one, place)).ToList();
        var body = new
        {
            grantId = grant.ToString("N"),
            label,
            tokenRowId = row.ToString("N"),
            tokenHash = Spell(hash),
            tokenWrap = Spell(TokenWrap.Seal(credential, Id, grant, row, new GrantSecret(secret))),
            escrow = SealEscrow(grant, label, secret),
            vaultPointTag = TagPoint(secret),
            sealedKeys,
            sealedKey = sealedKeys.FirstOrDefault(),
            scopes,
            virtualKey = Encoding.ASCII.GetString(credential.Reveal()),
        };
        return new Made(grant, label, secret, body.virtualKey, body);
    }

    /// <summary>Makes a virtual key in the vault's owner's name, as its page does; what is in <paramref name="limits"/> goes beside the envelopes.</summary>
    public async Task<Made> VirtualKeyAsync(HttpClient session, string name, object? limits = null, params Held[] keys)
    {
        var wish = JsonSerializer.SerializeToNode(limits ?? new { }, JsonSerializerOptions.Web)!.AsObject();
        var kind = (string?)wish["mode"] == "test" ? CredentialKind.TestVirtualKey : CredentialKind.VirtualKey;
        var made = NewGrant(kind, name, [], keys);
        var body = JsonSerializer.SerializeToNode(made.Body, JsonSerializerOptions.Web)!.AsObject();
        (body["name"], body["hint"]) = (name, made.Text[^4..]);
        foreach (var (member, value) in wish)
            body[member] = value?.DeepClone();
        using var response = await session.PostAsJsonAsync("/v1/virtual-keys", body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return made;
    }

    public static string NewCredential()
    {
        using var credential = Credential.Mint(CredentialKind.VirtualKey);
        return Encoding.ASCII.GetString(credential.Reveal());
    }

    /// <summary>F10 as a page does it: the same grant under a fresh credential.</summary>
    public (string Text, object Body) NextCredential(CredentialKind kind, Made of)
    {
        var row = TestAccount.NewId();
        using var credential = Credential.Mint(kind);
        var hash = new byte[Credential.HashSize];
        credential.Hash(hash);
        var text = Encoding.ASCII.GetString(credential.Reveal());
        return (text, new
        {
            tokenRowId = row.ToString("N"),
            tokenHash = Spell(hash),
            tokenWrap = Spell(TokenWrap.Seal(credential, Id, of.GrantId, row, new GrantSecret(of.GrantSecret))),
            hint = text[^4..],
        });
    }

    /// <summary>The same of a grant whose secret only the vault has kept.</summary>
    public async Task<(string Text, object Body)> NextCredentialAsync(HttpClient session, Guid grant)
    {
        var kept = (await ItemsAsync(session, "/v1/vault/escrows")).Select(one => ReadGrant(one, "grantId", OpenEscrow)).Single(one => one.Id == grant);
        return NextCredential(CredentialKind.PublicToken, new Made(kept.Id, kept.Label, kept.Secret, "", new { }));
    }

    /// <summary>Makes a management token in the vault's owner's name, and gives a client that presents it.</summary>
    public async Task<(HttpClient Client, Made Grant)> TokenAsync(
        KeyPassServer server, HttpClient session, string label, IReadOnlyList<string> scopes, params Held[] keys)
    {
        var made = NewGrant(CredentialKind.ManagementToken, label, scopes, keys);
        using var response = await session.PostAsJsonAsync("/v1/tokens", made.Body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (Presenting(server, made.Text), made);
    }

    /// <summary>
    /// The body of a rotation: everything that the vault holds, opened with the old key and sealed with a new one, which is this vault's
    /// from then on. <paramref name="leaveOut"/> forgets an item or a grant.
    /// </summary>
    public async Task<JsonObject> RotateAsync(HttpClient session, Guid? leaveOut = null, string? withoutOpening = null)
    {
        var vault = (await session.GetFromJsonAsync<JsonElement>("/v1/vault")).GetProperty("data");
        var items = vault.GetProperty("items").EnumerateArray().ToList();
        var opened = items.Where(one => one.GetProperty("kind").GetString() == "key" && one.GetProperty("id").GetString() != withoutOpening)
            .Select(one => Read(one, OpenItem)).ToList();
        var deposits = items.Where(one => one.GetProperty("kind").GetString() == "deposit").Select(one => Read(one, (id, _, provider, origin, envelope) =>
            OpenDeposit(id, provider, origin, envelope))).ToList();
        var grants = (await ItemsAsync(session, "/v1/vault/escrows")).Select(one => ReadGrant(one, "grantId", OpenEscrow)).ToList();
        var requests = (await ItemsAsync(session, "/v1/vault/approvals")).Where(one => one.GetProperty("kind").GetString() == "grant")
            .Select(one => ReadGrant(one, "id", OpenRequest)).ToList();

        TestAccount.Random32().CopyTo(_secret, 0);
        Epoch++;
        var (point, account) = (Point(), owner.NextItem());
        return new JsonObject
        {
            ["currentAuthHash"] = owner.AuthHash,
            ["epoch"] = Epoch,
            ["pendingCounter"] = vault.GetProperty("pendingCounter").GetInt64(),
            ["vaultPublicKey"] = Spell(point),
            ["items"] = List(opened.Where(one => one.Id != leaveOut).Select(one => Row(one.Id, "key", one.Version, SealItem(one)))
                .Append(Row(Guid.ParseExact(account.Id, "N"), "account", account.Version, account.Envelope))),
            ["escrows"] = List(grants.Where(one => one.Id != leaveOut).Select(one => (JsonNode)new JsonObject
            {
                ["grantId"] = one.Id.ToString("N"), ["escrow"] = SealEscrow(one.Id, one.Label, one.Secret), ["vaultPointTag"] = TagPoint(one.Secret),
            })),
            ["deposits"] = List(deposits.Select(one => Row(one.Id, "deposit", one.Version, Spell(Deposit.Seal(
                point, one.In(Id), KeyScheme.Bearer, Encoding.ASCII.GetBytes(one.Text)))))),
            ["escrowDeposits"] = List(requests.Select(one => (JsonNode)new JsonObject
            {
                ["grantId"] = one.Id.ToString("N"), ["envelope"] = Spell(EscrowDeposit.Seal(point, Id, one.Id, one.Label, new GrantSecret(one.Secret))),
            })),
            ["discarded"] = new JsonArray(),
            ["unlocks"] = JsonSerializer.SerializeToNode(owner.SealUnlocks(), JsonSerializerOptions.Web),
        };
    }

    public static HttpClient Presenting(KeyPassServer server, string credential)
    {
        var client = server.NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        return client;
    }

    public static async Task<IReadOnlyList<JsonElement>> ItemsAsync(HttpClient client, string path) =>
        [.. (await client.GetFromJsonAsync<JsonElement>(path)).GetProperty("data").GetProperty("items").EnumerateArray()];

    private static Held Read(JsonElement item, Func<Guid, int, string, string, string, string> open)
    {
        var (id, version) = (Guid.ParseExact(item.GetProperty("id").GetString()!, "N"), item.GetProperty("version").GetInt32());
        var (provider, origin) = (item.GetProperty("provider").GetString()!, item.GetProperty("origin").GetString()!);
        return new Held(id, version, provider, origin, open(id, version, provider, origin, item.GetProperty("envelope").GetString()!));
    }

    private static (Guid Id, string Label, byte[] Secret) ReadGrant(JsonElement item, string idMember, Func<Guid, string, string, byte[]> open)
    {
        var (id, label) = (Guid.ParseExact(item.GetProperty(idMember).GetString()!, "N"), item.GetProperty("label").GetString()!);
        return (id, label, open(id, label, item.GetProperty("envelope").GetString()!));
    }

    private static JsonNode Row(Guid id, string kind, int version, string envelope) =>
        new JsonObject { ["id"] = id.ToString("N"), ["kind"] = kind, ["version"] = version, ["envelope"] = envelope };

    private static JsonArray List(IEnumerable<JsonNode> nodes) => [.. nodes];

    /// <summary>As the provider takes it; to sign, the secret must be a document.</summary>
    private static KeyScheme SchemeOf(Held held) =>
        ProviderCatalog.Find(held.Provider) is { } known && ProviderCatalog.SchemeOf(known) is var scheme
            && (HeaderSecret.IsHeader(scheme) || held.Text.StartsWith('{'))
            ? scheme
            : KeyScheme.Bearer;

    private VaultSecret Secret() => new(_secret);

    private static string Spell(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
