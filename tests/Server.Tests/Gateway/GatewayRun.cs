using System.Text;
using System.Text.Json;
using KeyPass.Server.Providers;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>A server, a provider beside it, and somebody with a provider key and a virtual key in a sealed vault.</summary>
internal sealed class GatewayRun : IAsyncDisposable
{
    public TestAccount Owner { get; } = new("ana");
    public required FakeProvider Provider { get; init; }
    public required KeyPassServer Server { get; init; }

    /// <summary>The owner, signed in.</summary>
    public required HttpClient Ana { get; init; }

    public TestVault.Held Held { get; private set; } = null!;
    public TestVault.Made Key { get; private set; } = null!;

    /// <summary>Presents the virtual key, and nothing else.</summary>
    public HttpClient Caller { get; private set; } = null!;

    public static async Task<GatewayRun> StartAsync(
        TestCluster cluster, string provider = "openai", object? limits = null, params (string, string)[] settings)
    {
        var origin = $"KeyPass:Providers:{provider}:Origin";
        var fake = await FakeProvider.StartAsync();
        var server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings:
        [
            // A test may put a provider of its own in the place of this one.
            .. settings.Any(setting => setting.Item1 == origin) ? settings : [(origin, fake.Address), .. settings],
        ]);
        var run = new GatewayRun { Provider = fake, Server = server, Ana = server.NewClient() };
        await run.Owner.RegisterAsync(run.Ana);
        run.Held = await run.Owner.Vault.AddKeyAsync(run.Ana, provider, OriginOf(provider));
        run.Key = await run.Owner.Vault.VirtualKeyAsync(run.Ana, "tests", limits, run.Held);
        run.Caller = TestVault.Presenting(server, run.Key.Text);
        return run;
    }

    public static string OriginOf(string provider) => ProviderCatalog.Find(provider)?.Origin ?? "https://api.openai.com";

    public Task<HttpResponseMessage> PostAsync(string path, string json, params (string Name, string Value)[] headers) =>
        SendAsync(Caller, path, json, headers);

    public static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string json, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>From now on the provider answers so.</summary>
    public void Answers(string body, string type = "application/json", int status = 200)
    {
        Provider.Status = status;
        Provider.Answer = context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        };
    }

    /// <summary>The receipt of an answer, once it is written.</summary>
    public Task<JsonElement> ReceiptAsync(HttpResponseMessage answer) => ReceiptAsync(Assert.Single(answer.Headers.GetValues("x-keypass-request-id")));

    public async Task<JsonElement> ReceiptAsync(string requestId)
    {
        for (var left = 100; left > 0; left--)
        {
            using var found = await Ana.GetAsync($"/v1/logs/{requestId}");
            if (found.IsSuccessStatusCode)
                return JsonDocument.Parse(await found.Content.ReadAsStringAsync()).RootElement.GetProperty("data").Clone();
            await Task.Delay(100);
        }
        throw new TimeoutException($"no receipt of {requestId}");
    }

    public async ValueTask DisposeAsync()
    {
        Ana.Dispose();
        Caller?.Dispose();
        await Server.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
