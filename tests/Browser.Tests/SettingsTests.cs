using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>What a person sets and undoes by hand, and what programs do meanwhile.</summary>
public sealed class SettingsTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_changed_password_ends_the_other_session_and_signs_in_from_then_on()
    {
        await using var here = await browser.OpenAsync(_server, "/");
        await using var there = await browser.OpenAsync(_server, "/sign-in");
        there.Refused.Add("/v1/");
        var ana = new Person(here.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        await new Person(there.Page, ana.Email, ana.Password).SignInAsync();
        await here.Page.GotoAsync("/settings/security");
        await Assertions.Expect(here.Page.GetByRole(AriaRole.List, new() { Name = "Your sessions" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);

        await here.Page.GetByRole(AriaRole.Button, new() { Name = "Change the password …" }).ClickAsync();
        await here.Page.GetByLabel("New password", new() { Exact = true }).FillAsync("nine calm herons wade out");
        await here.Page.GetByLabel("Your present password").FillAsync("not this one at all");
        await ana.PressAsync("Change it");
        await ana.SeesAsync("That is not the password of this account.");
        await ana.PressAsync("Cancel");
        await ana.ChangePasswordAsync("nine calm herons wade out");

        await there.Page.ReloadAsync();
        await Assertions.Expect(there.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await ana.SignOutAsync();
        await ana.SignInAsync();
        await ana.SeesAsync("Vault unlocked");
        Assert.Empty(here.Complaints);
    }

    [Fact]
    public async Task Another_session_is_ended_by_a_click()
    {
        await using var here = await browser.OpenAsync(_server, "/");
        await using var there = await browser.OpenAsync(_server, "/sign-in");
        there.Refused.Add("/v1/");
        var ana = new Person(here.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        await new Person(there.Page, ana.Email, ana.Password).SignInAsync();
        await here.Page.GotoAsync("/settings/security");

        await here.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out Chrome on Linux" }).ClickAsync();

        await ana.SeesAsync("Chrome on Linux is signed out.");
        await there.Page.ReloadAsync();
        await Assertions.Expect(there.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        Assert.Empty(here.Complaints);
    }

    [Fact]
    public async Task A_new_recovery_code_is_worth_something_once_it_was_kept_and_not_before()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/auth/recover");
        var ana = new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        var firstCode = ana.RecoveryCode;

        await visit.Page.GotoAsync("/settings/security");
        await ana.PressAsync("Make a new code …");
        await ana.ConfirmAsync("Show the new code");
        await ana.PressAsync("Stop, and leave the old code valid");
        await ana.SignOutAsync();
        await ana.RecoverAsync("nine calm herons wade out");
        await visit.Page.GotoAsync("/settings/security");
        await ana.PressAsync("Make a new code …");
        await ana.ConfirmAsync("Show the new code");
        await ana.KeepTheCodeAsync();
        await ana.SeesAsync("The new recovery code is valid");
        Assert.NotEqual(firstCode, ana.RecoveryCode);
        await ana.SignOutAsync();
        await ana.RecoverAsync("four odd badgers hum along");

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_program_gets_a_token_puts_a_key_in_and_hands_keys_on_and_the_owner_decides()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpAsync();
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey + "-first", "work");
        await page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Management tokens" }).ClickAsync();
        await ana.PressAsync("Make a token");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("CI of the web shop");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Hand keys on") }).CheckAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^OpenAI") }).CheckAsync();
        await ana.PressAsync("Make the token");
        await ana.SeesAsync("It is shown once, here and now.");
        await ana.PressAsync("Copy the token");
        var copied = await page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        await ana.PressAsync("I have kept it");

        using var program = _server.NewClient();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", copied);
        var deposit = new { provider = "anthropic", apiKey = Canary.ProviderKey + "-0000000000-wxyz", label = "from ci" };
        Assert.Equal(HttpStatusCode.Created, (await program.PostAsJsonAsync("/v1/keys", deposit)).StatusCode);
        var keyId = await page.EvaluateAsync<string>("async () => (await (await fetch('/v1/keys')).json()).data.items.find(row => row.label === 'work').id");
        var ends = TimeProvider.System.GetUtcNow().AddDays(1);
        var narrower = new { label = "Deploy preview", scopes = new[] { "delegate" }, keyIds = new[] { keyId }, expiresAt = ends };
        Assert.Equal(HttpStatusCode.Created, (await program.PostAsJsonAsync("/v1/tokens", narrower)).StatusCode);

        await page.GetByRole(AriaRole.Link, new() { Name = "Keys", Exact = true }).ClickAsync();
        await ana.SeesAsync("2 things wait for you.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate the OpenAI key “work”" }).ClickAsync();
        await page.GetByLabel("API key", new() { Exact = true }).FillAsync(Canary.ProviderKey + "-second");
        await ana.PressAsync("Put the new key in its place");
        await ana.SeesAsync("Still on the old key: “Deploy preview”.");
        await ana.SeesAsync("1 on the old key");
        await page.GetByRole(AriaRole.Link, new() { Name = "Look at them" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Review Anthropic “from ci”" }).ClickAsync();
        await ana.SeesAsync("…wxyz");
        await ana.PressAsync("Take it in");
        await ana.SeesAsync("Anthropic “from ci” is a key of your vault now.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Review Token “Deploy preview”" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.List, new() { Name = "Six words" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(6);
        await ana.PressAsync("Confirm it");
        await ana.SeesAsync("Nothing waits");
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to the keys" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Rotate the Anthropic key “from ci”" })).ToBeVisibleAsync();
        // Sealed for it anew when it was confirmed.
        await Assertions.Expect(page.GetByText("1 on the old key")).ToHaveCountAsync(0);

        await page.GotoAsync("/settings/tokens");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke CI of the web shop" }).ClickAsync();
        await ana.PressAsync("Revoke it");
        await ana.SeesAsync("“CI of the web shop” is revoked.");
        Assert.Equal(HttpStatusCode.Forbidden, (await program.PostAsJsonAsync("/v1/keys", deposit)).StatusCode);
        await page.GetByRole(AriaRole.Link, new() { Name = "Activity" }).ClickAsync();
        foreach (var said in new[] { "Revoked a management token", "Confirmed what a token made", "Rotated a provider key", "Made the account" })
            await ana.SeesAsync(said);
        await Assertions.Expect(page.GetByText("token “CI of the web shop”").First).ToBeVisibleAsync();
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task What_a_program_did_is_rejected_with_its_consequence_said()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpAsync();
        await page.GotoAsync("/settings/tokens");
        await ana.PressAsync("Make a token");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("terraform");
        await ana.PressAsync("Make the token");
        await ana.UnlockAsync();
        var credential = await page.GetByLabel("Management token", new() { Exact = true }).TextContentAsync();
        using var program = _server.NewClient();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        await program.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = Canary.ProviderKey });

        await page.GotoAsync("/keys/approvals");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reject OpenAI" }).ClickAsync();
        await ana.SeesAsync("The sealed copy is deleted");
        await ana.PressAsync("Reject it");

        await ana.SeesAsync("Nothing waits");
        await page.GotoAsync("/keys");
        await ana.SeesAsync("Put your first provider key in");
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_name_and_a_zone_are_kept_and_the_account_is_deleted_by_its_address_and_password()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/auth/login");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpAsync();
        await page.GotoAsync("/settings");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Ana Muster");
        await page.GetByLabel("Time zone").SelectOptionAsync("Europe/Berlin");
        await ana.PressAsync("Save");
        await ana.SeesAsync("Saved.");
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("Ana Muster");
        await Assertions.Expect(page.GetByLabel("Time zone")).ToHaveValueAsync("Europe/Berlin");

        await ana.PressAsync("Delete the account …");
        await page.GetByLabel("Type your address").FillAsync("someone@example.org");
        await ana.ConfirmAsync("Delete it for good");
        await ana.SeesAsync("That is not the address of this account.");
        await page.GetByLabel("Type your address").FillAsync(ana.Email);
        await ana.PressAsync("Delete it for good");
        await page.IsAtAsync("/");
        await page.GotoAsync("/sign-in");
        await page.GetByLabel("E-mail address").FillAsync(ana.Email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(ana.Password);
        await ana.PressAsync("Sign in");

        await ana.SeesAsync("No account has that address and password.");
        Assert.Empty(visit.Complaints);
    }
}
