using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>What is left in a browser after somebody used their vault in it, and what a script that got in could still do.</summary>
public sealed class SettingsSecrecyTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private const string Secret = Canary.ProviderKey + "-left-behind";

    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Nothing_of_a_vault_is_left_in_storage_history_or_referrer()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var page = visit.Page;
        var (visited, referrers) = (new List<string>(), new List<string>());
        page.FrameNavigated += (_, frame) => visited.Add(frame.Url);
        page.Request += (_, request) =>
        {
            if (request.Headers.GetValueOrDefault("referer") is { Length: > 0 } referrer)
                referrers.Add(referrer);
        };
        var ana = new Person(page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        await ana.AddKeyAsync("OpenAI", Secret, "work");
        var credential = await MakeTokenAsync(page, ana);
        await page.GotoAsync("/settings/security");
        await ana.ChangePasswordAsync("nine calm herons wade out");
        await page.GotoAsync("/settings/audit");
        await page.GoBackAsync();

        var kept = await page.EvaluateAsync<string[]>("""
            async () => [
                ...Object.entries(localStorage).flat(), ...Object.entries(sessionStorage).flat(), ...(await indexedDB.databases()).map(d => d.name),
                ...await caches.keys(), document.referrer, window.name,
                ...document.cookie.split('; ').filter(cookie => cookie !== '__Host-keypass-signed-in=1'),
            ].filter(text => text !== '')
            """);
        Assert.Empty(kept);
        Assert.Empty(referrers);
        // Every address is one of the app's own, without anything behind it.
        Assert.All(visited, address => Assert.Matches("^http://[^/]+(/[a-z-]*)*$", address));
        var states = await page.EvaluateAsync<string>("() => JSON.stringify(history.state)");
        Assert.DoesNotContain(states, new[] { Secret, credential, ana.Password, ana.RecoveryCode }, StringComparer.Ordinal);
        Assert.Matches("""^(null|\{"scrollY":[0-9.]+\})$""", states);
    }

    [Fact]
    public async Task A_copied_credential_leaves_the_clipboard_after_a_minute_and_what_was_copied_since_stays()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpAsync();
        await page.Clock.InstallAsync();
        var credential = await MakeTokenAsync(page, ana, keep: false);
        await ana.PressAsync("Copy the token");
        await ana.SeesAsync("The clipboard is emptied in a minute.");
        Assert.Equal(credential, await ClipboardAsync(page));

        await page.Clock.FastForwardAsync("01:01");
        await WaitForClipboardAsync(page, "");
        await ana.PressAsync("Copy the token");
        await WaitForClipboardAsync(page, credential);
        await page.EvaluateAsync("() => navigator.clipboard.writeText('something of the person')");
        await page.Clock.FastForwardAsync("01:01");

        Assert.Equal("something of the person", await ClipboardAsync(page));
    }

    [Theory]
    [InlineData("document.body.innerHTML = '<b>x</b>'")]
    [InlineData("document.body.outerHTML = '<b>x</b>'")]
    [InlineData("document.body.insertAdjacentHTML('beforeend', '<b>x</b>')")]
    [InlineData("document.write('<b>x</b>')")]
    [InlineData("new DOMParser().parseFromString('<b>x</b>', 'text/html')")]
    [InlineData("document.createElement('iframe').srcdoc = '<b>x</b>'")]
    [InlineData("document.createElement('script').src = '/assets/x.js'")]
    [InlineData("document.createElement('script').textContent = '1'")]
    [InlineData("new Worker('/assets/x.js')")]
    [InlineData("trustedTypes.createPolicy('mine', { createHTML: text => text })")]
    [InlineData("trustedTypes.createPolicy('default', { createHTML: text => text })")]
    public async Task No_string_becomes_markup_or_script_on_any_page(string attempt)
    {
        await using var visit = await browser.OpenAsync(_server, "/sign-in");

        var thrown = await visit.Page.EvaluateAsync<string>($"() => {{ try {{ {attempt}; return 'nothing'; }} catch (failure) {{ return failure.name; }} }}");

        Assert.Equal("TypeError", thrown);
    }

    [Fact]
    public async Task After_signing_out_the_way_back_shows_nothing_and_the_browser_was_told_to_forget()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpAsync();
        await ana.AddKeyAsync("OpenAI", Secret, "a name only Ana knows");
        await page.GotoAsync("/settings/audit");
        await ana.SeesAsync("Made the account");

        var left = await page.RunAndWaitForResponseAsync(ana.SignOutAsync, response => response.Url.EndsWith("/v1/auth/logout", StringComparison.Ordinal));
        Assert.Equal("\"cache\", \"storage\"", (await left.AllHeadersAsync())["clear-site-data"]);
        for (var step = 0; step < 3; step++)
        {
            await page.GoBackAsync();
            await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            Assert.DoesNotContain("Ana knows", await page.Locator("body").InnerTextAsync(), StringComparison.Ordinal);
            Assert.DoesNotContain("Made the account", await page.Locator("body").InnerTextAsync(), StringComparison.Ordinal);
        }
        // From another page, the whole document comes back from the browser's own memory, or is loaded anew: locked and nobody's either way.
        await page.GotoAsync("about:blank");
        await page.GoBackAsync();
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.DoesNotContain("Ana knows", await page.Locator("body").InnerTextAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("Vault unlocked", await page.Locator("body").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_was_left_or_reloaded_comes_back_locked()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpAsync();
        await ana.SeesAsync("Vault unlocked");

        await page.ReloadAsync();
        await ana.SeesAsync("Vault locked");
        await ana.PressAsync("Unlock");
        await ana.UnlockAsync();
        await page.GotoAsync("about:blank");
        await page.GoBackAsync();

        await ana.SeesAsync("Vault locked");
        Assert.Empty(visit.Complaints);
    }

    private static async Task<string> MakeTokenAsync(IPage page, Person person, bool keep = true)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Management tokens" }).ClickAsync();
        await person.PressAsync("Make a token");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("terraform");
        await person.PressAsync("Make the token");
        await person.SeesAsync("It is shown once, here and now.");
        var credential = await page.GetByLabel("Management token", new() { Exact = true }).TextContentAsync();
        if (keep)
            await person.PressAsync("I have kept it");
        return credential!;
    }

    private static Task<string> ClipboardAsync(IPage page) => page.EvaluateAsync<string>("() => navigator.clipboard.readText()");

    private static async Task WaitForClipboardAsync(IPage page, string text)
    {
        while (await ClipboardAsync(page) != text)
            await page.WaitForTimeoutAsync(100);
    }
}
