using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Link;

/// <summary>A person with a key in a sealed vault, a provider beside it, and somebody else's app that would like to use it.</summary>
internal sealed class LinkRun : IAsyncDisposable
{
    public required GatewayRun Gateway { get; init; }
    public required HttpClient Developer { get; init; }
    public required TestApp App { get; init; }

    public KeyPassServer Server => Gateway.Server;
    public HttpClient Ana => Gateway.Ana;
    public TestVault Vault => Gateway.Owner.Vault;
    public TestVault.Held Held => Gateway.Held;

    public static async Task<LinkRun> StartAsync(TestCluster cluster, object? app = null, params (string, string)[] settings)
    {
        var gateway = await GatewayRun.StartAsync(cluster, settings: settings);
        gateway.Answers(Calls.Said);
        var developer = await gateway.Server.AsAsync("developer");
        return new LinkRun { Gateway = gateway, Developer = developer, App = await TestApp.RegisterAsync(developer, app) };
    }

    public Task<(string ConnectionId, string AccessToken)> ConnectAsync(object? ask = null, object? approval = null) =>
        App.ConnectAsync(Ana, Vault, ask, approval, Held);

    /// <summary>Somebody whose vault the server opens, with one key in it.</summary>
    public async Task<(HttpClient Owner, string KeyId, string Secret)> ManagedAsync()
    {
        var body = new { email = $"{TestAccount.NewId():N}@example.com", password = "seven quiet otters paddle home" };
        var registered = await TestApp.DataAsync(await Server.Client.PostAsJsonAsync("/v1/auth/register", body));
        var owner = TestVault.Presenting(Server, registered.GetProperty("sessionToken").GetString()!);
        var secret = TestVault.NewSecret();
        var added = await TestApp.DataAsync(await owner.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = secret }));
        return (owner, added.GetProperty("id").GetString()!, secret);
    }

    public async Task<(TestLink Link, string PublicToken)> ApproveAsManagedAsync(HttpClient owner, string keyId)
    {
        var link = await App.AskAsync(owner);
        var version = (await link.ConsentAsync(owner)).GetProperty("version").GetInt32();
        var approved = await TestApp.DataAsync(await owner.PostAsJsonAsync(
            "/v1/link/authorize", new { linkToken = link.Token, version, decision = "approve", keyIds = new[] { keyId } }));
        return (link, approved.GetProperty("publicToken").GetString()!);
    }

    /// <summary>One call with an access token, or what is no such thing.</summary>
    public async Task<HttpResponseMessage> CallAsync(string credential, string body = Calls.Ask, string path = "/v1/chat/completions")
    {
        using var client = TestVault.Presenting(Server, credential);
        return await GatewayRun.SendAsync(client, path, body);
    }

    public async Task<string?> RefusalAsync(string credential)
    {
        using var answer = await CallAsync(credential);
        return answer.IsSuccessStatusCode ? null : await TestApp.CodeAsync(answer);
    }

    /// <summary>Servers hear of a change within a second.</summary>
    public async Task UntilRefusedAsync(string credential, string? code)
    {
        for (var left = 100; left > 0; left--)
        {
            if (await RefusalAsync(credential) == code)
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"it is {await RefusalAsync(credential) ?? "not refused"} still, not {code ?? "let in"}");
    }

    public async Task<JsonElement> SessionAsync(TestLink link) => await App.GetAsync(Ana, $"/v1/link/sessions/{link.Id}");

    public async ValueTask DisposeAsync()
    {
        Developer.Dispose();
        await Gateway.DisposeAsync();
    }
}
