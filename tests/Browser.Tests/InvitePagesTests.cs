using KeyPass.Server.Accounts;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>How somebody gets in where not everybody may.</summary>
public sealed class InvitePagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(
        cluster, withProbe: false, settings: [("KeyPass:Registration", "invite"), ("KeyPass:Operators", "ana@example.org")]);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_operator_makes_an_invite_and_a_stranger_signs_up_with_its_link_once()
    {
        await using var here = await browser.OpenAsync(_server, "/");
        var (page, ana) = (here.Page, new Person(here.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpAsync(at: await FirstLinkAsync(ana.Email));
        await page.GotoAsync("/settings");
        await page.GetByRole(AriaRole.Link, new() { Name = "Invites" }).ClickAsync();
        await ana.PressAsync("Make an invite");
        await page.GetByLabel("E-mail address").FillAsync("not an address");
        here.Refused.Add("/v1/invites");
        await ana.PressAsync("Make the invite");
        await ana.SeesAsync("'email' is not an e-mail address.");
        await page.GetByLabel("E-mail address").FillAsync("");
        await ana.PressAsync("Make the invite");
        var link = (await page.GetByLabel("Invite link", new() { Exact = true }).TextContentAsync())!;
        await ana.PressAsync("I have sent it");
        await ana.SeesAsync("Whoever has the link");

        await using var there = await browser.OpenAsync(_server, "/");
        there.Refused.Add("/v1/auth/register");
        var ben = new Person(there.Page, "ben@example.org", "nine calm herons wade out");
        await ben.SignUpAsync(at: link);
        await there.Page.GotoAsync("/settings");
        await Assertions.Expect(there.Page.GetByRole(AriaRole.Link, new() { Name = "Invites" })).ToHaveCountAsync(0);
        await there.Page.GotoAsync("/settings/invites");
        await ben.SeesAsync("Invites are made by whoever runs this server.");
        await ben.SignOutAsync();
        await there.Page.GotoAsync(link);
        await there.Page.GetByLabel("E-mail address").FillAsync("cleo@example.org");
        await there.Page.GetByLabel("Password", new() { Exact = true }).FillAsync("five tall storks stand by");
        await ben.PressAsync("Make the vault");
        await Assertions.Expect(there.Page.Locator("[data-wrong=true]").GetByRole(AriaRole.Alert)).ToBeVisibleAsync();

        await page.ReloadAsync();
        await Assertions.Expect(page.GetByText("used", new() { Exact = true })).ToHaveCountAsync(2); // hers, and the one she made
        await ana.PressAsync("Make an invite");
        await page.GetByLabel("E-mail address").FillAsync("dora@example.org");
        await ana.PressAsync("Make the invite");
        await ana.PressAsync("I have sent it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke the invite for dora@example.org" }).ClickAsync();
        await ana.PressAsync("Revoke it");
        await ana.SeesAsync("The invite is revoked: its link lets nobody in.");
        await Assertions.Expect(page.GetByText("dora@example.org")).ToHaveCountAsync(0);

        Assert.Empty(here.Complaints);
        Assert.Empty(there.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task The_page_of_invites_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/", scheme, width);
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        var look = new Look(visit);
        await ana.SignUpAsync(at: await FirstLinkAsync(ana.Email));
        await page.GotoAsync("/settings/invites");
        await ana.SeesAsync("Made");
        await look.AtAsync("invites, one of them used");
        await ana.PressAsync("Make an invite");
        await look.AtAsync("make an invite");
        await page.GetByLabel("E-mail address").FillAsync("somebody.with.a.long.name@a-company-with-many-departments.example.org");
        await ana.PressAsync("Make the invite");
        await ana.SeesAsync("The link is shown once, here and now.");
        await look.AtAsync("an invite, shown once");
        await ana.PressAsync("I have sent it");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Revoke the invite") }).WaitForAsync();
        await look.AtAsync("invites");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Revoke the invite") }).ClickAsync();
        await look.AtAsync("revoke");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    /// <summary>As <c>./run invite</c> makes it.</summary>
    private async Task<string> FirstLinkAsync(string email)
    {
        var (code, hash) = OneUseCode.Make();
        await _server.Services.GetRequiredService<InviteStore>().AddAsync(
            hash, EmailAddress.FromStored(email), InvitesEndpoints.UsualDays, madeBy: null, (_, _) => { }, CancellationToken.None);
        return $"/sign-up#{code}";
    }
}
