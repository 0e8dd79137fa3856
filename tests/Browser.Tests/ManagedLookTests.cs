using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Each page and question that only a managed vault has, for everyone: by any colour scheme, on any width, with a screen reader.</summary>
public sealed class ManagedLookTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 320)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task Every_page_and_question_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/sign-in/managed", scheme, width);
        visit.Refused.Add("/v1/auth/login");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        var look = new Look(visit);
        await look.AtAsync("sign in to a managed vault");
        await page.GetByLabel("E-mail address").FillAsync(ana.Email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(ana.Password);
        await ana.PressAsync("Sign in");
        await ana.SeesAsync("No account with a managed vault");
        await look.AtAsync("a wrong password");
        await page.GotoAsync("/sign-up");
        await page.GetByRole(AriaRole.Radio, new() { NameRegex = new("managed") }).CheckAsync();
        await look.AtAsync("sign up, managed");

        await ana.SignUpManagedAsync();
        await ana.SeesAsync("Put your first provider key in");
        await look.AtAsync("no keys");
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^managed") }).First.ClickAsync();
        await look.AtAsync("what managed means");
        await page.GotoAsync("/settings/security");
        await ana.SeesAsync("Who can open the vault");
        await look.AtAsync("security");
        await ana.PressAsync("Seal the vault …");
        await ana.PressAsync("Seal everything");
        await look.AtAsync("nothing typed");
        await ana.PressAsync("Cancel");
        await ana.SealManagedAsync("nine calm herons wade out", look.AtAsync);
        await look.AtAsync("sealed");
        await ana.MakeManagedAsync(look.AtAsync);
        await ana.PressAsync("Seal the vault …");
        await look.AtAsync("seal again");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }
}
