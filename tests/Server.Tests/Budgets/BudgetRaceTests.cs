using System.Net;
using System.Net.Sockets;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>Many calls at once, at one server and at two over one database.</summary>
public sealed class BudgetRaceTests(TestCluster cluster)
{
    private static readonly object OneCent = new { budget = new { limitCents = 1, clamp = false } };

    [Fact]
    public async Task The_first_thousand_calls_that_a_fresh_key_ever_makes_at_two_servers_at_once_cost_no_more_than_its_limit()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: OneCent);
        await using var other = await Money.BesideAsync(cluster, run);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        var provider = new ChargingProvider(run.Provider);
        var ask = ChargingProvider.Ask(maxTokens: 1500);

        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(number => Money.AskAsync(number % 2 == 0 ? run.Caller : caller, ask)));

        var statuses = answers.CountBy(answer => answer.StatusCode).ToDictionary();
        var served = statuses.GetValueOrDefault(HttpStatusCode.OK);
        Assert.True(served + statuses.GetValueOrDefault(HttpStatusCode.PaymentRequired) == 1000, string.Join(", ", statuses));
        Assert.Equal(served, run.Provider.Requests.Count);
        // All that the limit allows, and nothing beyond it.
        Assert.InRange(provider.Charged, Money.Cent - 2 * provider.Charged / served, Money.Cent);
        await Money.SettlesAsync(run, provider.Charged);
    }

    [Theory]
    [InlineData("the account", "budget_exceeded")]
    [InlineData("the provider key", "budget_exceeded")]
    [InlineData("this key", "budget_exceeded")]
    [InlineData("this key", "velocity_exceeded")]
    public async Task Of_a_chain_of_budgets_the_tightest_refuses_and_is_named_and_all_are_charged_alike(string tightest, string code)
    {
        var (isVelocity, many) = (code == "velocity_exceeded", new { limitCents = 100, clamp = false });
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = many, rateLimits = new { centsPerHour = 100 } });
        var (account, held, key) = ("/v1/account", $"/v1/keys/{run.Held.Id:N}", $"/v1/virtual-keys/{run.Key.GrantId:N}");
        var few = new { limitCents = 1, clamp = false };
        await Money.ChangeAsync(run, account, new { budget = tightest == "the account" ? few : many });
        await Money.ChangeAsync(run, held, new { budget = tightest == "the provider key" ? few : many });
        if (tightest == "this key")
            await Money.ChangeAsync(run, key, isVelocity ? new { rateLimits = new { centsPerHour = 1 } } : new { budget = few });
        var provider = new ChargingProvider(run.Provider);
        var ask = ChargingProvider.Ask(maxTokens: 3000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Money.AskAsync(run.Caller, ask)));
        using var last = await Money.AskAsync(run.Caller, ChargingProvider.Ask(maxTokens: 16_000));

        Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PaymentRequired, answer.StatusCode.ToString()));
        Assert.Equal((code, tightest), await Money.RefusalAsync(last));
        Assert.InRange(provider.Charged, 1, Money.Cent);
        Assert.Equal(answers.Count(answer => answer.IsSuccessStatusCode), run.Provider.Requests.Count);
        await Money.SettlesAsync(run, provider.Charged);
        // Every budget of the chain has paid the same, and none holds anything: also what a refused call took before it came to the one that refused.
        for (var left = 100; left > 0 && await Money.AskAsync(run, "SELECT count(*) FROM leases WHERE settled <> amount") > 0; left--)
            await Task.Delay(100);
        Assert.Equal(4, await Money.AskAsync(run, "SELECT count(*) FROM leases WHERE settled > 0"));
        Assert.Equal(0, await Money.AskAsync(run, "SELECT count(*) FROM leases WHERE settled <> amount"));
        Assert.Equal(1, await Money.AskAsync(run, "SELECT count(DISTINCT sum) FROM (SELECT sum(settled) FROM leases GROUP BY budget_id) AS sums"));
    }

    [Fact]
    public async Task After_hundreds_of_failures_the_very_last_of_a_budget_can_be_spent_at_either_of_two_servers()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: OneCent);
        var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var nobody = "http://" + closed.LocalEndpoint;
        closed.Dispose();
        await using var other = await Money.BesideAsync(cluster, run, provider: nobody);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        run.Answers("{}", status: 500);
        using var first = await Money.AskAsync(run.Caller, ChargingProvider.Ask(maxTokens: 10_000));
        var bound = (await run.ReceiptAsync(first)).GetProperty("boundNanoUsd").GetInt64();
        // So long that not one token more would fit: whatever were still held by one of the others would be missed.
        var ask = ChargingProvider.Ask(maxTokens: 10_000 + (Money.Cent - bound) / 600);

        for (var number = 0; number < 500; number++)
        {
            run.Provider.Status = 400 + number % 2 * 100 + number % 4 / 2 * 29;
            using var failed = await AskUntilFreeAsync(number % 2 == 0 ? run.Caller : caller, ask);
            Assert.True((int)failed.StatusCode is >= 400 and not 402, $"call {number}: {failed.StatusCode} {await failed.Content.ReadAsStringAsync()}");
        }
        run.Provider.Status = 200;
        var provider = new ChargingProvider(run.Provider);
        using var last = await AskUntilFreeAsync(run.Caller, ask);

        Assert.True(last.IsSuccessStatusCode, await last.Content.ReadAsStringAsync());
        Assert.InRange(provider.Charged, 1, Money.Cent);
        await Money.SettlesAsync(run, provider.Charged);
    }

    [Fact]
    public async Task A_call_that_outlasts_its_window_is_charged_to_it_and_a_hundred_calls_at_once_begin_one_new_one()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1, period = "daily", clamp = false } });
        await using var other = await Money.BesideAsync(cluster, run);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        var (go, arrived, isLong) = (new TaskCompletionSource(), new TaskCompletionSource(), true);
        var provider = new ChargingProvider(run.Provider, async _ =>
        {
            if (!isLong)
                return;
            isLong = false;
            arrived.SetResult();
            await go.Task;
        });
        var outlasting = Money.AskAsync(run.Caller, ChargingProvider.Ask(maxTokens: 15_000));
        await arrived.Task;
        var old = provider.Charged;

        await Money.EndWindowAsync(run);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(number =>
            Money.AskAsync(number % 2 == 0 ? run.Caller : caller, ChargingProvider.Ask(maxTokens: 1_000))));
        go.SetResult();
        using var late = await outlasting;

        Assert.Equal(HttpStatusCode.OK, late.StatusCode);
        Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PaymentRequired, answer.StatusCode.ToString()));
        await Money.RestsAsync(run);
        for (var left = 100; (await Money.WindowsAsync(run)).Sum(window => window.Settled) != provider.Charged; left--)
        {
            Assert.True(left > 0, "not all of it was charged");
            await Task.Delay(100);
        }
        var windows = await Money.WindowsAsync(run);
        Assert.Equal(2, windows.Count);
        // A server that had not heard of the end yet may have spent what it held of the old one.
        Assert.InRange(windows[0].Settled, old, Money.Cent);
        Assert.InRange(windows[1].Settled, 1, Money.Cent);
        var served = answers.Count(answer => answer.IsSuccessStatusCode);
        Assert.True(served > (Money.Cent - old) / (old / 15), $"with {served} calls served, the new window did not begin with all of it");
    }

    [Fact]
    public async Task A_limit_that_is_lowered_below_what_runs_lets_that_end_and_nothing_else_begin()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 4, clamp = false } });
        await using var other = await Money.BesideAsync(cluster, run);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        var (go, arrived, all) = (new TaskCompletionSource(), 0, new TaskCompletionSource());
        var provider = new ChargingProvider(run.Provider, async _ =>
        {
            if (Interlocked.Increment(ref arrived) == 4)
                all.SetResult();
            await go.Task;
        });
        var running = Enumerable.Range(0, 4).Select(number => Money.AskAsync(number % 2 == 0 ? run.Caller : caller, ChargingProvider.Ask(maxTokens: 14_000)))
            .ToList();
        await all.Task;

        await Money.ChangeAsync(run, $"/v1/virtual-keys/{run.Key.GrantId:N}", new { budget = new { limitCents = 2, clamp = false } });
        foreach (var client in new[] { run.Caller, caller })
        {
            for (var number = 0; number < 10; number++)
            {
                using var refused = await Money.AskAsync(client, ChargingProvider.Ask(maxTokens: 14_000));
                Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
            }
        }
        go.SetResult();
        foreach (var answer in await Task.WhenAll(running))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        Assert.Equal(4, run.Provider.Requests.Count);
        await Money.SettlesAsync(run, provider.Charged);
        using var spent = await Money.AskAsync(caller, ChargingProvider.Ask(maxTokens: 100));
        Assert.Equal(("budget_exceeded", "this key"), await Money.RefusalAsync(spent));
    }

    /// <summary>As an agent does: where the other server has what is left and is slow to give it back, it is told to try again.</summary>
    private static async Task<HttpResponseMessage> AskUntilFreeAsync(HttpClient client, string ask)
    {
        for (var left = 100; ; left--)
        {
            var answer = await Money.AskAsync(client, ask);
            if (answer.StatusCode != HttpStatusCode.PaymentRequired || left == 0)
                return answer;
            Assert.Equal(("budget_in_flight", "this key"), await Money.RefusalAsync(answer));
            Assert.NotNull(answer.Headers.RetryAfter);
            answer.Dispose();
            await Task.Delay(50);
        }
    }
}
