using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>Calls that ask for far more than they use leave room for each other.</summary>
public sealed class FairSharesTests(TestCluster cluster)
{
    [Fact]
    public async Task Twenty_agents_that_ask_for_the_longest_answers_at_once_are_all_served()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 2_500 } });
        var (arrived, all) = (0, new TaskCompletionSource());
        run.Provider.Answer = async context =>
        {
            // Each of them holds its money until all are there.
            if (Interlocked.Increment(ref arrived) == 20)
                all.TrySetResult();
            await all.Task;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(Calls.Said.Replace("gpt-4o-mini-2024-07-18", "o1", StringComparison.Ordinal));
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var answer = await Money.AskAsync(
                run.Caller, """{"model":"o1","max_completion_tokens":64000,"messages":[{"role":"user","content":"Go on."}]}""");
            // If one is refused, the others need not wait for it.
            all.TrySetResult();
            return answer;
        }));

        foreach (var answer in answers)
            Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        // 20 × 64,000 tokens at $60 a million are three times the budget: most were let have less than they asked for.
        Assert.Contains(answers, answer => answer.Headers.Contains("x-keypass-max-tokens-clamped"));
        var spent = await Money.RestsAsync(run);
        Assert.Equal(await Money.ReceiptsAsync(run), spent);
    }
}
