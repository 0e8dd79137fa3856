using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Each page of the vault, and each of its questions, for everyone: by any colour scheme, on any width, with a screen reader.</summary>
public sealed class VaultPagesLookTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private FakeProvider _vendor = null!;
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _vendor = await FakeProvider.StartAsync();
        _server = await KeyPassServer.StartAsync(cluster, settings: ("KeyPass:Providers:openai:Origin", _vendor.Address));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 320)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task Every_page_and_question_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/sign-in", scheme, width);
        visit.Refused.Add("/v1/auth/verify-email");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        var faults = new List<string>();
        async Task LookAsync(string at)
        {
            faults.AddRange((await visit.AccessibilityFaultsAsync()).Select(fault => $"{at}: {fault}"));
            if (await visit.ScrollsSidewaysAsync())
                faults.Add($"{at}: scrolls sideways");
        }

        await LookAsync("sign in");
        foreach (var path in new[] { "/recover", "/verify-email", "/verify-email#code", "/sign-up" })
        {
            await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.NetworkIdle });
            await LookAsync(path);
        }
        await page.GetByLabel("E-mail address").FillAsync(ana.Email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync("short");
        await ana.PressAsync("Make the vault");
        await LookAsync("a password that is too short");
        await ana.SignUpAsync(code => LookAsync(code));
        await ana.SeesAsync("Put your first provider key in");
        await LookAsync("no keys");
        await ana.PressAsync("Add a key");
        await LookAsync("whose key");
        await ana.PressAsync("Azure OpenAI");
        await ana.PressAsync("Seal and add");
        await LookAsync("wrong fields");
        await ana.PressAsync("Close");
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, "a name that is as long as names of keys are in companies with many departments");
        await LookAsync("keys");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^sealed") }).First.ClickAsync();
        await LookAsync("what sealed means");
        await page.ReloadAsync();
        await ana.SeesAsync("Vault locked");
        await ana.PressAsync("Unlock");
        await LookAsync("unlock");
        await ana.UnlockAsync();
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Delete the") }).ClickAsync();
        await LookAsync("delete");
        await page.GotoAsync("/settings");
        await Assertions.Expect(page.GetByRole(AriaRole.List, new() { Name = "Account" })).ToBeVisibleAsync();
        await LookAsync("settings");

        Assert.Empty(faults);
        Assert.Empty(visit.Complaints);
    }
}
