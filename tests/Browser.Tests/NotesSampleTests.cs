using System.Diagnostics;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>The sample app as <c>./run --demo</c> starts it, walked by a newcomer who has no provider key at all.</summary>
public sealed class NotesSampleTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private static readonly string Sample = Path.Combine(Artifacts.RepositoryRoot, "samples/notes");

    private KeyPassServer _server = null!;
    private Process _notes = null!;
    private string _origin = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _origin = $"http://localhost:{LocalPort.Free()}";
        using var developer = await _server.AsAsync("developer");
        var app = await TestApp.RegisterAsync(developer, new { mode = "test", origins = new[] { _origin }, redirectUris = new[] { _origin + "/" } });
        _notes = Start(app);
        Assert.True(await LocalPort.OpensAsync(new Uri(_origin).Port, _notes), "The sample does not listen.");
    }

    public async ValueTask DisposeAsync()
    {
        _notes.Kill();
        await _notes.WaitForExitAsync();
        _notes.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_newcomer_connects_asks_runs_out_of_money_and_allows_more()
    {
        await using var visit = await browser.OpenAsync(_ => Task.CompletedTask, _origin + "/", ColorScheme.Light, 1280);
        visit.Refused.Add("/api/ask");
        var (page, look) = (visit.Page, new Look(visit));
        await Assertions.Expect(page.GetByText("Not connected.")).ToBeVisibleAsync();
        await look.AtAsync("not connected");

        var window = await ContinueAsync(page, "Connect your AI keys");
        var ana = new Person(window, "ana@example.org", "seven quiet otters paddle home");
        await window.GetByRole(AriaRole.Link, new() { Name = "Make an account" }).ClickAsync();
        await ana.EnterAsync();
        await ana.SeesAsync("A test app calls the sandbox");
        await ana.PressAsync("Add a key");
        await ana.PressAsync("Seal and add");
        await ana.SeesAsync("With which of your keys");
        await ana.PressAsync("Connect Otter Notes");
        await Assertions.Expect(page.Locator("#standing")).ToContainTextAsync("Connected. $0.00 of $1.00 spent.");

        await page.ClickAsync("#send");
        await AnsweredAsync(page);
        await look.AtAsync("answered");

        var own = await page.Context.NewPageAsync();
        await own.GotoAsync(_server.Address + "connections");
        ana = new Person(own, ana.Email, ana.Password);
        await ana.PressAsync("Budget Otter Notes");
        await own.GetByLabel("At most, in US dollars").FillAsync("0.01");
        await ana.PressAsync("Save the budget");
        await ana.SeesAsync("The budget of Otter Notes is changed.");
        // The app's page comes to the front: one that is hidden opens no windows.
        await own.CloseAsync();
        await page.FillAsync("#notes", string.Concat(Enumerable.Repeat("Where did we leave the map of the islands? ", 12_000)));
        await page.ClickAsync("#send");
        await Assertions.Expect(page.Locator("#trouble")).ToContainTextAsync("What you allowed is used up, or too little for this question.");
        await look.AtAsync("used up");

        var asked = await ContinueAsync(page, "Allow more");
        var again = new Person(asked, ana.Email, ana.Password);
        await again.SeesAsync("Otter Notes asks for a change");
        await again.SeesAsync("Now it is $0.01");
        await asked.GetByLabel("It may spend, in dollars").FillAsync("5");
        await again.PressAsync("Agree to the change");
        await Assertions.Expect(page.Locator("#standing")).ToContainTextAsync("of $5.00 spent.");
        await AskAgainAsync(page);

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    /// <summary>A limit reaches every server within a second: who is quicker than that is told once more that it is used up, and presses again.</summary>
    private static async Task AskAgainAsync(IPage page)
    {
        for (var tries = 0; ; tries++)
        {
            await page.ClickAsync("#send");
            await Assertions.Expect(page.Locator("#send")).Not.ToHaveAttributeAsync("aria-disabled", "true");
            if (!await page.Locator("#trouble").IsVisibleAsync())
                break;
            Assert.True(tries < 10, await page.Locator("#trouble").InnerTextAsync());
            await Task.Delay(500);
        }
        await AnsweredAsync(page);
    }

    /// <summary>To its last word: the sandbox says again what it was asked.</summary>
    private static async Task AnsweredAsync(IPage page)
    {
        var asked = await page.InputValueAsync("#question");
        await Assertions.Expect(page.Locator("#answer")).ToHaveTextAsync($"This is sandbox-ok of the KeyPass sandbox, and no model. You said: {asked}");
        await Assertions.Expect(page.Locator("#send")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await Assertions.Expect(page.Locator("#trouble")).ToBeHiddenAsync();
    }

    /// <summary>Through the frame, to the window of KeyPass.</summary>
    private static async Task<IPage> ContinueAsync(IPage page, string button)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
        return await OtterNotes.ContinueAsync(page);
    }

    private Process Start(TestApp app)
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(Sample, "bin", built.Parent!.Name, built.Name, "KeyPass.Samples.Notes.dll");
        var start = new ProcessStartInfo("dotnet", [program]) { WorkingDirectory = Sample };
        start.Environment["NOTES_ORIGIN"] = _origin;
        start.Environment["NOTES_PROVIDER"] = "sandbox";
        start.Environment["NOTES_MODEL"] = "sandbox-ok";
        start.Environment["KEYPASS_URL"] = _server.Address.ToString();
        start.Environment["KEYPASS_CLIENT_ID"] = app.ClientId;
        start.Environment["KEYPASS_CLIENT_SECRET"] = app.Secret;
        return Process.Start(start)!;
    }
}
