using System.Text;
using System.Text.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>What a team's programs call with, as its owner makes it, limits it and takes it back.</summary>
public sealed class VirtualKeysPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
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
    public async Task A_key_is_made_in_the_browser_limited_changed_rotated_disabled_and_deleted()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Virtual keys" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a provider key" }).ClickAsync();
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await ana.AddKeyAsync("Groq", Canary.ProviderKey, "fast");
        await page.GetByRole(AriaRole.Link, new() { Name = "Virtual keys" }).ClickAsync();
        await ana.PressAsync("Make a virtual key");
        await ana.PressAsync("Make the key");
        await ana.SeesAsync("Give it a name.");
        await ana.SeesAsync("Tick at least one: it calls with that.");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("support bot");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Tags (optional)" }).FillAsync("team-blue, staging");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^OpenAI work") }).CheckAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Models (optional)" }).FillAsync("gpt-5*\no3");
        await page.GetByLabel("Ends after").SelectOptionAsync("30");
        var wire = new Wire(page);
        await ana.PressAsync("Make the key");
        await ana.SeesAsync("It is shown once, here and now.");
        var made = await ShownAsync(page);
        Assert.StartsWith("km_live_", made, StringComparison.Ordinal);
        Assert.Empty(await wire.FindAsync(new Dictionary<string, byte[]> { ["the virtual key"] = Encoding.ASCII.GetBytes(made) }));
        await page.GetByLabel("Call with it").SelectOptionAsync("openai-python");
        await ana.SeesAsync($"base_url=\"{_server.Address}v1\"");
        await ana.SeesAsync("model=\"o3\"");
        await ana.PressAsync("I have kept it");
        await ana.SeesAsync($"…{made[^4..]}");
        var first = await ReadAsync(page);
        Assert.Equal((2, 2, 1), (Length(first, "models"), Length(first, "tags"), Length(first, "providerKeyIds")));

        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Change support bot" }).ClickAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Groq fast") }).CheckAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("support bot 2");
        await page.GetByText("More limits").ClickAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Text") }).CheckAsync();
        await page.GetByLabel("Ends", new() { Exact = true }).SelectOptionAsync("");
        await ana.PressAsync("Save the changes");
        await ana.UnlockAsync();
        await ana.SeesAsync("“support bot” is changed.");
        var changed = await ReadAsync(page);
        Assert.Equal((2, 1, JsonValueKind.Null), (Length(changed, "providerKeyIds"), Length(changed, "routes"), changed.GetProperty("expiresAt").ValueKind));

        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate support bot 2" }).ClickAsync();
        await page.GetByLabel("The old one works on").SelectOptionAsync("0");
        await ana.PressAsync("Make the new key");
        await ana.SeesAsync("“support bot 2” has a new key");
        var next = await ShownAsync(page);
        Assert.NotEqual(made, next);
        await ana.PressAsync("I have kept it");
        await ana.SeesAsync($"…{next[^4..]}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable support bot 2" }).ClickAsync();
        await ana.SeesAsync("its calls are refused until you enable it.");
        Assert.Equal("disabled", (await ReadAsync(page)).GetProperty("status").GetString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Enable support bot 2" }).ClickAsync();
        await ana.SeesAsync("“support bot 2” is enabled again.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete support bot 2" }).ClickAsync();
        await ana.SeesAsync("Calls that run with it are cut");
        await ana.PressAsync("Delete it, cut running calls");
        await ana.SeesAsync("Make your first virtual key");
        await page.GotoAsync("/settings/audit");
        foreach (var said in new[] { "Made a virtual key", "Changed a virtual key", "Disabled a virtual key", "Deleted a virtual key" })
            await ana.SeesAsync(said);

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task For_a_managed_vault_the_server_makes_the_key_and_nothing_is_unlocked()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await ana.AddManagedKeyAsync("Groq", Canary.ProviderKey, "fast");
        await page.GotoAsync("/virtual-keys");
        await ana.PressAsync("Make a virtual key");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("support bot");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^OpenAI work") }).CheckAsync();
        await page.GetByRole(AriaRole.Radio, new() { NameRegex = new("^Test") }).CheckAsync();
        await ana.PressAsync("Make the key");
        var made = await ShownAsync(page);
        Assert.StartsWith("km_test_", made, StringComparison.Ordinal);
        await ana.PressAsync("I have kept it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change support bot" }).ClickAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Groq fast") }).CheckAsync();
        await ana.PressAsync("Save the changes");
        await ana.SeesAsync("“support bot” is changed.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate support bot" }).ClickAsync();
        await ana.PressAsync("Make the new key");

        Assert.NotEqual(made, await ShownAsync(page));
        Assert.Equal(2, Length(await ReadAsync(page), "providerKeyIds"));
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 320)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task Every_state_and_question_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/", scheme, width);
        visit.Refused.Add("/v1/virtual-keys");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        var look = new Look(visit);
        await ana.SignUpAsync();
        await FollowAsync(page, "/virtual-keys");
        await ana.SeesAsync("First put a provider key in");
        await look.AtAsync("no keys at all");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a provider key" }).ClickAsync();
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, "a name that is as long as names of keys are in companies with many departments");
        await ana.AddKeyAsync("OpenAI", Canary.ProviderKey, "second");
        await page.GotoAsync("/virtual-keys");
        await ana.SeesAsync("Make your first virtual key");
        await look.AtAsync("none yet");
        await ana.PressAsync("Make a virtual key");
        await ana.PressAsync("Make the key");
        await page.GetByText("More limits").ClickAsync();
        await look.AtAsync("nothing filled in");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("a-program-whose-name-is-one-long-word-without-any-place-to-break-it");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Tags (optional)" }).FillAsync("team-blue, staging, customer-4711");
        foreach (var box in await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^OpenAI") }).AllAsync())
            await box.CheckAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Models (optional)" }).FillAsync("gpt-5*\no3\no4-mini\ngpt-4o-mini-audio-preview-2024-12-17");
        await look.AtAsync("filled in");
        await ana.PressAsync("Make the key");
        await ana.UnlockAsync();
        await ana.SeesAsync("It is shown once, here and now.");
        await look.AtAsync("shown once");
        await ana.PressAsync("I have kept it");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Disable") }).ClickAsync();
        await ana.SeesAsync("its calls are refused until you enable it.");
        await look.AtAsync("list");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Change a-program") }).ClickAsync();
        await look.AtAsync("change");
        await ana.PressAsync("Close");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Rotate") }).ClickAsync();
        await look.AtAsync("rotate");
        await ana.PressAsync("Cancel");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Delete") }).ClickAsync();
        await look.AtAsync("delete");
        await ana.PressAsync("Keep it");
        await page.RouteAsync("**/v1/virtual-keys?*", route => route.AbortAsync());
        await page.ReloadAsync();
        await ana.SeesAsync("The server could not be reached.");
        await look.AtAsync("not reached");
        await page.UnrouteAllAsync();
        await ana.PressAsync("Try again");
        await ana.SeesAsync("a-program-whose-name");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    /// <summary>As a click in the navigation does, which is folded away on little width: nothing is loaded anew, and the vault stays open.</summary>
    private static Task FollowAsync(IPage page, string path) => page.EvaluateAsync(
        "path => { const link = document.createElement('a'); link.href = path; document.body.append(link); link.click(); link.remove(); }", path);

    private static async Task<string> ShownAsync(IPage page) => (await page.GetByLabel("Virtual key", new() { Exact = true }).TextContentAsync())!;

    private static async Task<JsonElement> ReadAsync(IPage page) =>
        await page.EvaluateAsync<JsonElement>("async () => (await (await fetch('/v1/virtual-keys')).json()).data.items[0]");

    private static int Length(JsonElement row, string list) => row.GetProperty(list).GetArrayLength();
}
