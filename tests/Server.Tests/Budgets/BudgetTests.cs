using System.Net;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>What a limit does to the calls of one key, through the front door.</summary>
public sealed class BudgetTests(TestCluster cluster)
{
    [Fact]
    public async Task A_call_is_charged_what_the_provider_counted_and_the_rest_of_its_bound_is_free_again()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 100 } });
        run.Answers(Calls.Said);

        using var answer = await run.PostAsync("/v1/chat/completions", Calls.Ask);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var receipt = await run.ReceiptAsync(answer);
        Assert.Equal("exact", receipt.GetProperty("exactness").GetString());
        var cost = receipt.GetProperty("costNanoUsd").GetInt64();
        Assert.InRange(cost, 1, receipt.GetProperty("boundNanoUsd").GetInt64());
        Assert.Equal(cost, (await Money.OfAsync(run)).GetProperty("spentNanoUsd").GetInt64());
    }

    [Fact]
    public async Task A_thousand_calls_at_once_with_money_for_ten_cost_no_more_than_the_limit()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1, clamp = false } });
        var provider = new ChargingProvider(run.Provider);
        var ask = ChargingProvider.Ask(maxTokens: 1500);

        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => run.PostAsync("/v1/chat/completions", ask)));

        var served = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PaymentRequired, answer.StatusCode.ToString()));
        Assert.InRange(served, 1, 1000);
        Assert.Equal(served, run.Provider.Requests.Count);
        Assert.InRange(provider.Charged, 1, Money.Cent);
        await Money.SettlesAsync(run, provider.Charged);
    }
}
