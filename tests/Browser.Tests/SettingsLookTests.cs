using System.Net.Http.Headers;
using System.Net.Http.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Each section of the settings, and each of its questions, for everyone: by any colour scheme, on any width, with a screen reader.</summary>
public sealed class SettingsLookTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PasskeyAuthenticator.StartServerAsync(cluster);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 320)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task Every_section_and_question_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/", scheme, width);
        var ana = new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home");
        var look = new Look(visit);
        await PasskeyAuthenticator.PlugInAsync(visit.Page);

        await WalkAccountAsync(visit.Page, ana, look);
        await WalkTokensAsync(visit.Page, ana, look);
        await WalkApprovalsAsync(visit.Page, ana, look);

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    private static async Task WalkAccountAsync(IPage page, Person ana, Look look)
    {
        await ana.SignUpAsync();
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, "a name that is as long as names of keys are in companies with many departments");
        await page.GotoAsync("/settings");
        await ana.SeesAsync("Profile");
        await look.AtAsync("account");
        await look.AskAsync(ana, "Delete the account …", "Cancel");

        await page.GotoAsync("/settings/security");
        await ana.SeesAsync("You have none yet.");
        await look.AtAsync("security");
        await look.AskAsync(ana, "Change the password …", "Cancel");
        await look.AskAsync(ana, "Change the vault key …", "Cancel");
        await ana.PressAsync("Add a passkey …");
        await look.AtAsync("add a passkey");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Laptop");
        await ana.ConfirmAsync("Add it");
        await ana.SeesAsync("signs you in and unlocks your vault.");
        await look.AtAsync("passkeys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Laptop" }).ClickAsync();
        await look.AtAsync("remove a passkey");
        await ana.PressAsync("Keep it");
        await ana.PressAsync("Make a new code …");
        await ana.ConfirmAsync("Show the new code");
        await ana.KeepTheCodeAsync(look.AtAsync);
    }

    private async Task WalkTokensAsync(IPage page, Person ana, Look look)
    {
        await page.GotoAsync("/settings/tokens");
        await ana.SeesAsync("Let a program put keys in");
        await look.AtAsync("no tokens");
        await ana.PressAsync("Make a token");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Hand keys on") }).CheckAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^OpenAI") }).CheckAsync();
        await ana.PressAsync("Make the token");
        await look.AtAsync("a token without a name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("CI of the web shop");
        await ana.PressAsync("Make the token");
        await ana.UnlockAsync();
        await ana.SeesAsync("It is shown once, here and now.");
        await look.AtAsync("a token, shown once");
        await MakeThingsWaitAsync(page);
        await ana.PressAsync("I have kept it");
        await page.GotoAsync("/settings/tokens");
        await ana.SeesAsync("Deploy preview");
        await look.AtAsync("tokens");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke CI of the web shop" }).ClickAsync();
        await look.AtAsync("revoke");
    }

    private static async Task WalkApprovalsAsync(IPage page, Person ana, Look look)
    {
        await page.GotoAsync("/keys");
        await ana.SeesAsync("2 things wait for you.");
        await look.AtAsync("keys that wait");
        await page.GotoAsync("/keys/approvals");
        await page.GetByRole(AriaRole.Button, new() { Name = "Review Anthropic" }).ClickAsync();
        await ana.UnlockAsync();
        await ana.SeesAsync("Ends with");
        await look.AtAsync("a deposit");
        await ana.PressAsync("Decide later");
        await page.GetByRole(AriaRole.Button, new() { Name = "Review Token “Deploy preview”" }).ClickAsync();
        await ana.SeesAsync("Its six words");
        await look.AtAsync("a grant");
        await ana.PressAsync("Decide later");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reject Anthropic" }).ClickAsync();
        await look.AtAsync("reject");

        await page.GotoAsync("/settings/audit");
        await ana.SeesAsync("Made the account");
        await look.AtAsync("audit");
    }

    /// <summary>With the token on screen: one key put in, one token made from it.</summary>
    private async Task MakeThingsWaitAsync(IPage page)
    {
        using var program = _server.NewClient();
        var credential = await page.GetByLabel("Management token", new() { Exact = true }).TextContentAsync();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        await program.PostAsJsonAsync("/v1/keys", new { provider = "anthropic", apiKey = Canary.ProviderKey + "-0000000000-wxyz" });
        var keyId = await page.EvaluateAsync<string>("async () => (await (await fetch('/v1/keys')).json()).data.items.find(row => row.status === 'active').id");
        await program.PostAsJsonAsync("/v1/tokens", new
        {
            label = "Deploy preview", scopes = new[] { "delegate" }, keyIds = new[] { keyId }, expiresAt = TimeProvider.System.GetUtcNow().AddDays(1),
        });
    }
}
