using System.Text.RegularExpressions;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

public sealed class FirstPageTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/", ColorScheme.Light, 1280)]
    [InlineData("/", ColorScheme.Dark, 1280)]
    [InlineData("/", ColorScheme.Light, 320)]
    [InlineData("/", ColorScheme.Dark, 320)]
    [InlineData("/docs/api", ColorScheme.Light, 1280)]
    [InlineData("/docs/api", ColorScheme.Dark, 1280)]
    [InlineData("/docs/api", ColorScheme.Light, 320)]
    [InlineData("/docs/api", ColorScheme.Dark, 320)]
    public async Task A_page_is_whole_accessible_and_quiet(string path, ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, path, scheme, width);

        Assert.NotEmpty(await visit.Page.Locator("h1").AllInnerTextsAsync());
        Assert.Empty(await visit.AccessibilityFaultsAsync());
        Assert.False(await visit.ScrollsSidewaysAsync(), "scrolls sideways");
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task The_first_page_says_that_this_server_is_ready()
    {
        await using var visit = await browser.OpenAsync(_server, "/");

        await Assertions.Expect(visit.Page.GetByText("ready", new() { Exact = false }).First).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.GetByText("PostgreSQL", new() { Exact = false }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task When_the_server_cannot_be_reached_the_first_page_says_so_and_can_ask_again()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        await visit.Page.RouteAsync("**/readyz", route => route.AbortAsync());
        await visit.Page.ReloadAsync();
        var again = visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = AnyOf("again|check|retry") });
        await Assertions.Expect(again).ToBeVisibleAsync();

        await visit.Page.UnrouteAllAsync();
        await again.ClickAsync();

        await Assertions.Expect(visit.Page.GetByText("PostgreSQL", new() { Exact = false }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_line_a_team_changes_carries_this_servers_address_and_can_be_copied()
    {
        await using var visit = await browser.OpenAsync(_server, "/");

        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = AnyOf("copy") }).First.ClickAsync();

        var copied = await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        Assert.Contains(_server.Address.ToString().TrimEnd('/'), copied, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_reader_shows_every_operation_and_finds_one_by_its_words()
    {
        await using var visit = await browser.OpenAsync(_server, "/docs/api");
        await Assertions.Expect(visit.Page.GetByText("/readyz").First).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.GetByText("/metrics").First).ToBeVisibleAsync();

        await visit.Page.GetByRole(AriaRole.Searchbox).FillAsync("take work");

        await Assertions.Expect(visit.Page.GetByText("/readyz").First).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.GetByText("/metrics")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_unknown_address_is_a_404_with_a_way_back()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var response = await visit.Page.GotoAsync("/no/such/page");

        Assert.Equal(404, response!.Status);
        await visit.Page.GetByRole(AriaRole.Link, new() { NameRegex = AnyOf("home|first page|start") }).First.ClickAsync();
        Assert.EndsWith("/", visit.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_page_can_be_walked_by_keyboard_from_a_skip_link_on()
    {
        await using var visit = await browser.OpenAsync(_server, "/");

        await visit.Page.Keyboard.PressAsync("Tab");

        Assert.Contains("skip", await visit.Page.EvaluateAsync<string>("() => document.activeElement.textContent"), StringComparison.OrdinalIgnoreCase);
    }

    private static Regex AnyOf(string words) => new(words, RegexOptions.IgnoreCase);
}
