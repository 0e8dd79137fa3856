using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>What a limit does to the calls of one key, through the front door.</summary>
public sealed class BudgetTests(TestCluster cluster)
{
    private const string Chat = "/v1/chat/completions";

    [Fact]
    public async Task A_call_is_charged_what_the_provider_counted_and_the_rest_of_its_bound_is_free_again()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 100 } });
        run.Answers(Calls.Said);

        using var answer = await run.PostAsync(Chat, Calls.Ask);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var receipt = await run.ReceiptAsync(answer);
        Assert.Equal("exact", receipt.GetProperty("exactness").GetString());
        var cost = receipt.GetProperty("costNanoUsd").GetInt64();
        Assert.InRange(cost, 1, receipt.GetProperty("boundNanoUsd").GetInt64());
        await Money.SettlesAsync(run, cost);
    }

    [Fact]
    public async Task A_thousand_calls_at_once_with_money_for_ten_cost_no_more_than_the_limit()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 2, clamp = false } });
        var provider = new ChargingProvider(run.Provider);
        var ask = ChargingProvider.Ask(maxTokens: 1500);

        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => run.PostAsync(Chat, ask)));

        var served = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PaymentRequired, answer.StatusCode.ToString()));
        Assert.InRange(served, 10, 999);
        Assert.Equal(served, run.Provider.Requests.Count);
        Assert.InRange(provider.Charged, 1, 2 * Money.Cent);
        await Money.SettlesAsync(run, provider.Charged);
    }

    [Fact]
    public async Task A_refusal_tells_which_limit_it_was_and_what_would_fit()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1, period = "daily", clamp = false } });

        using var refused = await run.PostAsync(Chat, """{"model":"gpt-5","max_completion_tokens":2000,"messages":[{"role":"user","content":"Hi"}]}""");

        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        Assert.Equal("false", Assert.Single(refused.Headers.GetValues("x-should-retry")));
        Assert.Null(refused.Headers.RetryAfter);
        var error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal("budget_exceeded", error.GetProperty("code").GetString());
        var budget = error.GetProperty("budget");
        Assert.Equal(("this key", Money.Cent, 0, Money.Cent), (budget.GetProperty("of").GetString(), budget.GetProperty("limitNanoUsd").GetInt64(),
            budget.GetProperty("spentNanoUsd").GetInt64(), budget.GetProperty("remainingNanoUsd").GetInt64()));
        Assert.InRange(budget.GetProperty("neededNanoUsd").GetInt64(), Money.Cent + 1, 100 * Money.Cent);
        Assert.InRange(budget.GetProperty("affordableMaxTokens").GetInt64(), 1, 1999);
        Assert.NotEqual(JsonValueKind.Null, budget.GetProperty("resetsAt").ValueKind);
        Assert.NotEmpty(budget.GetProperty("modelsThatFit").EnumerateArray());
        Assert.Empty(run.Provider.Requests);

        // What it says would fit does.
        run.Answers(Calls.Said);
        var tokens = budget.GetProperty("affordableMaxTokens").GetInt64();
        using var served = await run.PostAsync(
            Chat, $$"""{"model":"gpt-5","max_completion_tokens":{{tokens}},"messages":[{"role":"user","content":"Hi"}]}""");
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task A_call_that_asks_for_more_than_is_left_is_made_with_less_and_says_so()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1 } });
        var provider = new ChargingProvider(run.Provider);

        using var answer = await run.PostAsync(Chat, ChargingProvider.Ask(maxTokens: 16_000, namesTier: false));

        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var clamped = long.Parse(Assert.Single(answer.Headers.GetValues("x-keypass-max-tokens-clamped")), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(clamped, 256, 15_999);
        Assert.Equal(ChargingProvider.Ask(clamped, namesTier: false), Assert.Single(run.Provider.Requests).Text);
        Assert.NotEmpty(answer.Headers.GetValues("x-keypass-budget-remaining"));
        var receipt = await run.ReceiptAsync(answer);
        Assert.Equal(clamped, receipt.GetProperty("clampedTo").GetInt64());
        Assert.InRange(provider.Charged, 1, Money.Cent);
        Assert.Equal(provider.Charged, receipt.GetProperty("costNanoUsd").GetInt64());
    }

    [Fact]
    public async Task What_has_no_price_is_refused_under_a_budget_and_goes_without_one()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 100 } });
        const string ask = """{"model":"a-model-of-tomorrow","messages":[]}""";
        run.Answers(Calls.Said);

        using var refused = await run.PostAsync(Chat, ask);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("price_unknown", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(run.Provider.Requests);

        (await run.Ana.PatchAsJsonAsync($"/v1/virtual-keys/{run.Key.GrantId:N}", new { budget = (object?)null })).EnsureSuccessStatusCode();
        using var served = await Money.UntilServedAsync(run, ask);
        Assert.Equal(JsonValueKind.Null, (await run.ReceiptAsync(served)).GetProperty("boundNanoUsd").ValueKind);
    }

    [Theory]
    [InlineData("""{"limitCents":-1}""", "budget.limitCents")]
    [InlineData("""{"limitCents":1.5}""", "budget.limitCents")]
    [InlineData("""{"limitCents":100,"period":"yearly"}""", "budget.period")]
    [InlineData("""{"limitCents":100,"period":"custom"}""", "budget.days")]
    [InlineData("""{"limitCents":100,"period":"weekly","anchorDay":8}""", "budget.anchorDay")]
    [InlineData("""{"limitCents":100,"timeZone":"Mars/Olympus"}""", "budget.timeZone")]
    public async Task A_budget_that_cannot_be_is_refused_with_the_member_that_is_wrong(string budget, string field)
    {
        await using var run = await GatewayRun.StartAsync(cluster);

        using var refused = await run.Ana.PatchAsync($"/v1/virtual-keys/{run.Key.GrantId:N}", Calls.Json($$"""{"budget":{{budget}}}"""));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(field, JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("field").GetString());
    }

    [Fact]
    public async Task Limits_of_the_account_and_of_the_provider_key_hold_for_every_key_and_are_shown_where_they_were_set()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Calls.Said);
        (await run.Ana.PatchAsJsonAsync("/v1/account", new { budget = new { limitCents = 100, period = "monthly" } })).EnsureSuccessStatusCode();
        (await run.Ana.PatchAsJsonAsync($"/v1/keys/{run.Held.Id:N}", new { budget = new { limitCents = 0 } })).EnsureSuccessStatusCode();

        using (var refused = await run.PostAsync(Chat, Calls.Ask))
        {
            Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
            Assert.Contains("the provider key", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        (await run.Ana.PatchAsJsonAsync($"/v1/keys/{run.Held.Id:N}", new { budget = new { limitCents = 50 } })).EnsureSuccessStatusCode();
        using var served = await Money.UntilServedAsync(run, Calls.Ask);
        var cost = (await run.ReceiptAsync(served)).GetProperty("costNanoUsd").GetInt64();

        var account = JsonDocument.Parse(await run.Ana.GetStringAsync("/v1/account")).RootElement.GetProperty("data").GetProperty("budget");
        Assert.Equal((100, cost), (account.GetProperty("limitCents").GetInt64(), account.GetProperty("spentNanoUsd").GetInt64()));
        var held = JsonDocument.Parse(await run.Ana.GetStringAsync("/v1/keys")).RootElement.GetProperty("data").GetProperty("items")[0].GetProperty("budget");
        Assert.Equal((50, cost), (held.GetProperty("limitCents").GetInt64(), held.GetProperty("spentNanoUsd").GetInt64()));
        var own = JsonDocument.Parse(await run.Caller.GetStringAsync("/v1/key")).RootElement.GetProperty("data").GetProperty("budgets");
        Assert.Equal(["provider_key", "account"], own.EnumerateArray().Select(budget => budget.GetProperty("of").GetString()));
    }

    [Fact]
    public async Task A_quote_says_what_a_call_would_hold_and_nothing_is_sent_or_held_for_it()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1 } });

        using var asked = await run.PostAsync("/v1/quote", ChargingProvider.Ask(maxTokens: 16_000, namesTier: false));
        var quote = JsonDocument.Parse(await asked.Content.ReadAsStringAsync()).RootElement.GetProperty("data");
        Assert.Equal(("openai", "gpt-4o-mini", 16_000), (quote.GetProperty("provider").GetString(), quote.GetProperty("model").GetString(),
            quote.GetProperty("maxOutputTokens").GetInt64()));
        Assert.True(quote.GetProperty("affordable").GetBoolean() && quote.GetProperty("wouldBeClamped").GetBoolean());
        Assert.InRange(quote.GetProperty("likelyNanoUsd").GetInt64(), 1, quote.GetProperty("boundNanoUsd").GetInt64());
        Assert.Equal(Money.Cent, quote.GetProperty("tightest").GetProperty("remainingNanoUsd").GetInt64());
        Assert.Empty(run.Provider.Requests);

        // The call itself gets what the quote said.
        _ = new ChargingProvider(run.Provider);
        using var served = await run.PostAsync(Chat, ChargingProvider.Ask(maxTokens: 16_000, namesTier: false));
        Assert.Equal(quote.GetProperty("affordableMaxTokens").GetInt64(), (await run.ReceiptAsync(served)).GetProperty("clampedTo").GetInt64());
    }

    [Fact]
    public async Task What_a_key_may_spend_in_an_hour_is_refused_as_such()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { rateLimits = new { centsPerHour = 0 } });

        using var refused = await run.PostAsync(Chat, Calls.Ask);

        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        Assert.Contains("velocity_exceeded", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
