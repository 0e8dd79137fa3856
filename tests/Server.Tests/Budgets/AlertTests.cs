using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>Who set a limit hears when half, four fifths and all of it are spent: once each, by mail, on the page, and as it happens.</summary>
public sealed class AlertTests(TestCluster cluster)
{
    private const string Chat = "/v1/chat/completions";

    [Fact]
    public async Task What_a_budget_has_spent_wants_attention_and_is_told_to_pages_as_it_happens()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1 } });
        using var events = await run.Ana.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead);
        using var told = new StreamReader(await events.Content.ReadAsStreamAsync());

        await SpendAsync(run.Caller, run.Provider);

        await UntilAsync(async () => await run.Server.CountAsync("budget_alerts") >= 2);
        var attention = JsonDocument.Parse(await run.Ana.GetStringAsync("/v1/attention")).RootElement.GetProperty("data").GetProperty("items");
        var item = Assert.Single(attention.EnumerateArray());
        Assert.Equal(("budget", "virtual_key", run.Key.GrantId.ToString("N")),
            (item.GetProperty("kind").GetString(), item.GetProperty("about").GetString(), item.GetProperty("id").GetString()));
        Assert.InRange(item.GetProperty("percent").GetInt32(), 80, 100);
        Assert.Contains("tests", item.GetProperty("message").GetString(), StringComparison.Ordinal);
        var heard = new HashSet<int>();
        while (heard.Count < 2)
        {
            var line = await told.ReadLineAsync();
            Assert.NotNull(line); // the stream has no end of its own
            if (line == "event: budget")
                heard.Add(JsonDocument.Parse((await told.ReadLineAsync())!["data: ".Length..]).RootElement.GetProperty("percent").GetInt32());
        }
        Assert.Superset(new HashSet<int> { 50, 80 }, heard);
    }

    [Fact]
    public async Task Each_mark_is_one_letter_and_no_further_call_writes_another()
    {
        await using var mail = FakeMailServer.StartNew();
        await using var provider = await FakeProvider.StartAsync();
        await using var server = await KeyPassServer.StartAsync(
            cluster, withProbe: false, settings: [("KeyPass:Providers:openai:Origin", provider.Address), .. mail.Settings()]);
        using var client = server.NewClient();
        var ana = new TestAccount("ana");
        (await client.PostRegistrationAsync(ana.Registration())).EnsureSuccessStatusCode();
        var code = (await mail.WaitForAsync(ana.Email, "Confirm your address")).CodeFor("verify-email");
        (await client.PostAsJsonAsync("/v1/auth/verify-email", new { code })).EnsureSuccessStatusCode();
        await ana.LogInAsync(client);
        var held = await ana.Vault.AddKeyAsync(client, "openai", GatewayRun.OriginOf("openai"));
        var made = await ana.Vault.VirtualKeyAsync(client, "nightly report", new { budget = new { limitCents = 1, period = "daily" } }, held);
        using var caller = TestVault.Presenting(server, made.Text);

        await SpendAsync(caller, provider);

        var half = await mail.WaitForAsync(ana.Email, "50 % of a budget is spent");
        Assert.Contains("nightly report", half.Message, StringComparison.Ordinal);
        await mail.WaitForAsync(ana.Email, "80 % of a budget is spent");
        await SpendAsync(caller, provider);
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.Single(mail.Mails, one => one.Header("Subject").StartsWith("50", StringComparison.Ordinal));
    }

    /// <summary>Call after call until the budget refuses one.</summary>
    private static async Task SpendAsync(HttpClient caller, FakeProvider provider)
    {
        _ = new ChargingProvider(provider);
        for (var tokens = 4_000; tokens > 0;)
        {
            using var answer = await GatewayRun.SendAsync(caller, Chat, ChargingProvider.Ask(tokens));
            tokens = answer.StatusCode == HttpStatusCode.OK ? tokens : 0;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var left = 100; !await holds(); left--)
        {
            Assert.True(left > 0, "it never came to hold");
            await Task.Delay(100);
        }
    }
}
