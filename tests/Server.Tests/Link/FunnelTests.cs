using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Link;

/// <summary>What a developer learns of the people an app asked: how many came how far.</summary>
public sealed class FunnelTests(TestCluster cluster)
{
    [Fact]
    public async Task Each_step_counts_who_came_to_it_or_further_and_each_exit_where_it_was_left()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connectionId, _) = await run.ConnectAsync();
        var denied = await run.App.AskAsync(run.Ana);
        await denied.ConsentAsync(run.Ana);
        using var no = await run.Ana.PostAsJsonAsync("/v1/link/authorize", new { linkToken = denied.Token, decision = "deny" });
        await run.App.AskAsync(run.Ana);
        using var other = await run.App.SendAsync(run.Ana, HttpMethod.Post, "/v1/link/sessions",
            new { requestedProviders = new[] { "openai" }, budgetSuggestionCents = 900, connectionId });

        var funnel = await FunnelAsync(run);

        Assert.True(no.IsSuccessStatusCode && other.IsSuccessStatusCode);
        Assert.Equal(
            ["created 3", "opened 2", "authenticated 2", "key_ready 2", "consent_shown 2", "approved 1", "exchanged 1"],
            funnel.GetProperty("steps").EnumerateArray().Select(step => $"{step.GetProperty("name")} {step.GetProperty("sessions")}"));
        var exit = Assert.Single(funnel.GetProperty("exits").EnumerateArray().ToArray());
        Assert.Equal(("denied", "consent_shown", 1),
            (exit.GetProperty("outcome").GetString(), exit.GetProperty("lastStep").GetString(), exit.GetProperty("sessions").GetInt32()));
    }

    [Fact]
    public async Task The_list_of_apps_tells_of_each_who_is_connected_and_what_came_of_what_it_asked()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connectionId, _) = await run.ConnectAsync(new { clientUserId = "one" });
        var (endedId, _) = await run.ConnectAsync(new { clientUserId = "two" });
        using var ended = await run.Ana.DeleteAsync($"/v1/connections/{endedId}");
        var seen = await run.App.AskAsync(run.Ana);
        await seen.ConsentAsync(run.Ana);
        await run.App.AskAsync(run.Ana);
        using var update = await run.App.SendAsync(run.Ana, HttpMethod.Post, "/v1/link/sessions",
            new { requestedProviders = new[] { "openai" }, budgetSuggestionCents = 900, connectionId });
        var quiet = await TestApp.RegisterAsync(run.Developer);

        var list = await TestApp.DataAsync(await run.Developer.GetAsync("/v1/apps"));
        // What was asked long ago is no news, and neither is what nobody ever opened.
        await run.Server.ExecuteAsync("UPDATE link_sessions SET status = 'expired' WHERE status = 'created'");
        var later = await TestApp.DataAsync(await run.Developer.GetAsync("/v1/apps"));
        await run.Server.ExecuteAsync("UPDATE link_sessions SET created_at = created_at - interval '31 days', expires_at = expires_at - interval '31 days'");
        var old = await TestApp.DataAsync(await run.Developer.GetAsync("/v1/apps"));

        string Of(JsonElement data, TestApp app) =>
            data.GetProperty("counts").EnumerateArray().Single(one => one.GetProperty("appId").GetString() == app.Id).GetRawText();
        Assert.Equal($$"""{"appId":"{{run.App.Id}}","connections":1,"asked":4,"opened":3,"approved":2}""", Of(list, run.App));
        Assert.Equal(Of(list, run.App), Of(later, run.App));
        Assert.Equal($$"""{"appId":"{{run.App.Id}}","connections":1,"asked":0,"opened":0,"approved":0}""", Of(old, run.App));
        Assert.Equal($$"""{"appId":"{{quiet.Id}}","connections":0,"asked":0,"opened":0,"approved":0}""", Of(list, quiet));
        Assert.Empty((await TestApp.DataAsync(await run.Ana.GetAsync("/v1/apps"))).GetProperty("counts").EnumerateArray());
    }

    [Fact]
    public async Task Connections_are_counted_by_what_they_may_do_now()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var ids = new List<string>();
        foreach (var user in new[] { "one", "two", "three" })
            ids.Add((await run.ConnectAsync(new { clientUserId = user })).ConnectionId);
        using var paused = await run.Ana.PostAsync($"/v1/connections/{ids[0]}/pause", null);
        using var ended = await run.Ana.DeleteAsync($"/v1/connections/{ids[1]}");

        var counts = (await FunnelAsync(run)).GetProperty("connections");

        Assert.Equal("""{"active":1,"paused":1,"expired":0,"revoked":1}""", counts.GetRawText());
    }

    private static async Task<JsonElement> FunnelAsync(LinkRun run) =>
        await TestApp.DataAsync(await run.Developer.GetAsync($"/v1/apps/{run.App.Id}/funnel"));
}
