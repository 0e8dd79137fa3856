using System.Net;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>The documentation: pages that need no script, and the same as Markdown.</summary>
public sealed class DocsPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public static TheoryData<string, ColorScheme, int> Looks() => new(
        from path in new[] { "/docs", "/docs/refusals", "/docs/link-quick-start" }
        from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
        from width in new[] { 1280, 320 }
        select (path, scheme, width));

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task A_document_is_whole_accessible_and_quiet(string path, ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, path, scheme, width);

        Assert.Single(await visit.Page.Locator("h1").AllInnerTextsAsync());
        Assert.Empty(await visit.AccessibilityFaultsAsync());
        Assert.False(await visit.ScrollsSidewaysAsync(), "scrolls sideways");
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Every_document_opens_at_320_pixels_and_none_of_them_scrolls_sideways()
    {
        await using var visit = await browser.OpenAsync(_server, "/docs", width: 320);
        var paths = await visit.Page.Locator("article .text a").EvaluateAllAsync<string[]>("links => links.map(link => link.pathname)");
        Assert.True(paths.Length > 15, $"{paths.Length} documents");
        foreach (var path in paths)
        {
            var answer = await visit.Page.GotoAsync(path);
            Assert.Equal(200, answer!.Status);
            Assert.False(await visit.ScrollsSidewaysAsync(), $"{path} scrolls sideways");
        }
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task From_the_first_page_one_reads_on_to_a_document_and_from_there_to_the_next_and_to_the_reference()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        await FollowAsync(visit, visit.Page.GetByRole(AriaRole.Banner), "Docs", "/docs");
        await FollowAsync(visit, visit.Page.GetByRole(AriaRole.Article), "Error codes", "/docs/refusals");
        await FollowAsync(visit, visit.Page.GetByRole(AriaRole.Navigation, new() { Name = "Documents" }), "The gateway", "/docs/gateway");
        await FollowAsync(visit, visit.Page.GetByRole(AriaRole.Navigation, new() { Name = "On this page" }), "Receipts", "/docs/gateway#receipts");
        await FollowAsync(visit, visit.Page.GetByRole(AriaRole.Banner), "API reference", "/docs/api");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Searchbox)).ToBeVisibleAsync();
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_wide_table_scrolls_by_keyboard_inside_itself()
    {
        await using var visit = await browser.OpenAsync(_server, "/docs/refusals", width: 320);
        var table = visit.Page.GetByRole(AriaRole.Group, new() { Name = "Table" }).First;

        await table.FocusAsync();
        await visit.Page.Keyboard.PressAsync("ArrowRight");

        await visit.Page.WaitForFunctionAsync("() => document.querySelector('.table').scrollLeft > 0");
        Assert.False(await visit.ScrollsSidewaysAsync(), "the page scrolls sideways");
    }

    [Theory]
    [InlineData("/docs", "text/html; charset=utf-8", "<h1 id=\"documentation\">")]
    [InlineData("/docs/refusals", "text/html; charset=utf-8", "<td><code>budget_exceeded</code></td>")]
    [InlineData("/docs/refusals.md", "text/markdown; charset=utf-8", "| `budget_exceeded` |")]
    [InlineData("/llms.txt", "text/plain; charset=utf-8", "(/docs/refusals.md)")]
    [InlineData("/llms-full.txt", "text/plain; charset=utf-8", "| `budget_exceeded` |")]
    public async Task A_program_gets_each_document_in_the_form_it_asks_for(string path, string type, string part)
    {
        using var answer = await _server.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.ToString());
        Assert.Contains(part, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_that_is_none_is_a_page_for_people_and_a_refusal_for_programs()
    {
        await using var visit = await browser.OpenAsync(_server, "/docs");
        var page = await visit.Page.GotoAsync("/docs/nothing");
        using var refused = await _server.Client.GetAsync("/docs/nothing");

        Assert.Equal(404, page!.Status);
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        Assert.Equal((HttpStatusCode.NotFound, "application/json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
    }

    private static async Task FollowAsync(Visit visit, ILocator place, string link, string to)
    {
        await place.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).First.ClickAsync();
        await visit.Page.IsAtAsync(to);
    }
}
