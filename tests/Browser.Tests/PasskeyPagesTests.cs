using System.Text;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Passkeys from where they are added to where they open the vault, with Chromium's authenticator.</summary>
public sealed class PasskeyPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private const string Secret = Canary.ProviderKey + "-behind-a-passkey";

    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PasskeyAuthenticator.StartServerAsync(cluster);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_passkey_is_added_signs_in_and_unlocks_and_what_it_computes_never_leaves_the_browser()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, wire) = (visit.Page, new Wire(visit.Page));
        var authenticator = await PasskeyAuthenticator.PlugInAsync(page);
        var ana = new Person(page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        await ana.AddKeyAsync("OpenAI", Secret, "work");
        await AddAsync(page, ana, "Laptop");
        await ana.SignOutAsync();

        await ana.PressAsync("Sign in with a passkey");
        await page.IsAtAsync("/home");
        await ana.SeesAsync("Vault unlocked");
        await ana.GoToAsync("Keys");
        await ana.SeesAsync("One provider key.");
        await page.ReloadAsync();
        await ana.SeesAsync("Vault locked");
        await ana.PressAsync("Unlock");
        await ana.PressAsync("Use a passkey");
        await ana.SeesAsync("Vault unlocked");

        Assert.NotEmpty(authenticator.Outputs);
        var secrets = new Dictionary<string, byte[]>
        {
            ["password"] = Encoding.UTF8.GetBytes(ana.Password),
            ["provider key"] = Encoding.UTF8.GetBytes(Secret),
            ["code"] = Encoding.UTF8.GetBytes(ana.RecoveryCode),
            ["code without dashes"] = Encoding.UTF8.GetBytes(ana.RecoveryCode.Replace("-", "", StringComparison.Ordinal)),
        };
        foreach (var (output, index) in authenticator.Outputs.Select((output, index) => (output, index)))
            secrets[$"PRF output {index}"] = output;
        Assert.Empty(await wire.FindAsync(secrets));
        Assert.Contains(await wire.AllAsync(), said =>
            said.Contains("POST", StringComparison.Ordinal) && said.Contains("authenticatorData", StringComparison.Ordinal));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Who_has_a_passkey_connects_an_app_with_it()
    {
        await using var notes = await OtterNotes.StartAsync(_server);
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await PasskeyAuthenticator.PlugInAsync(page);
        await ana.SignUpAsync();
        await ana.AddKeyAsync("OpenAI", Secret, "work");
        await AddAsync(page, ana, "Laptop");
        await ana.SignOutAsync();
        var link = await notes.AskAsync(new { redirectUri = notes.Origin + "/back" });
        notes.Serve(link);

        await page.GotoAsync(link.Page.PathAndQuery + link.Page.Fragment);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await ana.PressAsync("Sign in with a passkey");
        await ana.PressAsync("Connect Otter Notes");

        // Back at the app, whose page goes on by itself.
        Assert.StartsWith("kp_at_", (await notes.ExchangeAsync(visit)).GetProperty("accessToken").GetString());
        Assert.Equal($"{notes.Origin}/back?link_session_id={link.Id}&status=approved", page.Url);
    }

    [Fact]
    public async Task A_passkey_that_could_not_open_the_vault_is_not_added_and_the_person_is_told_why()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var page = visit.Page;
        await PasskeyAuthenticator.PlugInAsync(page, withPrf: false);
        var ana = new Person(page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        await page.GotoAsync("/settings/security");
        await ana.PressAsync("Add a passkey …");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Old stick");

        await ana.ConfirmAsync("Add it");

        await ana.SeesAsync("could sign in but not open the vault");
        await ana.PressAsync("Cancel");
        await ana.SeesAsync("You have none yet.");
    }

    [Fact]
    public async Task A_passkey_is_renamed_and_removed_and_then_opens_nothing()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/auth/passkeys/login");
        var page = visit.Page;
        await PasskeyAuthenticator.PlugInAsync(page);
        var ana = new Person(page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        await AddAsync(page, ana, "Laptop");

        await page.GetByRole(AriaRole.Button, new() { Name = "Rename Laptop" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Blue stick");
        await ana.PressAsync("Save the name");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Blue stick" }).ClickAsync();
        await ana.SeesAsync("It neither signs in nor unlocks from then on.");
        await ana.PressAsync("Remove this passkey");
        await ana.SeesAsync("You have none yet.");
        await ana.SignOutAsync();
        await ana.PressAsync("Sign in with a passkey");

        await ana.SeesAsync("This passkey did not sign in");
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_new_vault_key_carries_everything_over_but_passkeys_which_are_added_again()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var page = visit.Page;
        await PasskeyAuthenticator.PlugInAsync(page);
        var ana = new Person(page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        var firstCode = ana.RecoveryCode;
        await ana.AddKeyAsync("OpenAI", Secret, "work");
        await AddAsync(page, ana, "Laptop");

        await ana.PressAsync("Change the vault key …");
        await ana.ConfirmAsync("Seal everything anew");
        await ana.KeepTheCodeAsync();

        await ana.SeesAsync("The vault has a new key and a new recovery code");
        // Those that were there open the old key alone, and are gone with it.
        await ana.SeesAsync("You have none yet.");
        await AddAsync(page, ana, "Laptop");
        Assert.NotEqual(firstCode, ana.RecoveryCode);
        await ana.SignOutAsync();
        await ana.PressAsync("Sign in with a passkey");
        await ana.SeesAsync("Vault unlocked");
        await ana.GoToAsync("Keys");
        // Opens under the new key: rotating a provider key reads the old one first.
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate the OpenAI key “work”" }).ClickAsync();
        await page.GetByLabel("API key", new() { Exact = true }).FillAsync(Secret + "-2");
        await ana.PressAsync("Put the new key in its place");
        await ana.SeesAsync("is rotated. Revoke the old key at OpenAI now.");
        await ana.SignOutAsync();
        await ana.RecoverAsync("nine calm herons wade out");
        await ana.SeesAsync("Vault unlocked");
        Assert.Empty(visit.Complaints);
    }

    private static async Task AddAsync(IPage page, Person person, string name)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Security" }).ClickAsync();
        await person.PressAsync("Add a passkey …");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await person.ConfirmAsync("Add it");
        await person.SeesAsync($"“{name}” signs you in and unlocks your vault.");
    }
}
