using System.Net;
using System.Net.Http.Headers;
using System.Text;
using KeyPass.Server.Tests.Budgets;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>What calls cost and how they went, as their owner reads it: sums, receipts, and why one failed.</summary>
public sealed class UsagePagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
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
    public async Task Sums_and_receipts_show_what_was_called_and_the_address_keeps_what_was_chosen()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await CallOnceEachAsync(page, ana);

        await page.GotoAsync("/usage");
        await ana.SeesAsync("2 exact");
        await Assertions.Expect(page.Locator(".figures")).ToContainTextAsync("1 failed");
        await Assertions.Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new("^Cost from") })).ToBeVisibleAsync();
        await page.GetByLabel("Group by").SelectOptionAsync("key");
        await Assertions.Expect(page.GetByRole(AriaRole.Rowheader, new() { Name = "support bot" })).ToBeVisibleAsync();
        await page.GetByLabel("Days").SelectOptionAsync("today");
        await page.GetByRole(AriaRole.Button, new() { Name = "Calls" }).ClickAsync();
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByLabel("Days")).ToHaveValueAsync("today");
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Calls" })).ToHaveAttributeAsync("aria-sort", "descending");
        await ana.SeesAsync("Spend by hour");
        var table = await page.EvaluateAsync<string>(
            "async () => (await fetch(document.querySelector('a[download]').href)).text()");
        Assert.Matches("^key,requests,errors,.*\r\n[0-9a-f]{32},2,1,", table);

        await page.GetByRole(AriaRole.Link, new() { Name = "support bot" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Logs" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".calls tbody tr")).ToHaveCountAsync(2);
        await page.GetByLabel("Status").SelectOptionAsync("error");
        await Assertions.Expect(page.Locator(".calls tbody tr")).ToHaveCountAsync(1);
        await page.Locator(".calls tbody a").ClickAsync();
        await ana.SeesAsync("The account at the provider has no money left");
        await ana.SeesAsync("You exceeded your current quota");

        var id = await page.Locator(".request-id code").InnerTextAsync();
        await page.GotoAsync("/logs?status=ok");
        await page.Locator(".calls tbody a").ClickAsync();
        await ana.SeesAsync("Output tokens");
        await Assertions.Expect(page.Locator(".sums")).ToContainTextAsync("$0.60 a million");
        await page.GotoAsync("/logs");
        await page.GetByLabel("Request id").FillAsync("abc");
        await ana.PressAsync("Find");
        await ana.SeesAsync("A request id is req_ and 32 letters and digits");
        await page.GetByLabel("Request id").FillAsync(id);
        await ana.PressAsync("Find");
        await page.IsAtAsync("/logs/" + id);

        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 320)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task Every_state_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/", scheme, width);
        visit.Refused.Add("/v1/usage");
        visit.Refused.Add("/v1/logs");
        var (page, ana, look) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"), new Look(visit));
        await ana.SignUpManagedAsync();
        await SeeAsync(page, "/usage", "No calls in these days");
        await look.AtAsync("nothing spent");
        await SeeAsync(page, "/logs", "No calls yet");
        await look.AtAsync("no calls");
        await CallOnceEachAsync(page, ana, isNew: false);

        await SeeAsync(page, "/usage?range=7d", "Together");
        await look.AtAsync("usage");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("exact") }).First.ClickAsync();
        await look.AtAsync("what exact means");
        await SeeAsync(page, "/usage?range=own&from=2026-02-30&by=day", "Choose two days, the first before the last.");
        await look.AtAsync("days that are none");
        await SeeAsync(page, "/usage?mode=test", "No test calls in these days");
        await look.AtAsync("test calls");
        await SeeAsync(page, "/logs", "insufficient_quota");
        await look.AtAsync("logs");
        await SeeAsync(page, "/logs?status=504", "No such calls");
        await look.AtAsync("none such");
        await OpenMenuAsync(page, width);
        await look.AtAsync("the navigation");
        foreach (var (status, seen) in new[] { ("ok", "Output tokens"), ("error", "Its own credit or quota is used up") })
        {
            await page.GotoAsync("/logs?status=" + status);
            await page.Locator(".calls tbody a").ClickAsync();
            await ana.SeesAsync(seen);
            await look.AtAsync("receipt " + status);
        }
        await SeeAsync(page, "/logs/req_" + new string('0', 32), "There is no receipt of that request");
        await look.AtAsync("no such receipt");
        await page.RouteAsync("**/v1/usage?*", route => route.AbortAsync());
        await SeeAsync(page, "/usage", "The server could not be reached.");
        await look.AtAsync("not reached");
        await page.UnrouteAllAsync();
        await ana.PressAsync("Try again");
        await ana.SeesAsync("Together");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    /// <summary>Folded away on little width.</summary>
    private static Task OpenMenuAsync(IPage page, int width) =>
        width < 860 ? page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync() : Task.CompletedTask;

    private static async Task SeeAsync(IPage page, string address, string text)
    {
        await page.GotoAsync(address);
        await Assertions.Expect(page.GetByText(text).Locator("visible=true").First).ToBeVisibleAsync();
    }

    /// <summary>One call that goes well, and one that the provider refuses since nobody paid it.</summary>
    private async Task CallOnceEachAsync(IPage page, Person ana, bool isNew = true)
    {
        if (isNew)
            await ana.SignUpManagedAsync();
        await page.GotoAsync("/keys");
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await page.GotoAsync("/virtual-keys");
        await ana.PressAsync("Make a virtual key");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("support bot");
        await ana.PressAsync("Make the key");
        var credential = await page.GetByLabel("Virtual key", new() { Exact = true }).TextContentAsync();
        await ana.PressAsync("I have kept it");

        _ = new ChargingProvider(_vendor);
        await CallAsync(credential!, HttpStatusCode.OK);
        _vendor.Status = 429;
        _vendor.Answer = context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"error":{"code":"insufficient_quota","message":"You exceeded your current quota."}}""");
        };
        await CallAsync(credential!, HttpStatusCode.TooManyRequests);
        while (await page.EvaluateAsync<int>("async () => (await (await fetch('/v1/logs')).json()).data.items.length") < 2)
            await Task.Delay(100);
    }

    private async Task CallAsync(string credential, HttpStatusCode expected)
    {
        using var program = _server.NewClient();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        using var body = new StringContent(ChargingProvider.Ask(10_000), Encoding.UTF8, "application/json");
        using var answer = await program.PostAsync("/v1/chat/completions", body);
        Assert.True(answer.StatusCode == expected, await answer.Content.ReadAsStringAsync());
    }
}
