using System.Buffers.Text;
using System.Net.Http.Json;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Support;

/// <summary>A provider key as a browser seals it. The secret inside carries the canary's marker.</summary>
internal static class TestKey
{
    public const string Provider = "openai";
    public const string Origin = "https://api.openai.com";

    public sealed record Add(string Id, string Provider, string Origin, string Envelope, string? Label = null);

    public static Add Body() => new(NewId().ToString("N"), Provider, Origin, Envelope());

    /// <summary>Adds one for whoever the client is signed in as, and gives its id.</summary>
    public static async Task<string> AddAsync(HttpClient client, Add? key = null)
    {
        key ??= Body();
        using var response = await client.PostAsJsonAsync("/v1/keys", key);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return key.Id;
    }

    /// <summary>A management token for whoever the client is signed in as; its envelopes open nothing.</summary>
    public static async Task<string> AddTokenAsync(HttpClient client)
    {
        var made = new TestAccount("someone").Vault.NewGrant(CredentialKind.ManagementToken, "deploys", ["read"]);
        using var response = await client.PostAsJsonAsync("/v1/tokens", made.Body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return made.GrantId.ToString("N");
    }

    /// <summary>A virtual key likewise.</summary>
    public static async Task<(string Id, string Credential)> AddVirtualKeyAsync(HttpClient client)
    {
        var made = await new TestAccount("someone").Vault.VirtualKeyAsync(client, "made for a test", new { models = new[] { "only-this" } });
        return (made.GrantId.ToString("N"), made.Text);
    }

    /// <summary>The receipt of a call that the key itself forbade: it needs no provider, and is kept like any other.</summary>
    public static async Task<string> AddReceiptAsync(HttpClient client)
    {
        var (_, credential) = await AddVirtualKeyAsync(client);
        using var call = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { model = "another" }) };
        call.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", credential);
        using var refused = await client.SendAsync(call);
        var id = refused.Headers.GetValues("x-keypass-request-id").Single();
        for (var left = 50; left > 0; left--)
        {
            using var found = await client.GetAsync($"/v1/logs/{id}");
            if (found.IsSuccessStatusCode)
                return id;
            await Task.Delay(100);
        }
        throw new TimeoutException("no receipt was written");
    }

    public static string Envelope()
    {
        Span<byte> room = stackalloc byte[VaultSecret.Size];
        using var vault = VaultSecret.Fresh(room);
        var version = new KeyVersion(NewId(), NewId(), 1, Provider, Origin);
        return Base64Url.EncodeToString(VaultItem.Seal(vault, version, KeyScheme.Bearer, System.Text.Encoding.ASCII.GetBytes(Canary.ProviderKey)));
    }

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
}
