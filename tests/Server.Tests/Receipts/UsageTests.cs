using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Link;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Receipts;

public sealed class UsageTests(TestCluster cluster)
{
    private const string Ask = """{"model":"gpt-4o-mini","messages":[]}""";

    [Fact]
    public async Task Usage_is_summed_by_what_is_asked_for_and_the_sums_come_out()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { tags = new[] { "team-a", "nightly" } });
        await CallAsync(run, "gpt-4o-mini", 10, 1);
        await CallAsync(run, "gpt-4o-mini", 20, 2);
        await CallAsync(run, "gpt-4o", 30, 3);
        run.Answers("""{"error":{"message":"busy"}}""", status: 429);
        await run.ReceiptAsync(await run.PostAsync("/v1/chat/completions", Ask));

        var byModel = await UsageAsync(run.Ana, "?groupBy=model");
        var total = byModel.GetProperty("total");
        Assert.Equal((4, 1, 60, 6), (Number(total, "requests"), Number(total, "errors"), Number(total, "inputTokens"), Number(total, "outputTokens")));
        // 30 in and 3 out at 0.15 and 0.60 $/M; 30 in and 3 out at 2.50 and 10.00 $/M.
        Assert.Equal(30 * 150 + 3 * 600 + 30 * 2500 + 3 * 10_000, Number(total, "costNanoUsd"));
        Assert.Equal(["gpt-4o", "gpt-4o-mini"], Groups(byModel));
        Assert.Equal(Number(total, "costNanoUsd"), byModel.GetProperty("groups").EnumerateArray().Sum(one => Number(one, "costNanoUsd")));
        Assert.Equal(["nightly", "team-a"], Groups(await UsageAsync(run.Ana, "?groupBy=tag")).Order());
        Assert.Equal([run.Key.GrantId.ToString("N")], Groups(await UsageAsync(run.Ana, "?groupBy=key")));
        Assert.Equal([run.Held.Id.ToString("N")], Groups(await UsageAsync(run.Ana, "?groupBy=providerKey")));
        Assert.Single(Groups(await UsageAsync(run.Ana, "?groupBy=day&tz=Asia/Tokyo")));
        Assert.Equal(["exact"], Groups(await UsageAsync(run.Ana, "?groupBy=exactness")));
        Assert.Equal([null], Groups(await UsageAsync(run.Ana, "?groupBy=app")));
        Assert.Equal("tests", (await UsageAsync(run.Ana, "?groupBy=key")).GetProperty("groups")[0].GetProperty("name").GetString());
        var perHour = (await UsageAsync(run.Ana, "?groupBy=model&per=hour")).GetProperty("groups").EnumerateArray().ToList();
        Assert.Equal(Number(total, "costNanoUsd"), perHour.Sum(one => Number(one, "costNanoUsd")));
        Assert.All(perHour, one => Assert.Matches("^[0-9-]{10}T[0-9]{2}:00$", one.GetProperty("slot").GetString()!));
        Assert.Equal(1, Number((await UsageAsync(run.Ana, "?status=error")).GetProperty("total"), "requests"));
        Assert.Equal(0, Number((await UsageAsync(run.Ana, "?livemode=false")).GetProperty("total"), "requests"));
    }

    [Theory]
    [InlineData("?groupBy=model")]
    [InlineData("?groupBy=model&per=hour")]
    [InlineData("?groupBy=day")]
    public async Task While_receipts_land_the_sums_of_one_answer_still_come_out(string query)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        await CallAsync(run, "gpt-4o-mini", 10, 1);
        using var enough = new CancellationTokenSource();
        var landing = Task.Run(async () =>
        {
            // What a busy account's calls do, in less time.
            while (!enough.IsCancellationRequested)
                await run.Server.ExecuteAsync("""
                    INSERT INTO receipts (day, id, at, account_id, grant_id, credential_id, is_test, tags, model, status, exactness, cost_nano_usd,
                        input_tokens, output_tokens, is_stream, hung_up, attempts, latency_ms)
                    SELECT day, gen_random_uuid(), at, account_id, grant_id, credential_id, is_test, tags, model, status, exactness, cost_nano_usd,
                        input_tokens, output_tokens, is_stream, hung_up, attempts, latency_ms FROM receipts LIMIT 1
                    """);
        });

        var seen = new HashSet<long>();
        for (var asked = 0; asked < 20; asked++)
        {
            var usage = await UsageAsync(run.Ana, query);
            seen.Add(Number(usage.GetProperty("total"), "requests"));
            foreach (var sum in new[] { "requests", "inputTokens", "costNanoUsd" })
                Assert.Equal(Number(usage.GetProperty("total"), sum), usage.GetProperty("groups").EnumerateArray().Sum(one => Number(one, sum)));
        }
        await enough.CancelAsync();
        await landing;

        Assert.True(seen.Count > 1, "no receipt landed meanwhile");
    }

    [Fact]
    public async Task What_an_app_called_over_a_connection_is_summed_under_its_name()
    {
        await using var run = await LinkRun.StartAsync(cluster, new { name = "Otter Notes" });
        var (_, accessToken) = await run.ConnectAsync();
        foreach (var _ in Enumerable.Range(0, 2))
            await run.Gateway.ReceiptAsync(await run.CallAsync(accessToken));
        await run.Gateway.ReceiptAsync(await run.Gateway.PostAsync("/v1/chat/completions", Ask));

        var usage = await UsageAsync(run.Ana, "?groupBy=app");

        Assert.Equal(
            [(run.App.Id, "Otter Notes", 2L), (null, null, 1L)],
            usage.GetProperty("groups").EnumerateArray().OrderByDescending(one => Number(one, "requests"))
                .Select(one => (one.GetProperty("group").GetString(), one.GetProperty("name").GetString(), Number(one, "requests"))));
        Assert.Equal(3, Number(usage.GetProperty("total"), "requests"));
        // Nobody else's connection is his, whatever his calls are tagged with.
        Assert.Empty(Groups(await UsageAsync(run.Developer, "?groupBy=app")));
    }

    [Fact]
    public async Task A_table_for_other_programs_has_every_digit_and_no_formula()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { tags = new[] { "=1+1,\"x\"" } });
        await CallAsync(run, "gpt-4o-mini", 10, 1);

        var csv = await run.Ana.GetStringAsync("/v1/usage?groupBy=tag&format=csv");

        Assert.Equal("tag,requests,errors,inputTokens,outputTokens,costUsd,unpriced,inexact\r\n\"'=1+1,\"\"x\"\"\",1,0,10,1,0.000002100,0,0\r\n", csv);
    }

    [Theory]
    [InlineData("?groupBy=nothing", "groupBy")]
    [InlineData("?tz=Mars/Base", "tz")]
    [InlineData("?from=yesterday", "from")]
    [InlineData("?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from")]
    [InlineData("?format=xml", "format")]
    [InlineData("?groupBy=model&per=week", "per")]
    [InlineData("?per=day", "per")]
    [InlineData("?status=fine", "status")]
    public async Task A_question_that_cannot_be_answered_names_what_is_wrong(string query, string field)
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var ana = await server.AsAsync("ana");

        using var refused = await ana.GetAsync("/v1/usage" + query);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(field, (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
    }

    [Fact]
    public async Task Receipts_are_listed_newest_first_page_by_page_and_narrowed()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var ids = new List<string>();
        foreach (var model in new[] { "gpt-4o", "gpt-4o-mini", "gpt-4o-mini" })
            ids.Add(await CallAsync(run, model, 1, 1));

        var first = await LogsAsync(run.Ana, "?limit=2");
        var second = await LogsAsync(run.Ana, "?limit=2&cursor=" + first.GetProperty("nextCursor").GetString());
        var narrowed = await LogsAsync(run.Ana, $"?model=gpt-4o&virtualKey={run.Key.GrantId:N}&status=ok");

        Assert.Equal([ids[2], ids[1]], Ids(first));
        Assert.Equal([ids[0]], Ids(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
        Assert.Equal([ids[0]], Ids(narrowed));
    }

    [Fact]
    public async Task A_receipt_is_found_after_its_key_is_gone_and_gone_with_its_account()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var id = await CallAsync(run, "gpt-4o-mini", 1, 1);

        (await run.Ana.DeleteAsync($"/v1/virtual-keys/{run.Key.GrantId:N}")).EnsureSuccessStatusCode();
        var receipt = await run.ReceiptAsync(id);
        Assert.Equal((id, "tests"), (receipt.GetProperty("requestId").GetString(), receipt.GetProperty("caller").GetString()));

        using var erase = new HttpRequestMessage(HttpMethod.Delete, "/v1/account");
        erase.Content = JsonContent.Create(new { email = run.Owner.Email, authHash = run.Owner.AuthHash });
        (await run.Ana.SendAsync(erase)).EnsureSuccessStatusCode();
        Assert.Equal(0, await run.Server.CountAsync("receipts"));
    }

    [Fact]
    public async Task A_new_receipt_is_told_to_whoever_watches_and_to_nobody_else()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        using var stranger = await run.Server.AsAsync("stranger");
        using var watching = new StreamReader(await run.Ana.GetStreamAsync("/v1/events"));
        using var elsewhere = new StreamReader(await stranger.GetStreamAsync("/v1/events"));
        foreach (var reader in new[] { watching, elsewhere })
            Assert.Equal((": welcome", "retry: 1000"), (await reader.ReadLineAsync(), await reader.ReadLineAsync()));

        var id = await CallAsync(run, "gpt-4o-mini", 1, 1);

        Assert.Equal("", await watching.ReadLineAsync());
        Assert.Equal("event: receipt", await watching.ReadLineAsync());
        Assert.StartsWith("id: ", await watching.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Contains(id, await watching.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await elsewhere.ReadLineAsync());
        await Assert.ThrowsAsync<TimeoutException>(() => elsewhere.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task A_stream_ends_after_a_while_so_that_a_session_that_was_ended_is_told_nothing_more()
    {
        var clock = new TurnedClock();
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: clock.AddTo);
        using var ana = await server.AsAsync("ana");
        using var watching = new StreamReader(await ana.GetStreamAsync("/v1/events"));
        Assert.Equal(": welcome", await watching.ReadLineAsync());

        var rest = watching.ReadToEndAsync();
        for (var left = 60; left > 0 && !rest.IsCompleted; left--)
        {
            clock.Turn(TimeSpan.FromMinutes(6));
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        Assert.True(rest.IsCompletedSuccessfully, "the stream goes on");
        using var again = await ana.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    private static async Task<string> CallAsync(GatewayRun run, string model, int input, int output)
    {
        run.Answers($$$"""{"model":"{{{model}}}","choices":[],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":{{{output}}}}}""");
        using var answer = await run.PostAsync("/v1/chat/completions", Ask.Replace("gpt-4o-mini", model, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await run.ReceiptAsync(answer)).GetProperty("requestId").GetString()!;
    }

    private static async Task<JsonElement> UsageAsync(HttpClient client, string query) => await DataAsync(client, "/v1/usage" + query);

    private static async Task<JsonElement> LogsAsync(HttpClient client, string query) => await DataAsync(client, "/v1/logs" + query);

    private static async Task<JsonElement> DataAsync(HttpClient client, string path) =>
        (await client.GetFromJsonAsync<JsonElement>(path)).GetProperty("data");

    private static IEnumerable<string?> Groups(JsonElement usage) =>
        usage.GetProperty("groups").EnumerateArray().Select(one => one.GetProperty("group").GetString());

    private static IEnumerable<string?> Ids(JsonElement page) =>
        page.GetProperty("items").EnumerateArray().Select(one => one.GetProperty("requestId").GetString());

    private static long Number(JsonElement one, string name) => one.GetProperty(name).GetInt64();
}
