using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Audit;

/// <summary>How the routes of apps, links and connections are made to work for somebody signed in, who is developer and person at once.</summary>
internal static class LinkChanges
{
    public static Dictionary<string, (string Action, Func<HttpClient, TestAccount, Task<HttpResponseMessage>> Call)> All() => new(StringComparer.Ordinal)
    {
        ["POST /v1/apps"] = ("app.created", (client, _) => client.PostAsJsonAsync("/v1/apps", new { name = "Otter" })),
        ["PATCH /v1/apps/{id}"] = ("app.changed", async (client, _) =>
            await client.PatchAsJsonAsync($"/v1/apps/{(await TestApp.RegisterAsync(client)).Id}", new { name = "Otters" })),
        ["DELETE /v1/apps/{id}"] = ("app.deleted", async (client, _) => await client.DeleteAsync($"/v1/apps/{(await TestApp.RegisterAsync(client)).Id}")),
        ["POST /v1/apps/{id}/secrets"] = ("app.secret_added", async (client, _) =>
            await client.PostAsync($"/v1/apps/{(await TestApp.RegisterAsync(client)).Id}/secrets", null)),
        ["DELETE /v1/apps/{id}/secrets/{secretId}"] = ("app.secret_removed", async (client, _) => await client.DeleteAsync(await SecretAsync(client))),
        // At an address where nobody answers: that it was looked at is what counts.
        ["POST /v1/apps/{id}/domain-check"] = ("app.domain_checked", async (client, _) =>
            await client.PostAsync($"/v1/apps/{(await TestApp.RegisterAsync(client, new { homepage = "https://localhost:9" })).Id}/domain-check", null)),
        ["POST /v1/link/sessions"] = ("link.asked", async (client, _) => await (await TestApp.RegisterAsync(client)).TryAskAsync(client)),
        ["POST /v1/link/authorize"] = ("link.approved", async (client, who) =>
        {
            var link = await (await TestApp.RegisterAsync(client)).AskAsync(client);
            var held = await who.Vault.AddKeyAsync(client);
            return await client.PostAsJsonAsync("/v1/link/authorize", link.Approval(await link.ConsentAsync(client), who.Vault, null, held).Body);
        }),
        ["POST /v1/link/resume"] = ("link.resumed", async (client, who) =>
        {
            var link = await (await TestApp.RegisterAsync(client)).AskAsync(client);
            await link.ApproveAsync(client, who.Vault, null, await who.Vault.AddKeyAsync(client));
            return await client.PostAsJsonAsync("/v1/link/resume", (await link.RenewalAsync(client, who.Vault)).Body);
        }),
        ["PUT /v1/link/relay"] = ("link.relayed", async (client, who) =>
        {
            var link = await (await TestApp.RegisterAsync(client)).AskAsync(client);
            await link.ApproveAsync(client, who.Vault, null, await who.Vault.AddKeyAsync(client));
            return await client.PutAsJsonAsync("/v1/link/relay", new { linkToken = link.Token, envelope = "AAAA" });
        }),
        ["POST /v1/link/exchange"] = ("connection.created", async (client, who) =>
        {
            var app = await TestApp.RegisterAsync(client);
            var (_, publicToken) = await (await app.AskAsync(client)).ApproveAsync(client, who.Vault, null, await who.Vault.AddKeyAsync(client));
            return await app.TryExchangeAsync(client, publicToken);
        }),
        ["PATCH /v1/connections/{id}"] = ("connection.limited", async (client, who) =>
            await client.PatchAsJsonAsync(await ConnectionAsync(client, who), new { budget = new { limitCents = 1 } })),
        ["POST /v1/connections/{id}/pause"] = ("connection.paused", async (client, who) =>
            await client.PostAsync(await ConnectionAsync(client, who) + "/pause", null)),
        ["POST /v1/connections/{id}/resume"] = ("connection.resumed", async (client, who) =>
            await client.PostAsync(await ConnectionAsync(client, who) + "/resume", null)),
        ["DELETE /v1/connections/{id}"] = ("connection.revoked", async (client, who) => await client.DeleteAsync(await ConnectionAsync(client, who))),
    };

    /// <summary>The address of a connection of whoever the client is signed in as.</summary>
    public static async Task<string> ConnectionAsync(HttpClient client, TestAccount who)
    {
        var held = await who.Vault.AddKeyAsync(client);
        return $"/v1/connections/{(await (await TestApp.RegisterAsync(client)).ConnectAsync(client, who.Vault, null, null, held)).ConnectionId}";
    }

    public static async Task<string> SecretAsync(HttpClient client)
    {
        var app = await TestApp.RegisterAsync(client);
        var listed = await client.GetFromJsonAsync<JsonElement>($"/v1/apps/{app.Id}");
        return $"/v1/apps/{app.Id}/secrets/{listed.GetProperty("data").GetProperty("secrets")[0].GetProperty("id").GetString()}";
    }
}
