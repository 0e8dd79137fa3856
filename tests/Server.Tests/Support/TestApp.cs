using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Support;

/// <summary>A third-party program, played by its server; any client carries its requests, under its own credential.</summary>
internal sealed record TestApp(string Id, string ClientId, string Secret)
{
    public static async Task<TestApp> RegisterAsync(HttpClient developer, object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(more ?? new { }, JsonSerializerOptions.Web)!.AsObject();
        body.TryAdd("name", "Otter Notes");
        var made = await DataAsync(await developer.PostAsJsonAsync("/v1/apps", body));
        var app = made.GetProperty("app");
        return new TestApp(app.GetProperty("id").GetString()!, app.GetProperty("clientId").GetString()!, made.GetProperty("clientSecret").GetString()!);
    }

    public Task<HttpResponseMessage> SendAsync(HttpClient via, HttpMethod method, string path, object? body = null, string? name = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (name is not null)
            request.Headers.Add("Idempotency-Key", name);
        request.Headers.Authorization = Basic(ClientId, Secret);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        return via.SendAsync(request);
    }

    public async Task<JsonElement> GetAsync(HttpClient via, string path) => await DataAsync(await SendAsync(via, HttpMethod.Get, path));

    /// <summary>A link session for OpenAI and five dollars a month, but for what <paramref name="more"/> says.</summary>
    public Task<HttpResponseMessage> TryAskAsync(HttpClient via, object? more = null)
    {
        var body = new JsonObject { ["requestedProviders"] = new JsonArray("openai"), ["budgetSuggestionCents"] = 500 };
        foreach (var (member, value) in JsonSerializer.SerializeToNode(more ?? new { }, JsonSerializerOptions.Web)!.AsObject())
            body[member] = value?.DeepClone();
        return SendAsync(via, HttpMethod.Post, "/v1/link/sessions", body);
    }

    public async Task<TestLink> AskAsync(HttpClient via, object? more = null)
    {
        var made = await DataAsync(await TryAskAsync(via, more));
        return new TestLink(made.GetProperty("linkToken").GetString()!, made.GetProperty("linkSessionId").GetString()!, made);
    }

    /// <param name="name">Of the request, as an <c>Idempotency-Key</c>.</param>
    public Task<HttpResponseMessage> TryExchangeAsync(HttpClient via, string publicToken, string? verifier = null, string? name = null) =>
        SendAsync(via, HttpMethod.Post, "/v1/link/exchange", new { publicToken, codeVerifier = verifier }, name);

    public async Task<JsonElement> ExchangeAsync(HttpClient via, string publicToken) => await DataAsync(await TryExchangeAsync(via, publicToken));

    /// <summary>The whole way: asked, approved by a sealed vault's owner, exchanged.</summary>
    public async Task<(string ConnectionId, string AccessToken)> ConnectAsync(
        HttpClient person, TestVault vault, object? ask = null, object? approval = null, params TestVault.Held[] keys)
    {
        var link = await AskAsync(person, ask);
        var (_, publicToken) = await link.ApproveAsync(person, vault, approval, keys);
        var made = await ExchangeAsync(person, publicToken);
        return (made.GetProperty("connectionId").GetString()!, made.GetProperty("accessToken").GetString()!);
    }

    public static AuthenticationHeaderValue Basic(string clientId, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{clientId}:{secret}")));

    public static async Task<JsonElement> DataAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var body = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {body}");
            return JsonDocument.Parse(body).RootElement.GetProperty("data").Clone();
        }
    }

    public static async Task<string?> CodeAsync(HttpResponseMessage response)
    {
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return body.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
    }
}

/// <summary>A link session on its way through a person's browser.</summary>
internal sealed record TestLink(string Token, string Id, JsonElement Answer)
{
    /// <summary>The hosted page, with the fragment that only browsers see.</summary>
    public Uri Page => new(Answer.GetProperty("hostedUrl").GetString()!);

    public async Task<JsonElement> ConsentAsync(HttpClient person) =>
        await TestApp.DataAsync(await person.PostAsJsonAsync("/v1/link/consent", new { linkToken = Token }));

    /// <summary>Looks at what is asked, and approves it as a browser does that opened its vault.</summary>
    public async Task<(JsonElement Answer, string PublicToken)> ApproveAsync(
        HttpClient person, TestVault vault, object? more = null, params TestVault.Held[] keys)
    {
        var consent = await ConsentAsync(person);
        var (body, publicToken) = Approval(consent, vault, more, keys);
        return (await TestApp.DataAsync(await person.PostAsJsonAsync("/v1/link/authorize", body)), publicToken);
    }

    public (JsonObject Body, string PublicToken) Approval(JsonElement consent, TestVault vault, object? more = null, params TestVault.Held[] keys)
    {
        var made = vault.NewGrant(CredentialKind.PublicToken, consent.GetProperty("label").GetString()!, [], keys);
        var grant = JsonSerializer.SerializeToNode(made.Body, JsonSerializerOptions.Web)!.AsObject();
        var body = new JsonObject
        {
            ["linkToken"] = Token,
            ["version"] = consent.GetProperty("version").GetInt32(),
            ["decision"] = "approve",
            ["keyIds"] = new JsonArray([.. keys.Select(one => (JsonNode)one.Id.ToString("N"))]),
            ["publicTokenHash"] = grant["tokenHash"]!.DeepClone(),
        };
        foreach (var member in new[] { "grantId", "tokenRowId", "tokenWrap", "escrow", "vaultPointTag", "sealedKeys" })
            body[member] = grant[member]!.DeepClone();
        foreach (var (member, value) in JsonSerializer.SerializeToNode(more ?? new { }, JsonSerializerOptions.Web)!.AsObject())
            body[member] = value?.DeepClone();
        return (body, made.Text);
    }

    /// <summary>Of what was approved and not exchanged, as a browser asks that opened its vault: another public token for the same grant.</summary>
    public async Task<(JsonObject Body, string PublicToken)> RenewalAsync(HttpClient person, TestVault vault)
    {
        var waiting = Guid.ParseExact((await ConsentAsync(person)).GetProperty("waitingGrantId").GetString()!, "N");
        var (text, credential) = await vault.NextCredentialAsync(person, waiting);
        var body = JsonSerializer.SerializeToNode(credential, JsonSerializerOptions.Web)!.AsObject();
        body.Remove("hint");
        body["linkToken"] = Token;
        return (body, text);
    }
}
