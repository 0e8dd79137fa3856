using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Link;

/// <summary>What stands between an account and an app from then on.</summary>
public sealed class ConnectionTests(TestCluster cluster)
{
    [Fact]
    public async Task A_paused_app_is_told_where_it_can_be_let_on_and_goes_on_when_it_is()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connection, accessToken) = await run.ConnectAsync();

        (await run.Ana.PostAsync($"/v1/connections/{connection}/pause", null)).EnsureSuccessStatusCode();
        await run.UntilRefusedAsync(accessToken, "connection_paused");
        using var paused = await run.CallAsync(accessToken);
        (await run.Ana.PostAsync($"/v1/connections/{connection}/resume", null)).EnsureSuccessStatusCode();

        Assert.EndsWith($"/connections/{connection}", await UpdateUrlAsync(paused), StringComparison.Ordinal);
        await run.UntilRefusedAsync(accessToken, code: null);
    }

    [Fact]
    public async Task Ending_a_connection_cuts_what_runs_and_refuses_the_rest()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connection, accessToken) = await run.ConnectAsync();
        var asked = new TaskCompletionSource();
        run.Gateway.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: {\"choices\":[]}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var running = await run.CallAsync(accessToken, """{"model":"gpt-4o-mini","stream":true,"messages":[]}""");
        await asked.Task;

        (await run.Ana.DeleteAsync($"/v1/connections/{connection}")).EnsureSuccessStatusCode();

        await Assert.ThrowsAnyAsync<Exception>(() => running.Content.ReadAsStringAsync());
        await run.UntilRefusedAsync(accessToken, "key_revoked");
        Assert.Equal("revoked", (await run.App.GetAsync(run.Ana, $"/v1/connections/{connection}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_is_spent_over_a_connection_ends_with_its_budget_and_goes_on_with_more()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connection, accessToken) = await run.ConnectAsync();

        await LimitAsync(run, connection, cents: 0);
        await run.UntilRefusedAsync(accessToken, "budget_exceeded");
        using var refused = await run.CallAsync(accessToken);
        var error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        await LimitAsync(run, connection, cents: 500);

        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        Assert.Equal("the connection", error.GetProperty("budget").GetProperty("of").GetString());
        Assert.EndsWith($"/connections/{connection}", error.GetProperty("updateUrl").GetString(), StringComparison.Ordinal);
        await run.UntilRefusedAsync(accessToken, code: null);
    }

    [Fact]
    public async Task A_connection_that_has_ended_with_its_time_is_refused_with_the_place_to_renew_it()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(4);
        var (connection, accessToken) = await run.ConnectAsync(approval: new { expiresAt = soon });

        await run.UntilRefusedAsync(accessToken, "key_expired");

        using var expired = await run.CallAsync(accessToken);
        Assert.EndsWith($"/connections/{connection}", await UpdateUrlAsync(expired), StringComparison.Ordinal);
        Assert.Equal("expired", (await run.App.GetAsync(run.Ana, $"/v1/connections/{connection}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task An_app_that_may_call_for_some_days_more_wants_attention_and_its_receipts_carry_its_name()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var soon = TimeProvider.System.GetUtcNow().AddDays(3);
        var (connection, accessToken) = await run.ConnectAsync(approval: new { expiresAt = soon });

        using var called = await run.CallAsync(accessToken);

        Assert.Equal(HttpStatusCode.OK, called.StatusCode);
        var receipt = await run.Gateway.ReceiptAsync(called);
        var item = Assert.Single(await TestVault.ItemsAsync(run.Ana, "/v1/attention"));
        Assert.Equal(("connection", connection), (item.GetProperty("about").GetString(), item.GetProperty("id").GetString()));
        Assert.Equal($"The connection to “{receipt.GetProperty("caller").GetString()}” ends soon.", item.GetProperty("message").GetString());
    }

    [Fact]
    public async Task An_app_in_test_mode_reaches_the_sandbox_only()
    {
        await using var run = await LinkRun.StartAsync(cluster, new { mode = "test" });
        var sandbox = await run.Vault.AddKeyAsync(run.Ana, "sandbox", GatewayRun.OriginOf("sandbox"));
        var link = await run.App.AskAsync(run.Ana);
        var consent = await link.ConsentAsync(run.Ana);
        var (withLive, _) = link.Approval(consent, run.Vault, more: null, run.Held);
        using var refused = await run.Ana.PostAsJsonAsync("/v1/link/authorize", withLive);

        var (_, accessToken) = await run.App.ConnectAsync(run.Ana, run.Vault, ask: null, approval: null, sandbox);
        using var answer = await run.CallAsync(accessToken, """{"model":"sandbox-ok","messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal([sandbox.Id.ToString("N")], consent.GetProperty("keys").EnumerateArray().Select(one => one.GetProperty("id").GetString()));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(run.Gateway.Provider.Requests);
    }

    [Fact]
    public async Task An_app_sees_what_it_may_and_used_and_another_app_sees_nothing()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        (await run.Ana.PatchAsJsonAsync($"/v1/keys/{run.Held.Id:N}", new { label = "my private words" })).EnsureSuccessStatusCode();
        var (connection, accessToken) = await run.ConnectAsync(new { clientUserId = "user-7" });
        using var called = await run.CallAsync(accessToken);
        await run.Gateway.ReceiptAsync(called);
        var other = await TestApp.RegisterAsync(run.Developer);

        var seen = await run.App.GetAsync(run.Ana, $"/v1/connections/{connection}");
        var usage = await run.App.GetAsync(run.Ana, $"/v1/connections/{connection}/usage?groupBy=model");
        using var foreign = await other.SendAsync(run.Ana, HttpMethod.Get, $"/v1/connections/{connection}");
        using var foreignUsage = await other.SendAsync(run.Ana, HttpMethod.Get, $"/v1/connections/{connection}/usage");
        using var update = await other.TryAskAsync(run.Ana, new { connectionId = connection });

        Assert.Equal(("active", "user-7"), (seen.GetProperty("status").GetString(), seen.GetProperty("clientUserId").GetString()));
        Assert.DoesNotContain("my private words", seen.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(run.Held.Id.ToString("N"), seen.GetRawText(), StringComparison.Ordinal);
        var used = Assert.Single(usage.GetProperty("items").EnumerateArray());
        Assert.Equal((1, 11), (used.GetProperty("calls").GetInt32(), used.GetProperty("inputTokens").GetInt32()));
        Assert.All([foreign, foreignUsage, update], answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
        Assert.Empty((await other.GetAsync(run.Ana, "/v1/connections")).GetProperty("items").EnumerateArray());
        Assert.Single((await TestApp.DataAsync(await run.Developer.GetAsync($"/v1/apps/{run.App.Id}/connections"))).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task With_its_app_a_connection_ends()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connection, accessToken) = await run.ConnectAsync();
        Assert.Null(await run.RefusalAsync(accessToken));

        (await run.Developer.DeleteAsync($"/v1/apps/{run.App.Id}")).EnsureSuccessStatusCode();

        await run.UntilRefusedAsync(accessToken, "key_revoked");
        using var gone = await run.App.SendAsync(run.Ana, HttpMethod.Get, "/v1/connections");
        Assert.Equal(HttpStatusCode.Unauthorized, gone.StatusCode);
        var mine = await TestApp.DataAsync(await run.Ana.GetAsync($"/v1/connections/{connection}"));
        Assert.Equal(("revoked", "Otter Notes"), (mine.GetProperty("status").GetString(), mine.GetProperty("app").GetProperty("name").GetString()));
    }

    [Fact]
    public async Task With_its_developers_account_an_app_and_its_connections_end()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var who = new TestAccount("leaving");
        using var developer = run.Server.NewClient();
        await who.RegisterAsync(developer);
        var app = await TestApp.RegisterAsync(developer);
        var (_, accessToken) = await app.ConnectAsync(run.Ana, run.Vault, ask: null, approval: null, run.Held);
        Assert.Null(await run.RefusalAsync(accessToken));

        using var leave = new HttpRequestMessage(HttpMethod.Delete, "/v1/account")
        {
            Content = JsonContent.Create(new { email = who.Email, authHash = who.AuthHash }),
        };
        using var left = await developer.SendAsync(leave);

        Assert.True(left.IsSuccessStatusCode, await left.Content.ReadAsStringAsync());
        await run.UntilRefusedAsync(accessToken, "key_revoked");
    }

    private static async Task LimitAsync(LinkRun run, string connection, long cents) =>
        (await run.Ana.PatchAsJsonAsync($"/v1/connections/{connection}", new { budget = new { limitCents = cents, period = "monthly" } }))
            .EnsureSuccessStatusCode();

    private static async Task<string?> UpdateUrlAsync(HttpResponseMessage refused) =>
        JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("updateUrl").GetString();
}
