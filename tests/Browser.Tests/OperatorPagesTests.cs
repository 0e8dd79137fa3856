using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>What whoever runs the server sees of it, and that nobody else does.</summary>
public sealed class OperatorPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(
        cluster, withProbe: false, settings: ("KeyPass:Operators", "boss@example.org"));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task To_anybody_else_it_is_a_page_that_does_not_exist()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await page.GotoAsync("/settings/operator");

        await ana.SeesAsync("There is no page here");
        await page.GotoAsync("/settings");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Security" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Operator" })).ToHaveCountAsync(0);
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task A_price_is_found_overridden_marked_and_taken_back_and_every_state_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/", scheme, width);
        var (page, boss, look) = (visit.Page, new Person(visit.Page, "boss@example.org", "seven quiet otters paddle home"), new Look(visit));
        await boss.SignUpManagedAsync();
        await page.GotoAsync("/settings");
        await page.GetByRole(AriaRole.Link, new() { Name = "Operator" }).ClickAsync();
        await page.IsAtAsync("/settings/operator");
        await boss.SeesAsync("Servers heard");
        await boss.SeesAsync("Show more prices");
        await look.AtAsync("operator");

        await page.GetByLabel("Model", new() { Exact = true }).FillAsync("gpt-5-nano");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Button, new() { Name = "Override the price of gpt-5-nano", Exact = true }).First.ClickAsync();
        await page.GetByLabel("Input", new() { Exact = true }).FillAsync("dear");
        await boss.PressAsync("Set the price for everybody");
        await boss.SeesAsync("A sum in dollars, like 1.25.");
        await look.AtAsync("a wrong price");
        await page.GetByLabel("Input", new() { Exact = true }).FillAsync("0.07");
        var audio = page.GetByLabel("Audio output");
        await Assertions.Expect(audio).ToBeHiddenAsync();
        await page.GetByText("More rates", new() { Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await audio.FillAsync("64");
        await look.AtAsync("more rates");
        await boss.PressAsync("Set the price for everybody");
        await boss.SeesAsync("“gpt-5-nano” costs what you set");
        await page.GetByLabel("Show", new() { Exact = true }).SelectOptionAsync("set");
        var row = page.GetByRole(AriaRole.List, new() { Name = "Prices" }).GetByRole(AriaRole.Listitem);
        await Assertions.Expect(row).ToHaveCountAsync(1);
        await Assertions.Expect(row).ToContainTextAsync("$0.07 in");
        await Assertions.Expect(row).ToContainTextAsync("by you");
        await look.AtAsync("set by an operator");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change the price of gpt-5-nano" }).ClickAsync();
        // What it has a price for is asked for at once.
        await Assertions.Expect(audio).ToHaveValueAsync("64.00");
        await Assertions.Expect(audio).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take back the price of gpt-5-nano" }).ClickAsync();
        await look.AtAsync("take back");
        await boss.PressAsync("Take it back");
        await boss.SeesAsync("No operator has set a price that fits.");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }
}
