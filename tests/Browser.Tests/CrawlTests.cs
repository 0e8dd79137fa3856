using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>
/// Every control of every page of the vault, pressed once on a page that has something of everything: each does something that can be seen, and
/// none ends in an error. Links are asked for by their address.
/// </summary>
public sealed class CrawlTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private const string Email = "ana@example.org";
    private const string Password = "seven quiet otters paddle home";

    /// <summary>Takes the session away that the others need; tried by SettingsTests.</summary>
    private static readonly string[] Left = ["Sign out"];

    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_control_does_something_and_none_ends_in_an_error()
    {
        var (app, receipt, connection) = await FillAsync();
        await using var visit = await browser.OpenAsync(_server, "/sign-in");
        var (page, ana) = (visit.Page, new Person(visit.Page, Email, Password));
        await ana.SignInManagedAsync();
        var (faults, pressed, refused, links) = (new List<string>(), 0, new List<string>(), new HashSet<string>());
        page.Response += (_, answer) =>
        {
            if (answer.Status is 403 or 404 or >= 500)
                refused.Add($"{answer.Status} {answer.Request.Method} {new Uri(answer.Url).AbsolutePath}");
        };
        var choosesFile = false;
        page.FileChooser += (_, _) => choosesFile = true;

        string[] places =
        [
            "/home", "/keys", "/keys/approvals", "/virtual-keys", "/connections", "/connections/" + connection, "/usage", "/logs", "/logs/" + receipt, "/apps",
            "/apps/" + app, "/migrate", "/settings", "/settings/security", "/settings/tokens", "/settings/audit", "/settings/invites",
        ];
        // The short run presses those of every third page.
        foreach (var place in places.Where((_, number) => number % Rounds.Of(3, inLongRuns: 1) == 0))
        {
            await GoAsync(page, place);
            links.UnionWith(await page.EvaluateAsync<string[]>(
                "() => [...document.querySelectorAll('a[href]')].filter(a => a.origin === location.origin).map(a => a.pathname + a.search)"));
            var names = await ControlsAsync(page);
            for (var at = 0; at < names.Count; at++)
            {
                if (Left.Contains(names[at]))
                    continue;
                if (at > 0)
                    await GoAsync(page, place);
                choosesFile = false;
                var before = await SightAsync(page);
                if (!await PressAsync(page, at))
                    continue;
                pressed++;
                if (!await ChangesAsync(page, before) && !choosesFile)
                    faults.Add($"{place}: “{names[at]}” does nothing");
                faults.AddRange(refused.Select(one => $"{place}: “{names[at]}” ends in {one}"));
                refused.Clear();
            }
        }
        foreach (var link in links)
        {
            var answer = await page.APIRequest.GetAsync(_server.Address.GetLeftPart(UriPartial.Authority) + link);
            if (!answer.Ok)
                faults.Add($"the link {link} answers {answer.Status}");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Empty(visit.Complaints);
        Assert.True(pressed > Rounds.Of(15, inLongRuns: 60), $"only {pressed} controls were found");
    }

    /// <summary>One of everything: a key, a virtual key, an app of one's own, a connection to it, and a call.</summary>
    private async Task<(string App, string Receipt, string Connection)> FillAsync()
    {
        using var client = _server.NewClient();
        var account = await TestApp.DataAsync(await client.PostAsJsonAsync("/v1/auth/register", new { email = Email, password = Password }));
        using var ana = TestVault.Presenting(_server, account.GetProperty("sessionToken").GetString()!);
        var held = Text(await TestApp.DataAsync(await ana.PostAsJsonAsync("/v1/keys", new { provider = "sandbox", label = "try it" })), "id");
        var budget = new { limitCents = 500, period = "monthly" };
        var made = await TestApp.DataAsync(await ana.PostAsJsonAsync(
            "/v1/virtual-keys", new { name = "support bot", mode = "test", providerKeyIds = new[] { held }, budget, tags = new[] { "team" } }));
        var app = await TestApp.RegisterAsync(ana, new { mode = "test", origins = new[] { "https://notes.example" } });
        var link = await app.AskAsync(ana, new { requestedProviders = new[] { "openai" } });
        var version = (await link.ConsentAsync(ana)).GetProperty("version").GetInt32();
        var body = new { linkToken = link.Token, version, decision = "approve", keyIds = new[] { held } };
        var approved = await TestApp.DataAsync(await ana.PostAsJsonAsync("/v1/link/authorize", body));
        var connection = Text(await app.ExchangeAsync(ana, Text(approved, "publicToken")), "connectionId");
        using var caller = TestVault.Presenting(_server, Text(made, "virtualKey"));
        using var answer = await GatewayRun.SendAsync(
            caller, "/v1/chat/completions", """{"model":"sandbox-ok","messages":[{"role":"user","content":"Say hello"}]}""");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (app.Id, Assert.Single(answer.Headers.GetValues("x-keypass-request-id")), connection);
    }

    private static string Text(JsonElement data, string member) => data.GetProperty(member).GetString()!;

    /// <summary>Once what the page loads is there and nothing moves any more.</summary>
    private static async Task GoAsync(IPage page, string place)
    {
        await page.GotoAsync(place, new() { WaitUntil = WaitUntilState.DOMContentLoaded });
        await page.EvaluateAsync("""
            () => new Promise(resolve => {
                let quiet;
                const rests = () => {
                    clearTimeout(quiet);
                    quiet = setTimeout(() => {
                        if (!document.querySelector('h1') || document.querySelector('[aria-label="Loading"]')) return rests();
                        moves.disconnect();
                        resolve();
                    }, 250);
                };
                const moves = new MutationObserver(rests);
                moves.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
                rests();
            })
            """);
    }

    private const string Controls = """
        const controls = [...document.querySelectorAll('main button, main summary, dialog[open] button, header button, nav button')]
            .filter(one => one.checkVisibility() && !one.disabled && one.getAttribute('aria-disabled') !== 'true');
        """;

    private static async Task<IReadOnlyList<string>> ControlsAsync(IPage page) => await page.EvaluateAsync<string[]>(
        $"() => {{ {Controls} return controls.map(one => (one.getAttribute('aria-label') ?? one.textContent).trim()); }}");

    private static async Task<bool> PressAsync(IPage page, int at)
    {
        var control = await page.EvaluateHandleAsync($"at => {{ {Controls} return controls[at]; }}", at);
        if (control is not IElementHandle there)
            return false; // of what is shown once
        await there.ClickAsync();
        return true;
    }

    /// <summary>All that a person could see change: the address, what stands there, what is chosen, and where the focus is.</summary>
    private static Task<string> SightAsync(IPage page) => page.EvaluateAsync<string>("""
        () => location.href + document.body.innerHTML + [...document.querySelectorAll('input, select, textarea')].map(one => one.value + one.checked)
            + [...document.querySelectorAll('dialog, details')].map(one => one.open)
            + [...document.querySelectorAll('[popover]')].map(one => one.matches(':popover-open'))
        """);

    private static async Task<bool> ChangesAsync(IPage page, string before)
    {
        for (var left = 40; left > 0; left--)
        {
            try
            {
                if (await SightAsync(page) != before)
                    return true;
            }
            catch (PlaywrightException)
            {
                return true; // the page was left in this moment
            }
            await Task.Delay(100);
        }
        return false;
    }
}
