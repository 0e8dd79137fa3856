using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Somebody who does by mouse and keyboard what the pages offer.</summary>
internal sealed class Person(IPage page, string email, string password)
{
    private readonly Traffic _traffic = new(page);

    public string Email { get; } = email;
    public string Password { get; private set; } = password;

    /// <summary>As it was last shown.</summary>
    public string RecoveryCode { get; private set; } = "";

    /// <param name="look">Called where something is on screen that is only there on the way.</param>
    /// <param name="at">The link of an invite, where one is needed.</param>
    public async Task SignUpAsync(Func<string, Task>? look = null, string at = "/sign-up")
    {
        await page.GotoAsync(at);
        await EnterAsync(look);
        await ArriveAsync();
    }

    /// <summary>At the page for who is new, wherever that leads on to.</summary>
    public async Task EnterAsync(Func<string, Task>? look = null)
    {
        await page.GetByLabel("E-mail address").FillAsync(Email);
        await page.GetByLabel("Password", Exact).FillAsync(Password);
        await PressAsync("Make the vault");
        await KeepTheCodeAsync(look);
    }

    public async Task SignInAsync()
    {
        await EnterPasswordAsync();
        await ArriveAsync();
    }

    /// <summary>At the page for who is not, wherever that leads on to.</summary>
    public async Task EnterPasswordAsync()
    {
        await page.GetByLabel("E-mail address").FillAsync(Email);
        await page.GetByLabel("Password", Exact).FillAsync(Password);
        await PressAsync("Sign in");
    }

    /// <summary>With a vault that the server opens.</summary>
    public async Task SignUpManagedAsync()
    {
        await page.GotoAsync("/sign-up");
        await page.GetByLabel("E-mail address").FillAsync(Email);
        await page.GetByLabel("Password", Exact).FillAsync(Password);
        await page.GetByRole(AriaRole.Radio, new() { NameRegex = new("managed") }).CheckAsync();
        await PressAsync("Make the vault");
        await ArriveAsync();
    }

