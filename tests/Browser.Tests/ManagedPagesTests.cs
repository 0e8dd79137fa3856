using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>A vault that the server opens, and the way from one kind to the other and back.</summary>
public sealed class ManagedPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private FakeProvider _vendor = null!;
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _vendor = await FakeProvider.StartAsync();
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:Providers:openai:Origin", _vendor.Address));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Fact]
    public async Task A_managed_account_signs_up_signs_in_and_works_with_keys_without_unlocking()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await ana.SeesAsync("Vault managed");
        await ana.SignOutAsync();
        await ana.SignInManagedAsync();

        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await ana.SeesAsync("The OpenAI key “work” is in your vault, and works.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate the OpenAI key “work”" }).ClickAsync();
        await page.GetByLabel("API key", new() { Exact = true }).FillAsync(Canary.ProviderKey + "-2");
        await ana.PressAsync("Put the new key in its place");
        await ana.SeesAsync("The OpenAI key “work” is rotated.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test the OpenAI key “work”" }).ClickAsync();
        await ana.SeesAsync("The OpenAI key “work”: OpenAI takes this key.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete the OpenAI key “work”" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = new("^Delete") }).ClickAsync();
        await ana.SeesAsync("Put your first provider key in");

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_managed_account_makes_tokens_confirms_what_they_made_and_changes_its_password()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/auth/password");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await page.GotoAsync("/settings/tokens");
        await ana.PressAsync("Make a token");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("CI of the web shop");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Hand keys on") }).CheckAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^OpenAI") }).CheckAsync();
        await ana.PressAsync("Make the token");
        await ana.SeesAsync("It is shown once, here and now.");
        using var program = _server.NewClient();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", await page.GetByLabel("Management token", new() { Exact = true }).TextContentAsync());
        var keyId = await page.EvaluateAsync<string>("async () => (await (await fetch('/v1/keys')).json()).data.items[0].id");
        Assert.Equal(HttpStatusCode.Created, (await program.PostAsJsonAsync("/v1/tokens", new
        {
            label = "Deploy preview", scopes = new[] { "delegate" }, keyIds = new[] { keyId }, expiresAt = TimeProvider.System.GetUtcNow().AddDays(1),
        })).StatusCode);

        await page.GotoAsync("/keys/approvals");
        await page.GetByRole(AriaRole.Button, new() { Name = "Review Token “Deploy preview”" }).ClickAsync();
        await ana.PressAsync("Confirm it");
        await ana.SeesAsync("Nothing waits");
        await page.GotoAsync("/settings/security");
        await ana.SeesAsync("Where you are signed in");
        foreach (var title in new[] { "Passkeys", "Recovery code", "Vault key" })
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = title })).ToHaveCountAsync(0);
        await ana.PressAsync("Change the password …");
        await page.GetByLabel("New password", new() { Exact = true }).FillAsync("nine calm herons wade out");
        await page.GetByLabel("Your present password").FillAsync("not this one at all");
        await ana.PressAsync("Change it");
        await ana.SeesAsync("That is not the password of this account.");
        await ana.PressAsync("Cancel");
        await ana.ChangePasswordAsync("nine calm herons wade out");
        await ana.SignOutAsync();
        await ana.SignInManagedAsync();
        await page.GotoAsync("/settings/audit");
        foreach (var said in new[] { "Changed the password", "Confirmed what a token made", "Made a management token “CI of the web shop”" })
            await ana.SeesAsync(said);

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_managed_account_is_sealed_by_a_sentence_and_a_new_password_and_made_managed_again()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/auth/login");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");

        var wire = new Wire(page);
        var managedPassword = ana.Password;
        await ana.SealManagedAsync("nine calm herons wade out");
        Assert.Empty(await wire.FindAsync(new Dictionary<string, byte[]> { ["the new password"] = Encoding.UTF8.GetBytes(ana.Password) }));
        await page.GotoAsync("/keys");
        await Assertions.Expect(page.GetByText("Vault locked")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Test the OpenAI key “work”" }).ClickAsync();
        await ana.UnlockAsync();
        await ana.SeesAsync("The OpenAI key “work”: OpenAI takes this key.");
        await ana.SignOutAsync();
        await page.GotoAsync("/sign-in/managed");
        await page.GetByLabel("E-mail address").FillAsync(ana.Email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(managedPassword);
        await ana.PressAsync("Sign in");
        await ana.SeesAsync("No account with a managed vault has that address and password.");
        await page.GotoAsync("/sign-in");
        await ana.SignInAsync();
        await ana.SeesAsync("Vault unlocked");

        await ana.MakeManagedAsync();
        await page.GotoAsync("/keys");
        await ana.SeesAsync("Vault managed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test the OpenAI key “work”" }).ClickAsync();
        await ana.SeesAsync("The OpenAI key “work”: OpenAI takes this key.");
        await ana.SignOutAsync();
        await ana.SignInAsync();

        await page.GotoAsync("/settings/security");
        await ana.PressAsync("Seal the vault …");
        await page.GetByLabel("Type this sentence").FillAsync("only my browser may read my keys");
        await ana.ConfirmAsync("Seal everything");
        await ana.KeepTheCodeAsync();
        await ana.SeesAsync("The vault is sealed: only your browser opens it.");
        await ana.SeesAsync("Vault unlocked");

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task The_form_for_sealed_vaults_sends_no_password_even_of_a_managed_account()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/auth/login");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await ana.SignOutAsync();
        var wire = new Wire(page);

        await page.GetByLabel("E-mail address").FillAsync(ana.Email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(ana.Password);
        await ana.PressAsync("Sign in");
        await ana.SeesAsync("signs in by another form, below.");
        Assert.Empty(await wire.FindAsync(new Dictionary<string, byte[]> { ["the password"] = Encoding.UTF8.GetBytes(ana.Password) }));
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in to it here" }).ClickAsync();
        await page.IsAtAsync("/sign-in/managed");

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_managed_account_is_deleted_by_its_address_and_password()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await page.GotoAsync("/settings");

        await ana.PressAsync("Delete the account …");
        await page.GetByLabel("Type your address").FillAsync(ana.Email);
        await ana.ConfirmAsync("Delete it for good");
        await page.IsAtAsync("/");

        Assert.Equal(0, await _server.CountAsync("accounts"));
        Assert.Empty(visit.Complaints);
    }
}
