using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>What a developer does so that other people's accounts can be connected to an app.</summary>
public sealed class AppsPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    /// <summary>One pixel, as a program on somebody's machine wrote it.</summary>
    private static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_app_is_registered_gets_a_second_secret_is_changed_and_deleted()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Apps", Exact = true }).ClickAsync();
        await ana.PressAsync("Register an app");
        await ana.PressAsync("Register the app");
        await ana.SeesAsync("Give it the name that people know it by.");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Otter Notes");
        await page.GetByLabel("Homepage").FillAsync("https://notes.example");
        await page.GetByLabel("Logo").SetInputFilesAsync(new FilePayload { Name = "logo.png", MimeType = "image/png", Buffer = Picture });
        await page.GetByLabel("Origins").FillAsync("https://notes.example\nhttps://app.notes.example/start\nnotes.example:8443");
        await page.GetByLabel("Redirect addresses").FillAsync("http://notes.example/back");
        await ana.PressAsync("Register the app");
        await ana.SeesAsync("Line 2: “https://app.notes.example/start” is not how browsers write an origin. Write https://app.notes.example.");
        await ana.SeesAsync("Line 3: “notes.example:8443” needs https:// in front: https://notes.example:8443");
        await ana.SeesAsync("“http://notes.example/back” needs https.");
        await page.GetByLabel("Origins").FillAsync("https://notes.example\nhttps://app.notes.example");
        await page.GetByLabel("Redirect addresses").FillAsync("https://notes.example/back");
        await page.Locator(".logo-field img").WaitForAsync();
        await ana.PressAsync("Register the app");
        await ana.SeesAsync("It is shown once, here and now.");
        var first = await ShownAsync(page, "Client secret");
        Assert.StartsWith("kp_cs_", first, StringComparison.Ordinal);
        await ana.PressAsync("I have kept it");

        await ana.SeesAsync($"…{first[^4..]}");
        var app = await ReadAsync(page);
        await page.IsAtAsync($"/apps/{app.GetProperty("id").GetString()}");
        Assert.Equal(("test", 2, 1), (app.GetProperty("mode").GetString(), Length(app, "origins"), Length(app, "redirectUris")));
        Assert.StartsWith("data:image/png;base64,", app.GetProperty("logo").GetString(), StringComparison.Ordinal);
        Assert.Equal(app.GetProperty("clientId").GetString(), await ShownAsync(page, "Client id"));
        Assert.DoesNotContain(first, await page.ContentAsync(), StringComparison.Ordinal);

        await ana.PressAsync("Add a second client secret");
        await ana.SeesAsync("has a new client secret");
        var second = await ShownAsync(page, "Client secret");
        Assert.NotEqual(first, second);
        await ana.PressAsync("I have kept it");
        await ana.SeesAsync("Two work at a time.");
        await page.GetByRole(AriaRole.Button, new() { Name = $"End …{first[^4..]}" }).ClickAsync();
        await ana.SeesAsync("It was never used.");
        await ana.PressAsync("End it");
        await ana.SeesAsync($"The client secret …{first[^4..]} is ended.");
        Assert.Equal(second[^4..], (await ReadAsync(page)).GetProperty("secrets")[0].GetProperty("hint").GetString());

        await ana.PressAsync("Change");
        await page.GetByLabel("Origins").FillAsync("http://localhost:3000");
        await ana.PressAsync("Remove the logo");
        await ana.PressAsync("Save the changes");
        await ana.SeesAsync("The app is changed.");
        var changed = await ReadAsync(page);
        Assert.Equal(("http://localhost:3000", JsonValueKind.Null), (changed.GetProperty("origins")[0].GetString(), changed.GetProperty("logo").ValueKind));

        await ana.PressAsync("Check now");
        await ana.SeesAsync("The line was not found.");
        await ana.PressAsync("Delete");
        await ana.SeesAsync("Every connection that people gave it ends");
        await ana.PressAsync("Delete it, end its connections");
        await page.IsAtAsync("/apps");
        await ana.SeesAsync("Let people bring their own AI keys to your app");
        await page.GotoAsync("/settings/audit");
        foreach (var said in new[] { "Registered an app", "Added a secret to an app", "Took a secret from an app", "Changed an app", "Deleted an app" })
            await ana.SeesAsync(said);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task The_code_has_the_servers_address_and_the_client_id_and_never_the_secret()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await page.GotoAsync("/apps");
        await RegisterAsync(page, ana, "Otter Notes");
        var (clientId, address) = (await ShownAsync(page, "Client id"), _server.Address.GetLeftPart(UriPartial.Authority));
        foreach (var (way, there) in new[]
        {
            ("node", $"clientId: '{clientId}'"), ("dotnet", $"BaseUrl = new Uri(\"{address}\")"), ("curl", $"-u \"{clientId}:$KEYPASS_CLIENT_SECRET\""),
            ("bundler", $"apiBaseUrl: '{address}'"), ("script", "<script src=\"/link-sdk.script.js\"></script>"),
        })
        {
            await page.GetByLabel("Where", new() { Exact = true }).SelectOptionAsync(way);
            await ana.SeesAsync(there);
            Assert.DoesNotContain("kp_cs_", await page.Locator(".snippet").First.InnerTextAsync(), StringComparison.Ordinal);
        }
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
        visit.Refused.Add("/v1/apps");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        var look = new Look(visit);
        await ana.SignUpManagedAsync();
        await page.GotoAsync("/apps");
        await ana.SeesAsync("Let people bring their own AI keys to your app");
        await look.AtAsync("none yet");
        await ana.PressAsync("Register an app");
        await page.GetByLabel("Homepage").FillAsync("notes.example");
        await page.GetByLabel("Origins").FillAsync("https://an-origin-that-is-as-long-as-those-of-preview-deployments-are.branch-4711.example.com/\n*");
        await page.GetByLabel("Logo").SetInputFilesAsync(new FilePayload { Name = "logo.png", MimeType = "image/png", Buffer = "no picture"u8.ToArray() });
        await ana.PressAsync("Register the app");
        await ana.SeesAsync("This file is no picture");
        await look.AtAsync("wrong fields");
        await ana.PressAsync("Close");
        var secret = await RegisterAsync(page, ana, "an-app-whose-name-is-one-long-word-without-any-place-to-break", look);
        await look.AtAsync("one app");
        await AskSomebodyAsync(await ReadAsync(page), secret);
        await page.ReloadAsync();
        await ana.SeesAsync("said no");
        await look.AtAsync("an app that asked");
        await look.AskAsync(ana, "Change", "Close");
        await look.AskAsync(ana, "Delete", "Keep it");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^End …") }).ClickAsync();
        await look.AtAsync("end a secret");
        await ana.PressAsync("Keep it");
        await ana.PressAsync("Check now");
        await ana.SeesAsync("The line was not found.");
        await look.AtAsync("not verified");
        await page.GotoAsync("/apps");
        await ana.SeesAsync("an-app-whose-name");
        await look.AtAsync("list");
        await page.GotoAsync("/apps/0190a0a0a0a07000800000000000000a");
        await ana.SeesAsync("There is no such app, or it is not yours.");
        await look.AtAsync("no such app");
        await page.RouteAsync("**/v1/apps", route => route.AbortAsync());
        await page.GotoAsync("/apps");
        await ana.SeesAsync("The server could not be reached.");
        await look.AtAsync("not reached");
        await page.UnrouteAllAsync();
        await ana.PressAsync("Try again");
        await ana.SeesAsync("an-app-whose-name");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    /// <summary>One who never looks, and one who says no.</summary>
    private async Task AskSomebodyAsync(JsonElement app, string secret)
    {
        using var somebody = await _server.AsAsync("somebody");
        var asking = new TestApp(app.GetProperty("id").GetString()!, app.GetProperty("clientId").GetString()!, secret);
        await asking.AskAsync(somebody);
        var link = await asking.AskAsync(somebody);
        await link.ConsentAsync(somebody);
        using var no = await somebody.PostAsJsonAsync("/v1/link/authorize", new { linkToken = link.Token, decision = "deny" });
        Assert.True(no.IsSuccessStatusCode);
    }

    private static async Task<string> RegisterAsync(IPage page, Person ana, string name, Look? look = null)
    {
        await ana.PressAsync("Register an app");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await page.GetByLabel("Homepage").FillAsync("https://notes.example");
        await page.GetByLabel("Origins").FillAsync("https://notes.example");
        await ana.PressAsync("Register the app");
        await ana.SeesAsync("It is shown once, here and now.");
        var secret = await ShownAsync(page, "Client secret");
        await (look?.AtAsync("shown once") ?? Task.CompletedTask);
        await ana.PressAsync("I have kept it");
        await ana.SeesAsync("Add a second client secret");
        return secret;
    }

    private static async Task<string> ShownAsync(IPage page, string label) =>
        (await page.GetByLabel(label, new() { Exact = true }).Last.TextContentAsync())!;

    private static async Task<JsonElement> ReadAsync(IPage page) =>
        await page.EvaluateAsync<JsonElement>("async () => (await (await fetch('/v1/apps')).json()).data.items[0]");

    private static int Length(JsonElement row, string list) => row.GetProperty(list).GetArrayLength();
}
