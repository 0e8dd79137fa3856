using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Accounts;
using KeyPass.Server.Sealing;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Tests.Support;

/// <summary>A person with a browser, played by the server's own sealing: what it sends is what a real browser would.</summary>
internal sealed class TestAccount
{
    public TestAccount(string name)
    {
        Email = $"{name}-{AccountId:N}@example.com";
        AuthHash = Base64Url.EncodeToString(Random32());
        Vault = new TestVault(this);
    }

    public TestVault Vault { get; }

    /// <summary>What only a browser ever has.</summary>
    public byte[] UnlockedVault { get; } = Random32();

    /// <summary>What a browser derives from the password and wraps the vault with.</summary>
    public byte[] PasswordWrapping { get; private set; } = [];

    public string Email { get; private init; }
    public Guid AccountId { get; private init; } = NewId();
    public Guid VaultId { get; private init; } = NewId();
    public string AuthHash { get; private set; }
    public string RecoveryHash { get; private set; } = Base64Url.EncodeToString(Random32());

    private Guid ItemId { get; } = NewId();
    private int ItemVersion { get; set; } = 1;

    /// <summary>A browser about to seal a managed vault, whose key the server has just handed over.</summary>
    public static TestAccount InPlaceOf(string email, JsonElement handed)
    {
        var account = new TestAccount("browser")
        {
            Email = email,
            AccountId = Guid.ParseExact(handed.GetProperty("accountId").GetString()!, "N"),
            VaultId = Guid.ParseExact(handed.GetProperty("vaultId").GetString()!, "N"),
            // It has no item of its own yet: the next version is the first.
            ItemVersion = 0,
        };
        Base64Url.DecodeFromChars(handed.GetProperty("vaultKey").GetString()!).CopyTo(account.UnlockedVault, 0);
        return account;
    }

    /// <summary>Signs up, and leaves the client signed in.</summary>
    public async Task<JsonElement> RegisterAsync(HttpClient client)
    {
        using var response = await client.PostRegistrationAsync(Registration());
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return SignedIn(client, body);
    }

    public async Task<JsonElement> LogInAsync(HttpClient client)
    {
        using var response = await client.PostAsJsonAsync("/v1/auth/login", new { email = Email, authHash = AuthHash });
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return SignedIn(client, body);
    }

    /// <summary>The body of a sign-up. A test that spoils one member takes the rest as it is.</summary>
    public RegisterRequest Registration()
    {
        var kdf = KdfParameters.With(Random32().AsSpan(0, KdfParameters.SaltSize));
        return new RegisterRequest(
            Email, AccountId.ToString("N"), VaultId.ToString("N"), KdfParameters.Show(kdf), AuthHash, Point(), Base64Url.EncodeToString(Vault.Point()),
            [SealUnlock("pw", kdf), SealUnlock("recovery", new byte[KdfParameters.Size])], [SealItem()]);
    }

    /// <summary>The account's own item, in its next version.</summary>
    public ItemWire NextItem()
    {
        ItemVersion++;
        return SealItem();
    }

    /// <summary>New unlocks for the vault's present secret, with a new recovery code.</summary>
    public IReadOnlyList<UnlockWire> SealUnlocks()
    {
        RecoveryHash = Base64Url.EncodeToString(Random32());
        return [SealUnlock("pw", new byte[KdfParameters.Size]), SealUnlock("recovery", new byte[KdfParameters.Size])];
    }

    /// <summary>A new password, and with <paramref name="newRecovery"/> a new code. Kept once the server has taken it.</summary>
    public ChangePasswordRequest NewPassword(string currentAuthHash, bool newRecovery)
    {
        var kdf = KdfParameters.With(Random32().AsSpan(0, KdfParameters.SaltSize));
        ItemVersion++;
        AuthHash = Base64Url.EncodeToString(Random32());
        if (newRecovery)
            RecoveryHash = Base64Url.EncodeToString(Random32());
        return new ChangePasswordRequest(
            currentAuthHash, KdfParameters.Show(kdf), AuthHash, SealUnlock("pw", kdf), SealItem(),
            newRecovery ? SealUnlock("recovery", new byte[KdfParameters.Size]) : null);
    }

    /// <summary>Of several changes that were tried, the one the server took.</summary>
    public void Keep(string authHash, string recoveryHash) => (AuthHash, RecoveryHash) = (authHash, recoveryHash);

    /// <summary>Sealed as a key would be: from outside the two look alike, and outside is where the server is.</summary>
    public ItemWire SealItem(int? asVersion = null)
    {
        var number = asVersion ?? ItemVersion;
        var version = new KeyVersion(VaultId, ItemId, (uint)number, "openai", "https://api.openai.com");
        var envelope = VaultItem.Seal(new VaultSecret(UnlockedVault), version, KeyScheme.Bearer, "x"u8);
        return new ItemWire(ItemId.ToString("N"), "account", number, Base64Url.EncodeToString(envelope));
    }

    /// <summary>What the passkey's PRF output opens: random like any other, as the server never learns it.</summary>
    public UnlockWire SealPasskeyUnlock(string credentialId) => SealUnlock("prf", new byte[KdfParameters.Size]) with { CredentialId = credentialId };

    private UnlockWire SealUnlock(string method, byte[] kdf)
    {
        var commitment = Random32();
        var wrapping = Random32();
        if (method == "pw")
            PasswordWrapping = wrapping;
        var envelope = Unlock.Seal(wrapping, AccountId, VaultId, method, kdf, commitment, new VaultSecret(UnlockedVault), Nonce.Fresh());
        return new UnlockWire(NewId().ToString("N"), method, Base64Url.EncodeToString(commitment), Base64Url.EncodeToString(envelope),
            method == "recovery" ? RecoveryHash : null);
    }

    private static JsonElement SignedIn(HttpClient client, string body)
    {
        using var document = JsonDocument.Parse(body, new() { AllowDuplicateProperties = false });
        var data = document.RootElement.GetProperty("data").Clone();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", data.GetProperty("sessionToken").GetString());
        return data;
    }

    private static string Point()
    {
        using var pair = P256.DeriveKeyPair(Random32());
        var point = new byte[P256.PointSize];
        P256.WritePoint(pair, point);
        return Base64Url.EncodeToString(point);
    }

    /// <summary>Randomness has one home in this code base; a minted credential's hash is 32 bytes of it.</summary>
    public static byte[] Random32()
    {
        using var credential = Credential.Mint(CredentialKind.VirtualKey);
        var bytes = new byte[Credential.HashSize];
        credential.Hash(bytes);
        return bytes;
    }

    public static Guid NewId() => new(Random32().AsSpan(0, 16));
}

internal static class TestAccountClient
{
    /// <summary>Written as the product writes JSON: names in camel case, choices as words.</summary>
    private static readonly JsonSerializerOptions Json = Configured();

    public static Task<HttpResponseMessage> PostRegistrationAsync(this HttpClient client, RegisterRequest registration) =>
        client.PostAsJsonAsync("/v1/auth/register", registration, Json);

    public static Task<HttpResponseMessage> PostNewPasswordAsync(this HttpClient client, ChangePasswordRequest change) =>
        client.PostAsJsonAsync("/v1/auth/password", change, Json);

    private static JsonSerializerOptions Configured()
    {
        var options = new JsonSerializerOptions();
        KeyPass.Server.Http.StrictJson.Configure(options);
        return options;
    }
}
