using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using KeyPass.Server.Tests.Budgets;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Where who signed in begins: what was spent, what wants looking at, calls as they end, and the first steps of who is new.</summary>
public sealed class HomePagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
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
    public async Task Somebody_new_is_led_to_a_first_call_and_its_cost_appears_by_itself()
    {
        await using var visit = await browser.OpenAsync(_server, "/sign-up");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.EnterAsync();
        await page.IsAtAsync("/home");
        await ana.SeesAsync("Three steps to the first call");

        await page.GetByRole(AriaRole.Link, new() { Name = "Add a key" }).ClickAsync();
        await ana.PressAsync("Add a key");
        await ana.PressAsync("KeyPass sandbox");
        await ana.PressAsync("Seal and add");
        await ana.SeesAsync("is sealed and in your vault, and works.");
        await ana.GoToAsync("Home");
        await page.GetByRole(AriaRole.Link, new() { Name = "Make a virtual key" }).ClickAsync();
        var credential = await MakeVirtualKeyAsync(page, ana, "first");
        await ana.GoToAsync("Home");
        var example = await page.GetByLabel("Example for curl").TextContentAsync();
        await Assertions.Expect(page.Locator(".live")).ToContainTextAsync("live");
        await RunAsync(example!, credential);

        await ana.SeesAsync("That was your first call");
        await Assertions.Expect(page.Locator(".calls tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator(".calls")).ToContainTextAsync(new Regex(@"\$0\.000[1-9]"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Its receipt" }).ClickAsync();
        await ana.SeesAsync("sandbox-ok");
        await page.GetByRole(AriaRole.Link, new() { Name = "All calls" }).ClickAsync();
        await Assertions.Expect(page.Locator(".live")).ToContainTextAsync("live");
        await RunAsync(example!, credential);
        await ana.PressAsync("Show one new call");
        await Assertions.Expect(page.Locator(".calls tbody tr")).ToHaveCountAsync(2);

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task With_a_test_key_somebody_new_calls_before_there_is_any_provider_key()
    {
        var began = Stopwatch.GetTimestamp();
        await using var visit = await browser.OpenAsync(_server, "/sign-up");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.EnterAsync();
        await page.IsAtAsync("/home");
        await page.GetByRole(AriaRole.Link, new() { Name = "Make a test key" }).ClickAsync();
        await ana.PressAsync("Make a virtual key");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("first");
        await page.GetByRole(AriaRole.Radio, new() { NameRegex = new("^Live") }).CheckAsync();
        await ana.PressAsync("Make the key");
        await ana.SeesAsync("A live key calls with a provider key, and you have none yet.");
        await page.GetByRole(AriaRole.Radio, new() { NameRegex = new("^Test") }).CheckAsync();
        await ana.PressAsync("Make the key");
        var credential = await page.GetByLabel("Virtual key", new() { Exact = true }).TextContentAsync();
        var example = await page.GetByLabel("Example for curl").TextContentAsync();
        await ana.PressAsync("I have kept it");
        await ana.GoToAsync("Home");
        await Assertions.Expect(page.Locator(".live")).ToContainTextAsync("live");
        await RunAsync(example!, credential!);

        await ana.SeesAsync("That was your first call");
        await Assertions.Expect(page.Locator(".calls tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator(".calls")).ToContainTextAsync(new Regex(@"\$0\.000[1-9]"));
        TestContext.Current.TestOutputHelper?.WriteLine($"From sign-up to a first call's cost: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.StartsWith("km_test_", credential, StringComparison.Ordinal);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Everything_is_found_by_its_name_without_a_mouse()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/logs/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await ana.GoToAsync("Virtual keys");
        await MakeVirtualKeyAsync(page, ana, "nightly report");

        await FindAsync(page, "audit log", none: true);
        await page.Keyboard.PressAsync("Escape");
        await FindAsync(page, "activ");
        await page.IsAtAsync("/settings/audit");
        await FindAsync(page, "REPORT");
        await page.IsAtAsync("/virtual-keys?q=nightly+report");
        await Assertions.Expect(page.GetByRole(AriaRole.List, new() { Name = "Your virtual keys" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
        await FindAsync(page, "wor");
        await page.IsAtAsync("/keys");
        await IsLedToAsync(page, "work");
        // From where it leads to, too, and once more.
        await FindAsync(page, "work");
        await IsLedToAsync(page, "work");
        await FindAsync(page, new string('0', 32));
        await page.IsAtAsync("/logs/req_" + new string('0', 32));
        // A page that has arrived takes focus to its heading.
        await ana.SeesAsync("There is no receipt of that request");
        var door = page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Find Ctrl") });
        await door.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Combobox)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(page.GetByRole(AriaRole.Option, new() { Selected = true })).ToContainTextAsync("Virtual keys");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(door).ToBeFocusedAsync();

        await page.GotoAsync("/logs");
        var caller = page.GetByRole(AriaRole.Combobox, new() { Name = "Key or app" });
        await caller.FocusAsync();
        await page.Keyboard.TypeAsync("night");
        await Assertions.Expect(page.GetByRole(AriaRole.Listbox, new() { Name = "Key or app" }).GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Enter");
        await ana.SeesAsync("No such calls");
        await Assertions.Expect(caller).ToHaveValueAsync("nightly report");

        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(ReducedMotion.NoPreference)]
    [InlineData(ReducedMotion.Reduce)]
    public async Task What_wants_attention_leads_to_the_row_of_its_key_and_says_so_where_it_is_gone(ReducedMotion motion)
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await page.EmulateMediaAsync(new() { ReducedMotion = motion });
        await ana.SignUpManagedAsync();
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        foreach (var place in Enumerable.Range(1, 9))
            await ana.AddManagedKeyAsync("Groq", Canary.ProviderKey, $"key {place}");
        _vendor.Status = 401;
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Test .*work") }).ClickAsync();
        await Assertions.Expect(page.GetByText("OpenAI does not know this key").First).ToBeVisibleAsync();
        await ana.GoToAsync("Home");

        var look = page.GetByRole(AriaRole.Link, new() { Name = "Look at the key" });
        await look.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.IsAtAsync("/keys");
        await IsLedToAsync(page, "work");
        // What is done there stands where it is: the next stop of the keyboard is in the row.
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(Row(page, "work").Locator(":focus")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("[data-marked]")).ToHaveCountAsync(0, new() { Timeout = 10_000 });
        await page.GotoAsync("/keys?row=" + new string('0', 32));

        await ana.SeesAsync("The key that you came for is not here any more");
        await page.IsAtAsync("/keys");
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task What_was_spent_and_what_wants_attention_is_seen_at_once_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/", scheme, width);
        visit.Refused.Add("/v1/usage");
        visit.Refused.Add("/v1/events");
        var (page, ana, look) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"), new Look(visit));
        await ana.SignUpManagedAsync();
        await ana.GoToAsync("Home");
        await ana.SeesAsync("Three steps to the first call");
        await look.AtAsync("somebody new");

        await SeedAsync(page, ana);
        await page.GotoAsync("/home");
        await ana.SeesAsync("OpenAI does not take the key “work” any more");
        await ana.SeesAsync("The budget of the virtual key “nightly report” has spent");
        await ana.SeesAsync("The connection to “Notes” ends soon.");
        await Assertions.Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new("^Cost from") })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".live")).ToContainTextAsync("live");
        await look.AtAsync("home");
        await page.Keyboard.PressAsync("Control+k");
        await Assertions.Expect(page.GetByRole(AriaRole.Option).First).ToBeVisibleAsync();
        await look.AtAsync("everything by its name");
        await page.Keyboard.PressAsync("Escape");

        await page.RouteAsync("**/v1/usage?*", route => route.AbortAsync());
        await page.RouteAsync("**/v1/events", route => route.AbortAsync());
        await page.ReloadAsync();
        await ana.SeesAsync("The server could not be reached.");
        await ana.SeesAsync("not live, asking again");
        await look.AtAsync("not reached");
        await page.UnrouteAllAsync();
        await ana.PressAsync("Try again");
        await ana.SeesAsync("Newest calls");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    private static ILocator Row(IPage page, string name) => page.GetByRole(AriaRole.List, new() { Name = "Your provider keys" })
        .GetByRole(AriaRole.Listitem).Filter(new() { Has = page.Locator(".row-name", new() { HasText = name }) });

    private static async Task IsLedToAsync(IPage page, string name)
    {
        await Assertions.Expect(Row(page, name)).ToBeFocusedAsync();
        await Assertions.Expect(Row(page, name)).ToHaveAttributeAsync("data-marked", "");
        await Assertions.Expect(Row(page, name)).ToBeInViewportAsync(new() { Ratio = 1 });
    }

    /// <summary>As whoever copies the example into a shell.</summary>
    private static async Task RunAsync(string example, string credential)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", example + " --fail-with-body --silent --show-error"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KEYPASS_KEY"] = credential;
        using var shell = Process.Start(start)!;
        var said = await Task.WhenAll(shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, string.Concat(said));
        Assert.Contains("sandbox-ok", said[0], StringComparison.Ordinal);
    }

    private static async Task FindAsync(IPage page, string typed, bool none = false)
    {
        await page.Keyboard.PressAsync("Control+k");
        await Assertions.Expect(page.GetByRole(AriaRole.Combobox)).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(typed);
        if (none)
        {
            await Assertions.Expect(page.GetByText("Nothing is called that.")).ToBeVisibleAsync();
            return;
        }
        await Assertions.Expect(page.GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Enter");
    }

    private static async Task<string> MakeVirtualKeyAsync(IPage page, Person ana, string name, string? dollars = null)
    {
        await ana.PressAsync("Make a virtual key");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        if (dollars is not null)
        {
            await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Limit what it spends") }).CheckAsync();
            await page.GetByLabel("At most, in US dollars").FillAsync(dollars);
        }
        await ana.PressAsync("Make the key");
        var credential = await page.GetByLabel("Virtual key", new() { Exact = true }).TextContentAsync();
        await ana.PressAsync("I have kept it");
        return credential!;
    }

    /// <summary>A month of calls, a budget that is spent, an app whose time ends, and then a key that its vendor takes no more.</summary>
    private async Task SeedAsync(IPage page, Person ana)
    {
        _ = new ChargingProvider(_vendor);
        await ana.GoToAsync("Keys");
        await ana.AddManagedKeyAsync("OpenAI", Canary.ProviderKey, "work");
        await ana.GoToAsync("Virtual keys");
        var credential = await MakeVirtualKeyAsync(page, ana, "nightly report", "0.01");
        var status = HttpStatusCode.OK;
        while (status == HttpStatusCode.OK)
            status = await CallAsync(credential, "/v1/chat/completions", ChargingProvider.Ask(4_000), HttpStatusCode.PaymentRequired);
        // What the calls cost is counted, before anything else stands where their receipts go.
        while (await _server.CountAsync("budget_alerts") == 0)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        await _server.ExecuteAsync("""
            WITH who AS (SELECT g.account_id, g.id AS grant_id, w.id AS credential_id FROM virtual_keys v
                JOIN grants g ON g.id = v.grant_id JOIN token_wraps w ON w.grant_id = g.id WHERE v.name = 'nightly report'),
            app AS (INSERT INTO apps (id, account_id, client_id, name, is_test, origins, redirect_uris, changes, created_at)
                SELECT gen_random_uuid(), account_id, 'notes', 'Notes', false, '{}', '{}', 0, now() FROM who RETURNING id, account_id),
            connection AS (INSERT INTO connections (id, app_id, account_id, grant_id, created_at, activated_at, updated_at, expires_at, changes)
                SELECT gen_random_uuid(), app.id, app.account_id, who.grant_id, now(), now(), now(), now() + interval '3 days', 0 FROM app, who)
            INSERT INTO receipts (day, id, at, account_id, grant_id, credential_id, is_test, tags, provider, operation, model, status, exactness,
                cost_nano_usd, input_tokens, output_tokens, is_stream, hung_up, attempts, latency_ms)
            SELECT at::date, gen_random_uuid(), at, account_id, grant_id, credential_id, false, '{}', 'openai', 'chat',
                (ARRAY['gpt-5', 'gpt-5-mini', 'claude-sonnet-4-5', 'gemini-2.5-pro', 'mistral-large', 'grok-4'])[1 + step % 6], 200, 'exact',
                (step * 37 % 11 + 1) * 120000000::bigint, 1200 * (step % 9 + 1), 340 * (step % 5 + 1), false, false, 1, 800
            FROM who, generate_series(0, 120) AS step,
                LATERAL (SELECT date_trunc('month', now()) + step * (now() - date_trunc('month', now())) / 121 AS at) AS moment
            """);
        (_vendor.Status, _vendor.Answer) = (401, null);
        await ana.GoToAsync("Keys");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Test the") }).ClickAsync();
        await Assertions.Expect(page.GetByText("OpenAI does not know this key").First).ToBeVisibleAsync();
    }

    private async Task<HttpStatusCode> CallAsync(string credential, string path, string json, params HttpStatusCode[] expected)
    {
        using var program = _server.NewClient();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await program.PostAsync(path, body);
        Assert.True(answer.IsSuccessStatusCode || expected.Contains(answer.StatusCode), await answer.Content.ReadAsStringAsync());
        return answer.StatusCode;
    }
}
