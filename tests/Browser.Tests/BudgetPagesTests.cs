using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Tests.Budgets;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Limits on spending as their owner sets them, sees them fill, changes them and takes them away.</summary>
public sealed class BudgetPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    /// <summary>Tokens of output of one call: about six tenths of a cent.</summary>
    private const long Output = 10_000;

    private FakeProvider _vendor = null!;
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _vendor = await FakeProvider.StartAsync();
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:Providers:openai:Origin", _vendor.Address));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Fact]
    public async Task A_virtual_key_gets_a_budget_spends_it_has_it_changed_and_taken_away()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ArriveAsync(ana);
        await page.GotoAsync("/settings");
        await page.GetByLabel("Time zone").SelectOptionAsync("Europe/Berlin");
        await ana.PressAsync("Save");
        await ana.SeesAsync("Saved.");

        var credential = await MakeKeyAsync(page, ana);
        await Assertions.Expect(Meter(page, "Spent of support bot")).ToHaveAttributeAsync("aria-valuetext", "$0.00 of $0.02 spent");
        await CallAsync(credential, HttpStatusCode.OK);
        await CallAsync(credential, HttpStatusCode.OK);
        await SeesSpentAsync(page, "Spent of support bot", "$0.02");
        await ana.SeesAsync("Europe/Berlin");

        await ChangeAsync(page, "support bot");
        await Limit(page).FillAsync("0.01");
        await ana.SeesAsync("The new limit is below what is spent: every call that costs something is refused until");
        await page.GetByLabel("Begins anew").SelectOptionAsync("weekly");
        await ana.SeesAsync("Changing the period keeps what was spent, and ends the present period on");
        await ana.PressAsync("Save the changes");
        await ana.SeesAsync("used up: calls are refused until");
        await CallAsync(credential, HttpStatusCode.PaymentRequired);
        var changed = await ReadAsync(page, "/v1/virtual-keys");
        Assert.Equal(("weekly", 60), (changed.GetProperty("budget").GetProperty("period").GetString(), Requests(changed)));

        await ChangeAsync(page, "support bot");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Limit what it spends") }).UncheckAsync();
        await ana.SeesAsync("This limit is gone once you save");
        await ana.PressAsync("Save the changes");
        await ana.SeesAsync("no limit");
        await CallAsync(credential, HttpStatusCode.OK);

        var taken = await ReadAsync(page, "/v1/virtual-keys");
        Assert.Equal((JsonValueKind.Null, 60), (taken.GetProperty("budget").ValueKind, Requests(taken)));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_provider_key_and_the_account_are_limited_by_keyboard_alone()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ArriveAsync(ana);
        var opener = page.GetByRole(AriaRole.Button, new() { Name = "Limit the OpenAI key “work”" });
        await opener.PressAsync("Enter");
        await TypeLimitAsync(page, "7.5");
        await ana.SeesAsync("$7.50 until");
        await page.Keyboard.PressAsync("Enter");
        await ana.SeesAsync("The budget of the OpenAI key “work” is set.");
        await Assertions.Expect(Meter(page, "Spent with the OpenAI key “work”")).ToHaveAttributeAsync("aria-valuetext", "$0.00 of $7.50 spent");
        await Assertions.Expect(opener).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Enter");
        var limited = page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Limit what is spent with it") });
        await limited.PressAsync("Space");
        await ana.SeesAsync("This limit is gone once you save");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take the budget away" }).PressAsync("Enter");
        await ana.SeesAsync("The budget of the OpenAI key “work” is taken away.");
        await ana.SeesAsync("no limit");

        await page.GotoAsync("/settings");
        await ana.SeesAsync("No limit: each key spends what its own limits let it.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set a budget …" }).PressAsync("Enter");
        await TypeLimitAsync(page, "250");
        await page.Keyboard.PressAsync("Enter");
        await ana.SeesAsync("The budget is set.");
        await Assertions.Expect(Meter(page, "Spent by the whole account")).ToHaveAttributeAsync("aria-valuetext", "$0.00 of $250.00 spent");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change the budget …" }).PressAsync("Enter");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task What_cannot_be_meant_is_said_at_its_field_by_the_page_and_by_the_server()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/account");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await page.GotoAsync("/settings");
        await ana.PressAsync("Set a budget …");
        foreach (var typed in new[] { "", "5.555", "1e3" })
        {
            await Limit(page).FillAsync(typed);
            await ana.PressAsync("Set the budget");
            await Assertions.Expect(Limit(page)).ToHaveAccessibleDescriptionAsync("Write dollars and cents, like 5.50.");
        }
        // As of a page that is older than its server.
        await page.RouteAsync("**/v1/account", route => route.ContinueAsync(new()
        {
            PostData = route.Request.PostData is { } sent
                ? Encoding.UTF8.GetBytes(sent.Replace("\"UTC\"", "\"Mars/Olympus\"", StringComparison.Ordinal)) : null,
        }));
        await Limit(page).FillAsync("5");
        await ana.PressAsync("Set the budget");
        await Assertions.Expect(page.GetByLabel("At midnight of"))
            .ToHaveAccessibleDescriptionAsync("'budget.timeZone' takes a name like Europe/Berlin, or UTC.");
        await page.UnrouteAllAsync();
        await ana.PressAsync("Set the budget");
        await ana.SeesAsync("The budget is set.");

        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 320)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task Every_bar_and_question_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/", scheme, width);
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        var look = new Look(visit);
        await ArriveAsync(ana);
        await page.GetByRole(AriaRole.Button, new() { Name = "Limit the OpenAI key “work”" }).ClickAsync();
        await page.GetByLabel("Begins anew").SelectOptionAsync("custom");
        await page.GetByLabel("Days").FillAsync("0");
        await ana.PressAsync("Set the budget");
        await look.AtAsync("wrong fields");
        await Limit(page).FillAsync("0.01");
        await page.GetByLabel("Days").FillAsync("10");
        await ana.PressAsync("Set the budget");
        await ana.SeesAsync("is set.");
        var credential = await MakeKeyAsync(page, ana, look);
        await CallAsync(credential, HttpStatusCode.OK);
        await SeesSpentAsync(page, "Spent of support bot", "$0.02");
        await look.AtAsync("virtual keys");
        await ChangeAsync(page, "support bot");
        await Limit(page).FillAsync("0");
        await look.AtAsync("a limit below what is spent");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Limit what it spends") }).UncheckAsync();
        await look.AtAsync("take it away");
        await page.GotoAsync("/keys");
        await Assertions.Expect(Meter(page, "Spent with the OpenAI key “work”")).ToBeVisibleAsync();
        await look.AtAsync("keys");

        await page.GotoAsync("/settings");
        await ana.SeesAsync("No limit: each key");
        await look.AtAsync("no limit");
        await ana.PressAsync("Set a budget …");
        await Limit(page).FillAsync("5");
        await ana.PressAsync("Set the budget");
        await ana.SeesAsync("The budget is set.");
        await page.RouteAsync("**/v1/account", LoseAServerAsync);
        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("without a receipt") }).ClickAsync();
        await look.AtAsync("without a receipt");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    private async Task ArriveAsync(Person ana)
    {
        await ana.SignUpManagedAsync();
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await ana.SeesAsync("is in your vault, and works.");
        _ = new ChargingProvider(_vendor);
    }

    /// <returns>Its credential.</returns>
    private static async Task<string> MakeKeyAsync(IPage page, Person ana, Look? look = null)
    {
        await page.GotoAsync("/virtual-keys");
        await ana.PressAsync("Make a virtual key");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("support bot");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Limit what it spends") }).CheckAsync();
        await Limit(page).FillAsync("0.02");
        await ana.SeesAsync("$0.02 until");
        await page.GetByText("More limits").ClickAsync();
        await page.GetByLabel("Calls a minute").FillAsync("60");
        if (look is not null)
            await look.AtAsync("a new key");
        await ana.PressAsync("Make the key");
        var credential = await page.GetByLabel("Virtual key", new() { Exact = true }).TextContentAsync();
        await ana.PressAsync("I have kept it");
        return credential!;
    }

    private static Task ChangeAsync(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = $"Change {name}" }).ClickAsync();

    private static ILocator Limit(IPage page) => page.GetByLabel("At most, in US dollars");

    private static ILocator Meter(IPage page, string label) => page.GetByRole(AriaRole.Meter, new() { Name = label });

    private static async Task TypeLimitAsync(IPage page, string dollars)
    {
        await Limit(page).FocusAsync();
        await page.Keyboard.TypeAsync(dollars);
    }

    private async Task CallAsync(string credential, HttpStatusCode expected)
    {
        using var program = _server.NewClient();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        using var body = new StringContent(ChargingProvider.Ask(Output), Encoding.UTF8, "application/json");
        using var answer = await program.PostAsync("/v1/chat/completions", body);
        Assert.True(answer.StatusCode == expected, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Once the receipts are written.</summary>
    private static async Task SeesSpentAsync(IPage page, string label, string limit)
    {
        for (var left = 100; ; left--)
        {
            await page.ReloadAsync();
            var said = await Meter(page, label).GetAttributeAsync("aria-valuetext");
            if (said is not null && said.StartsWith("$0.0", StringComparison.Ordinal) && !said.StartsWith("$0.00 ", StringComparison.Ordinal)
                && said.Contains($" of {limit} spent", StringComparison.Ordinal))
                return;
            Assert.True(left > 0, said);
        }
    }

    private static async Task<JsonElement> ReadAsync(IPage page, string path) =>
        await page.EvaluateAsync<JsonElement>("async path => (await (await fetch(path)).json()).data.items[0]", path);

    private static int Requests(JsonElement row) => row.GetProperty("rateLimits").GetProperty("requestsPerMinute").GetInt32();

    /// <summary>As if a server had gone with money in its hands.</summary>
    private static async Task LoseAServerAsync(IRoute route)
    {
        var answer = await route.FetchAsync();
        var body = (await answer.TextAsync())
            .Replace("\"spentNanoUsd\":0", "\"spentNanoUsd\":4120000000", StringComparison.Ordinal)
            .Replace("\"reservedNanoUsd\":0", "\"reservedNanoUsd\":250000000", StringComparison.Ordinal)
            .Replace("\"remainingNanoUsd\":5000000000", "\"remainingNanoUsd\":630000000", StringComparison.Ordinal)
            .Replace("\"unaccountedNanoUsd\":0", "\"unaccountedNanoUsd\":120000000", StringComparison.Ordinal);
        await route.FulfillAsync(new() { Response = answer, Body = body });
    }
}
