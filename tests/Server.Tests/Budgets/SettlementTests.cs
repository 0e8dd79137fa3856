using System.Net;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>However a call ends: it is charged once, for at least what it cost, and holds nothing afterwards.</summary>
public sealed class SettlementTests(TestCluster cluster)
{
    private const string Streamed = """{"model":"gpt-4o-mini","max_tokens":5000,"stream":true,"messages":[{"role":"user","content":"Say hello."}]}""";
    private const string Word = "data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n";
    private const string End = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":40}}\n\ndata: [DONE]\n\n";
    private const long EndCost = 7 * 150 + 40 * 600;

    [Theory]
    [InlineData(true, "bounded")]
    [InlineData(false, "exact")]
    public async Task A_caller_who_hangs_up_pays_what_the_provider_counted_or_where_it_was_cut_all_that_it_can_have_counted(bool cuts, string exactness)
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 100 }, cancelsOnHangUp = cuts });
        var hungUp = new TaskCompletionSource();
        run.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(Word);
            await context.Response.Body.FlushAsync();
            await hungUp.Task;
            if (cuts)
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            await context.Response.WriteAsync(End);
        };
        var answer = await run.PostAsync("/v1/chat/completions", Streamed);
        var id = answer.Headers.GetValues("x-keypass-request-id").Single();
        answer.Dispose();
        hungUp.SetResult();

        var receipt = await run.ReceiptAsync(id);

        Assert.Equal(exactness, receipt.GetProperty("exactness").GetString());
        var cost = receipt.GetProperty("costNanoUsd").GetInt64();
        Assert.Equal(cuts ? receipt.GetProperty("boundNanoUsd").GetInt64() : EndCost, cost);
        await Money.SettlesAsync(run, cost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_provider_that_resets_or_never_answers_after_the_request_was_sent_is_charged_for_at_the_bound(bool resets)
    {
        await using var run = await GatewayRun.StartAsync(
            cluster, limits: new { budget = new { limitCents = 100 } }, settings: ("KeyPass:ProviderWaitSeconds", "1"));
        run.Provider.Answer = async context =>
        {
            if (resets)
                context.Abort();
            else
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        using var failed = await run.PostAsync("/v1/chat/completions", Streamed);

        Assert.Equal(resets ? HttpStatusCode.BadGateway : HttpStatusCode.GatewayTimeout, failed.StatusCode);
        var receipt = await run.ReceiptAsync(failed);
        var cost = receipt.GetProperty("costNanoUsd").GetInt64();
        Assert.Equal(receipt.GetProperty("boundNanoUsd").GetInt64(), cost);
        await Money.SettlesAsync(run, cost);
    }

    [Theory]
    [InlineData("data: [DONE]\n\n", null)]
    [InlineData("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\n" + End, EndCost)]
    [InlineData("data: {\"choices\":[]}\n\n" + End, EndCost)]
    public async Task A_stream_that_says_its_usage_twice_is_charged_once_and_one_that_never_says_it_at_its_bound(string rest, long? cost)
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 100 } });
        run.Answers(string.Concat(Enumerable.Repeat(Word, 10)) + rest, "text/event-stream");

        using var answer = await run.PostAsync("/v1/chat/completions", Streamed);
        await answer.Content.ReadAsStringAsync();

        var receipt = await run.ReceiptAsync(answer);
        var charged = receipt.GetProperty("costNanoUsd").GetInt64();
        Assert.Equal(cost ?? receipt.GetProperty("boundNanoUsd").GetInt64(), charged);
        Assert.Equal(cost is null ? "bounded" : "exact", receipt.GetProperty("exactness").GetString());
        await Money.SettlesAsync(run, charged);
    }

    [Fact]
    public async Task A_call_that_cost_more_than_it_could_is_charged_and_counted_and_stops_the_others()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1 } });
        await using var other = await Money.BesideAsync(cluster, run);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        Assert.Equal(0, await ViolationsAsync(run));
        // A hundred thousand tokens for a question of fewer than a hundred bytes.
        run.Answers(Calls.Said.Replace("\"prompt_tokens\":11", "\"prompt_tokens\":100000", StringComparison.Ordinal));

        using var answer = await Money.AskAsync(run.Caller, ChargingProvider.Ask(maxTokens: 100));

        var receipt = await run.ReceiptAsync(answer);
        var cost = receipt.GetProperty("costNanoUsd").GetInt64();
        Assert.Equal(100_000 * 150 + 3 * 600, cost);
        Assert.True(cost > receipt.GetProperty("boundNanoUsd").GetInt64());
        Assert.Equal(1, await ViolationsAsync(run));
        await Money.SettlesAsync(run, cost);
        foreach (var client in new[] { run.Caller, caller })
        {
            using var refused = await Money.AskAsync(client, ChargingProvider.Ask(maxTokens: 100));
            Assert.Equal(("budget_exceeded", "this key"), await Money.RefusalAsync(refused));
        }
    }

    private static async Task<long> ViolationsAsync(GatewayRun run) => (await run.Server.Client.GetStringAsync("/metrics")).Split('\n')
        .Where(line => line.StartsWith("keypass_bound_violations_total", StringComparison.Ordinal)).Sum(line => (long)double.Parse(
            line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
}
