using System.Text.Json;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>The whole way through the real server: a stranger's page asks, a person decides, the app's server calls, and the person ends it.</summary>
public sealed class LinkPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private FakeProvider _vendor = null!;
    private KeyPassServer _server = null!;
    private OtterNotes _notes = null!;

    public async ValueTask InitializeAsync()
    {
        _vendor = await FakeProvider.StartAsync();
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:Providers:openai:Origin", _vendor.Address));
        _notes = await OtterNotes.StartAsync(_server);
    }

    public async ValueTask DisposeAsync()
    {
        await _notes.DisposeAsync();
        await _server.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Fact]
    public async Task Somebody_new_signs_up_on_the_way_adds_a_key_and_connects_and_what_is_revoked_is_refused()
    {
        var link = await _notes.AskAsync(new { origin = _notes.Origin, reason = "To summarise your notes.", budgetSuggestionCents = 1000 });
        await using var visit = await _notes.OpenAsync(browser, link);
        await visit.Page.ClickAsync("button");
        var window = await OtterNotes.ContinueAsync(visit.Page);
        var ana = new Person(window, "ana@example.org", "seven quiet otters paddle home");

        await window.GetByRole(AriaRole.Link, new() { Name = "Make an account" }).ClickAsync();
        await ana.EnterAsync();
        await ana.SeesAsync("Otter Notes asks to use your AI keys");
        await ana.SeesAsync("To summarise your notes.");
        await ana.SeesAsync("Nobody has verified who runs this app.");
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, "work", seen: "With which of your keys");
        await ana.PressAsync("Connect Otter Notes");

        var made = await _notes.ExchangeAsync(visit);
        _vendor.Answer = context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(Calls.Said);
        };
        using var caller = TestVault.Presenting(_server, made.GetProperty("accessToken").GetString()!);
        using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Calls.Ask);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal(1000, made.GetProperty("budget").GetProperty("limitCents").GetInt64());

        await visit.Page.GotoAsync(_server.Address + "connections");
        ana = new Person(visit.Page, ana.Email, ana.Password);
        await ana.SeesAsync("Otter Notes");
        await ana.PressAsync("Pause Otter Notes");
        await ana.SeesAsync("Otter Notes is paused");
        Assert.Equal(("connection_paused", $"/connections/{made.GetProperty("connectionId").GetString()}"), await RefusedAsync(caller));
        await ana.PressAsync("Let it go on Otter Notes");
        await ana.SeesAsync("Otter Notes can call again.");
        await ana.PressAsync("Disconnect Otter Notes");
        await ana.PressAsync("Disconnect it, cut running calls");
        await ana.SeesAsync("Otter Notes is disconnected.");
        Assert.Equal(("key_revoked", null), await RefusedAsync(caller));
    }

    [Fact]
    public async Task A_person_who_says_no_gives_nothing_and_the_app_is_told()
    {
        var link = await _notes.AskAsync(new { origin = _notes.Origin });
        await using var visit = await browser.OpenAsync(_server, "/");
        var ana = new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();

        await visit.Page.GotoAsync(link.Page.PathAndQuery + link.Page.Fragment);
        await ana.SeesAsync("Otter Notes asks to use your AI keys");
        Assert.Empty(await visit.AccessibilityFaultsAsync());
        Assert.False(await visit.ScrollsSidewaysAsync());
        await ana.PressAsync("No");

        await ana.SeesAsync("Otter Notes gets nothing.");
        var told = await _notes.SessionAsync(link);
        Assert.Equal(("denied", "user_denied"), (told.GetProperty("outcome").GetString(), told.GetProperty("exitReason").GetString()));
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task What_is_asked_what_it_buys_and_how_it_ends_is_for_everyone_to_read(ColorScheme scheme, int width)
    {
        _vendor.Answer = context => context.Response.WriteAsync("""{"object":"list","data":[]}""");
        var link = await _notes.AskAsync(new
        {
            origin = _notes.Origin, reason = "To summarise your notes.", budgetSuggestionCents = 1000, requestedProviders = new[] { "openai", "anthropic" },
            models = new[] { "gpt-5-mini", "claude-sonnet-4-5" },
        });
        await using var visit = await browser.OpenAsync(_server, link.Page.PathAndQuery + link.Page.Fragment, scheme, width);
        var (page, ana, look) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"), new Look(visit));
        await look.AtAsync("a stranger");

        await page.GetByRole(AriaRole.Link, new() { Name = "Make an account" }).ClickAsync();
        await ana.EnterAsync();
        await ana.SeesAsync("You have no key of OpenAI or Anthropic yet.");
        await look.AtAsync("no key yet");
        const string longName = "a name that is as long as names of keys are in companies with many departments";
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, longName, seen: "With which of your keys");
        await ana.PressAsync("Test this key");
        await ana.SeesAsync("OpenAI takes this key.");
        await Assertions.Expect(page.Locator(".worth")).ToContainTextAsync("8,000 requests to gpt-5-mini");
        await page.GetByLabel("It may spend, in dollars").FillAsync("5");
        await Assertions.Expect(page.Locator(".worth")).ToContainTextAsync("4,000 requests to gpt-5-mini");
        await look.AtAsync("the question");
        await page.GetByLabel("It may spend, in dollars").FillAsync("nothing");
        await ana.PressAsync("Connect Otter Notes");
        await ana.SeesAsync("Write dollars and cents");
        await look.AtAsync("a sum that is none");
        await page.GetByLabel("It may spend, in dollars").FillAsync("5.00");
        await ana.PressAsync("Connect Otter Notes");
        await ana.SeesAsync("Otter Notes is connected.");
        await look.AtAsync("done");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_scripts_click_and_one_that_comes_too_soon_approve_nothing()
    {
        var link = await _notes.AskAsync(new { origin = _notes.Origin });
        await using var visit = await browser.OpenAsync(_server, link.Page.PathAndQuery + link.Page.Fragment);
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Make an account" }).ClickAsync();
        await ana.EnterAsync();
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, "work", seen: "With which of your keys");
        var yes = page.GetByRole(AriaRole.Button, new() { Name = "Connect Otter Notes" });
        await Assertions.Expect(yes).ToHaveAttributeAsync("aria-disabled", "false");

        await yes.EvaluateAsync("button => { for (let i = 0; i < 20; i++) button.click(); }");
        await yes.ScrollIntoViewIfNeededAsync();
        var place = (await yes.BoundingBoxAsync())!;
        // As a page does that covers this one until the second click of two.
        await page.EvaluateAsync("() => { window.dispatchEvent(new Event('blur')); window.dispatchEvent(new Event('focus')); }");
        await page.Mouse.DblClickAsync(place.X + place.Width / 2, place.Y + place.Height / 2);

        Assert.Equal("consent_shown", (await _notes.SessionAsync(link)).GetProperty("status").GetString());
        await yes.ClickAsync();
        await ana.SeesAsync("Otter Notes is connected.");
        Assert.Equal("approved", (await _notes.SessionAsync(link)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task An_address_without_its_fragment_and_a_session_that_ran_out_say_so()
    {
        await using var visit = await browser.OpenAsync(_server, "/link/abc");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "This address is not whole" })).ToBeVisibleAsync();
        Assert.Empty(visit.Complaints);

        var link = await _notes.AskAsync(new { origin = _notes.Origin });
        await _server.ExecuteAsync("UPDATE link_sessions SET expires_at = now() - interval '1 second'");
        visit.Refused.Add("/v1/link/consent");
        var ana = new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        await visit.Page.GotoAsync(link.Page.PathAndQuery + link.Page.Fragment);
        await ana.SeesAsync("This request is over");
        Assert.Equal("expired", (await _notes.SessionAsync(link)).GetProperty("outcome").GetString());
    }

    /// <summary>Why, and on which page of ours the owner mends it.</summary>
    private static async Task<(string? Code, string? Path)> RefusedAsync(HttpClient caller)
    {
        using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Calls.Ask);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var error = body.RootElement.GetProperty("error");
        return (error.GetProperty("code").GetString(), error.TryGetProperty("updateUrl", out var address) ? new Uri(address.GetString()!).AbsolutePath : null);
    }
}
