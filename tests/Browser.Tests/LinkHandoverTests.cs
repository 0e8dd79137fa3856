using System.Text;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>How the public token gets from the window of who decides to the app's page, and what else may be seen on the way.</summary>
public sealed class LinkHandoverTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private const string Password = "seven quiet otters paddle home";

    private KeyPassServer _server = null!;
    private OtterNotes _notes = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _notes = await OtterNotes.StartAsync(_server);
    }

    public async ValueTask DisposeAsync()
    {
        await _notes.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_keyboard_alone_completes_it_and_nothing_secret_is_in_an_address_or_on_the_way()
    {
        await SignUpAsync();
        var link = await _notes.AskAsync(new { origin = _notes.Origin });
        await using var visit = await _notes.OpenAsync(browser, link);
        var (app, addresses) = (visit.Page, new List<string>());
        var appsWire = new Wire(app);

        await TabToAsync(app, "Connect");
        await app.Keyboard.PressAsync("Enter");
        await Assertions.Expect(app.FrameLocator("iframe").GetByRole(AriaRole.Heading)).ToBeFocusedAsync();
        Assert.Empty(await visit.AccessibilityFaultsAsync());
        await app.Keyboard.PressAsync("Tab");
        var window = await app.Context.RunAndWaitForPageAsync(() => app.Keyboard.PressAsync("Enter"));
        var wire = new Wire(window);
        window.FrameNavigated += (_, frame) => addresses.Add(frame.Url);
        await TabToAsync(window, "Sign in");
        await window.Keyboard.PressAsync("Enter");
        await window.GetByLabel("E-mail address").WaitForAsync();
        await TypeAtAsync(window, "E-mail address", "ana@example.org");
        await TypeAtAsync(window, "Password", Password);
        await window.Keyboard.PressAsync("Enter");
        var yes = window.GetByRole(AriaRole.Button, new() { Name = "Connect Otter Notes" });
        await Assertions.Expect(yes).ToHaveAttributeAsync("aria-disabled", "false");
        await TabToAsync(window, "Connect Otter Notes");
        await window.Keyboard.PressAsync("Enter");
        var publicToken = await OtterNotes.PublicTokenAsync(visit);

        var secrets = new Dictionary<string, byte[]>
        {
            ["the key"] = Bytes(Canary.ProviderKey), ["the password"] = Bytes(Password), ["the public token"] = Bytes(publicToken),
        };
        Assert.Empty(await wire.FindAsync(secrets));
        Assert.Empty(await appsWire.FindAsync(secrets));
        Assert.All(addresses, address => Assert.DoesNotContain("kp_lt_", address.Split('#')[0], StringComparison.Ordinal));
        var made = await _notes.ExchangeAsync(visit);
        secrets["the access token"] = Bytes(made.GetProperty("accessToken").GetString()!);
        Assert.Empty(await appsWire.FindAsync(secrets));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task What_a_window_that_closed_too_soon_did_not_hand_over_another_one_does()
    {
        await SignUpAsync();
        var link = await _notes.AskAsync(new { origin = _notes.Origin });
        await using var visit = await _notes.OpenAsync(browser, link);
        await visit.Page.ClickAsync("button");
        await visit.Page.FrameLocator("iframe").GetByText("Continue securely").WaitForAsync();

        // Elsewhere, as on a telephone: the page that asked can only be reached over the server.
        await using var phone = await browser.OpenAsync(_server, "/sign-in", ColorScheme.Dark, 320);
        var (page, ana) = (phone.Page, new Person(phone.Page, "ana@example.org", Password));
        phone.Refused.Add("/v1/link/");
        await ana.SignInAsync();
        await page.RouteAsync("**/v1/link/relay", route => route.AbortAsync());
        await page.GotoAsync(link.Page.PathAndQuery + link.Page.Fragment);
        await ana.PressAsync("Connect Otter Notes");
        await ana.AnswerUnlockAsync();
        await ana.SeesAsync("The server could not be reached");
        await page.UnrouteAsync("**/v1/link/relay");
        await ana.PressAsync("Connect Otter Notes");
        await ana.SeesAsync("Otter Notes has not fetched it yet");
        await page.ReloadAsync();
        await ana.SeesAsync("Otter Notes has not fetched it yet");
        Assert.Empty(await phone.AccessibilityFaultsAsync());
        Assert.False(await phone.ScrollsSidewaysAsync());
        await ana.PressAsync("Hand it over again");
        await ana.AnswerUnlockAsync();

        await ana.SeesAsync("Otter Notes is connected.");
        Assert.StartsWith("kp_at_", (await _notes.ExchangeAsync(visit)).GetProperty("accessToken").GetString());
        await page.ReloadAsync();
        await ana.SeesAsync("This request is over");
    }

    [Fact]
    public async Task Where_the_app_has_a_place_to_return_to_too_its_window_closes_and_what_it_brings_arrives_once()
    {
        await SignUpAsync();
        var link = await _notes.AskAsync(new { origin = _notes.Origin, redirectUri = _notes.Origin + "/back" });
        await using var visit = await _notes.OpenAsync(browser, link);
        await visit.Page.ClickAsync("button");
        var window = await OtterNotes.ContinueAsync(visit.Page);
        var closed = new TaskCompletionSource<string>();
        window.Close += (_, page) => closed.TrySetResult(page.Url);

        await (await SignInAsync(window)).PressAsync("Connect Otter Notes");

        // A page of the app in there would fetch the same, and its server exchange it twice.
        Assert.StartsWith(_server.Address.ToString(), await closed.Task.WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        Assert.StartsWith("kp_at_", (await _notes.ExchangeAsync(visit)).GetProperty("accessToken").GetString());
        Assert.Single((await visit.Page.Locator("output").InnerTextAsync()).Split("success")[1..]);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Where_no_window_opens_the_person_decides_on_the_same_page_and_comes_back_to_the_app()
    {
        await SignUpAsync();
        var link = await _notes.AskAsync(new { origin = _notes.Origin, redirectUri = _notes.Origin + "/back" });
        await using var visit = await _notes.OpenAsync(browser, link);
        var page = visit.Page;
        await page.Context.AddInitScriptAsync("window.open = () => null");
        await page.ReloadAsync();
        await page.ClickAsync("button");
        await page.FrameLocator("iframe").GetByText("Continue securely").ClickAsync();
        await page.FrameLocator("iframe").GetByText("Continue on this page").ClickAsync();

        await (await SignInAsync(page)).PressAsync("Connect Otter Notes");

        Assert.StartsWith("kp_at_", (await _notes.ExchangeAsync(visit)).GetProperty("accessToken").GetString());
        Assert.Equal($"{_notes.Origin}/back?link_session_id={link.Id}&status=approved", page.Url);
    }

    [Fact]
    public async Task A_page_that_is_cut_off_from_its_windows_gets_it_over_the_server()
    {
        await SignUpAsync();
        var link = await _notes.AskAsync(new { origin = _notes.Origin });
        await using var visit = await _notes.OpenAsync(browser, link, isolated: true);
        await visit.Page.ClickAsync("button");
        var shell = visit.Page.FrameLocator("iframe");
        var window = await OtterNotes.ContinueAsync(visit.Page);
        await Assertions.Expect(shell.GetByText("If a KeyPass window opened, carry on there")).ToBeVisibleAsync();

        var ana = await SignInAsync(window);
        Assert.True(await window.EvaluateAsync<bool>("() => window.opener === null"));
        await ana.PressAsync("Connect Otter Notes");

        Assert.StartsWith("kp_at_", (await _notes.ExchangeAsync(visit)).GetProperty("accessToken").GetString());
    }

    private async Task SignUpAsync()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var ana = new Person(visit.Page, "ana@example.org", Password);
        await ana.SignUpAsync();
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, "work");
    }

    /// <summary>At the question, where nobody is signed in.</summary>
    private static async Task<Person> SignInAsync(IPage page)
    {
        var ana = new Person(page, "ana@example.org", Password);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await ana.EnterPasswordAsync();
        return ana;
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static async Task TypeAtAsync(IPage page, string label, string text)
    {
        await TabToAsync(page, label);
        await page.Keyboard.TypeAsync(text);
    }

    /// <summary>To the control of that name, as somebody goes who has no mouse.</summary>
    private static async Task TabToAsync(IPage page, string name)
    {
        for (var left = 40; left > 0; left--)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string>("""
                () => { const at = document.activeElement; return (at.labels?.[0]?.textContent ?? at.textContent ?? '').trim(); }
                """) == name)
                return;
        }
        Assert.Fail($"Tab does not lead to {name}.");
    }
}