    public async Task SignInManagedAsync()
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in to it here" }).ClickAsync();
        await page.IsAtAsync("/sign-in/managed");
        await SignInAsync();
    }

    /// <summary>By the navigation, which is folded away on little width.</summary>
    public async Task GoToAsync(string name)
    {
        if (page.ViewportSize!.Width < 860)
            await PressAsync("Menu");
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).ClickAsync();
    }

    public async Task SignOutAsync()
    {
        // What the page still asks for would be refused once the session is over, and the browser complains of every refusal.
        await _traffic.RestsAsync();
        await PressAsync("Sign out");
        // Clear-Site-Data makes the browser put off what the page loads, on a busy machine for long.
        await page.IsAtAsync("/sign-in");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true })).ToBeVisibleAsync(new() { Timeout = 60_000 });
    }

    public async Task RecoverAsync(string newPassword)
    {
        await page.GotoAsync("/recover");
        await page.GetByLabel("E-mail address").FillAsync(Email);
        // As people type it.
        await page.GetByLabel("Recovery code").FillAsync(RecoveryCode.ToLowerInvariant().Replace('-', ' '));
        await page.GetByLabel("New password", Exact).FillAsync(newPassword);
        await PressAsync("Set the new password");
        Password = newPassword;
        await KeepTheCodeAsync();
        await ArriveAsync();
    }

    /// <param name="seen">What tells that it is there.</param>
    public async Task AddKeyAsync(string vendor, string secret, string label, string? seen = null)
    {
        await PressAsync("Add a key");
        var (choice, field) = (page.GetByRole(AriaRole.Button, new() { Name = vendor, Exact = true }), page.GetByLabel("API key", Exact));
        await choice.Or(field).First.WaitForAsync();
        // Where one provider is asked for, there is nothing to choose.
        if (!await field.IsVisibleAsync())
            await choice.ClickAsync();
        await field.FillAsync(secret);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Name (optional)" }).FillAsync(label);
        await PressAsync("Seal and add");
        await SeesAsync(seen ?? $"The {vendor} key “{label}” is sealed and in your vault");
    }

    public async Task AddManagedKeyAsync(string vendor, string secret, string label)
    {
        await PressAsync("Add a key");
        await page.GetByRole(AriaRole.Button, new() { Name = vendor, Exact = true }).ClickAsync();
        await page.GetByLabel("API key", Exact).FillAsync(secret);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Name (optional)" }).FillAsync(label);
        await PressAsync("Send and add");
        await SeesAsync($"The {vendor} key “{label}” is in your vault");
    }

    /// <summary>Of an account that signs in with its password: it takes a new one, which stays in the browser.</summary>
    public async Task SealManagedAsync(string newPassword, Func<string, Task>? look = null)
    {
        await page.GotoAsync("/settings/security");
        await PressAsync("Seal the vault …");
        await page.GetByLabel("New password", Exact).FillAsync(newPassword);
        await page.GetByLabel("Type this sentence").FillAsync("only my browser may read my keys");
        await (look?.Invoke("seal the vault") ?? Task.CompletedTask);
        await ConfirmAsync("Seal everything");
        Password = newPassword;
        await KeepTheCodeAsync(look);
        await SeesAsync("The vault is sealed: only your browser opens it.");
    }

    public async Task MakeManagedAsync(Func<string, Task>? look = null)
    {
        await page.GotoAsync("/settings/security");
        await PressAsync("Let the server open it …");
        await page.GetByLabel("Type this sentence").FillAsync("the server may read my keys");
        await (look?.Invoke("let the server open it") ?? Task.CompletedTask);
        await ConfirmAsync("Give the server the vault’s key");
        await SeesAsync("The server can open the vault from now on");
    }

    /// <summary>In the dialog that asks, wherever it came up.</summary>
    public async Task UnlockAsync()
    {
        await AnswerUnlockAsync();
        await SeesAsync("Vault unlocked");
    }

    /// <summary>The same where no frame around the page says so.</summary>
    public async Task AnswerUnlockAsync()
    {
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Unlock your vault" });
        await dialog.GetByLabel($"Password of {Email}").FillAsync(Password);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Unlock", Exact = true }).ClickAsync();
    }

    /// <summary>In Settings, under Security.</summary>
    public async Task ChangePasswordAsync(string newPassword)
    {
        await PressAsync("Change the password …");
        await page.GetByLabel("New password", Exact).FillAsync(newPassword);
        await ConfirmAsync("Change it");
        await SeesAsync("The password is changed, and every other session has ended.");
        Password = newPassword;
    }

    /// <summary>In whichever question asks for the password once more.</summary>
    public async Task ConfirmAsync(string action)
    {
        await page.GetByLabel("Your present password").FillAsync(Password);
        await PressAsync(action);
    }

    public Task PressAsync(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).Last.ClickAsync();

    public Task SeesAsync(string text) => Assertions.Expect(page.GetByText(text).First).ToBeVisibleAsync();

    /// <summary>Types back the groups that are asked for, as read on paper: in small letters.</summary>
    public async Task KeepTheCodeAsync(Func<string, Task>? look = null)
    {
        await SeesAsync("Keep this recovery code");
        var groups = await page.GetByRole(AriaRole.List, new() { NameRegex = new("Recovery code") }).GetByRole(AriaRole.Listitem).AllTextContentsAsync();
        RecoveryCode = string.Join('-', groups);
        Assert.Matches("^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$", RecoveryCode);
        await (look?.Invoke("the code") ?? Task.CompletedTask);
        await PressAsync("I have kept it");
        await (look?.Invoke("the code, typed back") ?? Task.CompletedTask);
        foreach (var label in await page.GetByText(new Regex("^Group [1-8]$")).AllTextContentsAsync())
            await page.GetByLabel(label, Exact).FillAsync(groups[label[^1] - '1'].ToLowerInvariant());
        await PressAsync("Go on");
    }

    /// <summary>Who signed in is at home, or back where he was sent away; from there to where most have something to do.</summary>
    private async Task ArriveAsync()
    {
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/(home|keys)$"), new() { Timeout = 60_000 });
        await GoToAsync("Keys");
        await page.IsAtAsync("/keys");
    }

    private static PageGetByLabelOptions Exact => new() { Exact = true };
}

/// <summary>What a page has asked the server for and not got yet. A page that changes without loading anew has no event for it.</summary>
internal sealed class Traffic
{
    private int _running;

    public Traffic(IPage page)
    {
        page.Request += (_, request) => Count(request, 1);
        page.RequestFinished += (_, request) => Count(request, -1);
        page.RequestFailed += (_, request) => Count(request, -1);
    }

    /// <summary>For some seconds at most: of a request that its page left behind no end is told.</summary>
    public async Task RestsAsync()
    {
        for (var (looks, still) = (0, 0); looks < 60 && still < 6; looks++)
        {
            still = Volatile.Read(ref _running) <= 0 ? still + 1 : 0;
            await Task.Delay(50);
        }
    }

    private void Count(IRequest request, int change)
    {
        if (request.ResourceType == "fetch")
            Interlocked.Add(ref _running, change);
    }
}
