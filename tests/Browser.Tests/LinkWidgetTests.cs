using System.Text.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>
/// The built script and the built frame in a real browser, in an app's page with the strictest policy. The server and the consent window are
/// played: what counts here is what two origins, a frame, a window and their policies let through.
/// </summary>
public sealed class LinkWidgetTests(Browser browser)
{
    private const string App = "https://notes.example";
    private const string KeyPass = "https://keypass.example";
    private const string LinkToken = "kp_lt_TwpXSUfKT5J1v62WrjrsSMo5IHgvEml2Xby9gCSVPZe3F09hK";
    private const string Hash = "AI-K7vf9oPeUoCTxdZzUhg";
    private const string PublicToken = "kp_pt_t37cQJ0Brri7dHYBzbxPRuesJsKcZnUXaEuVHpPiFNW023OOz";
    private const string SessionId = "0190a0b0c0d07000800000000000ab01";

    private readonly TaskCompletionSource<string> _relayed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 320)]
    public async Task The_frame_says_who_asks_for_what_and_gives_the_page_back_on_Escape(ColorScheme scheme, int width)
    {
        await using var visit = await OpenAsync(scheme, width);
        await visit.Page.ClickAsync("button");
        await Assertions.Expect(Frame(visit).GetByText("$10.00 a month")).ToBeVisibleAsync();
        var inside = visit.Page.Frames[1];
        await inside.EvaluateAsync(Visit.Axe);
        Assert.Empty(await inside.EvaluateAsync<string[]>("async () => (await axe.run(document)).violations.map(v => v.id)"));
        Assert.False(await inside.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"));
        for (var tab = 0; tab < 6; tab++)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
            Assert.NotEqual("BUTTON", await visit.Page.EvaluateAsync<string>("() => document.activeElement.tagName"));
        }
        Assert.Equal("hidden", await visit.Page.EvaluateAsync<string>("() => document.documentElement.style.overflow"));

        await Frame(visit).GetByText("Not now").FocusAsync();
        await visit.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(visit.Page.Locator("output")).ToContainTextAsync("exit null");
        Assert.Equal(
            ["BUTTON", "", "0"],
            await visit.Page.EvaluateAsync<string[]>(
                "() => [document.activeElement.tagName, document.documentElement.style.overflow, String(document.querySelectorAll('dialog').length)]"));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task What_the_consent_window_leaves_arrives_once()
    {
        await using var visit = await OpenAsync();
        await visit.Page.ClickAsync("button");
        var window = await OtterNotes.ContinueAsync(visit.Page);
        Assert.Equal($"{KeyPass}/link/{Hash}#{LinkToken}&window", window.Url);
        await Assertions.Expect(visit.Page.Locator("output")).ToContainTextAsync($"success {PublicToken}");
        await Assertions.Expect(visit.Page.Locator("dialog")).ToHaveCountAsync(0);
        Assert.Single((await visit.Page.Locator("output").InnerTextAsync()).Split("success")[1..]);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Where_no_window_can_be_opened_the_page_goes_there_itself()
    {
        await using var visit = await OpenAsync();
        await visit.Page.Context.AddInitScriptAsync("window.open = () => null");
        await visit.Page.ReloadAsync();
        await visit.Page.ClickAsync("button");
        await Frame(visit).GetByText("Continue securely").ClickAsync();
        await Frame(visit).GetByText("Continue on this page").ClickAsync();
        await visit.Page.IsAtAsync($"/link/{Hash}#{LinkToken}");

        // Back in the app, the same link token goes on where it was.
        await _relayed.Task;
        await visit.Page.GotoAsync($"{App}/");
        await visit.Page.ClickAsync("button");
        await Assertions.Expect(visit.Page.Locator("output")).ToContainTextAsync($"success {PublicToken}");
    }

    private static IFrameLocator Frame(Visit visit) => visit.Page.FrameLocator("iframe");

    private static string Built(string path) => File.ReadAllText(Path.Combine(Artifacts.RepositoryRoot, path));

    private Task<Visit> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280) => browser.OpenAsync(
        context => context.RouteAsync("**/*", AnswerAsync), $"{App}/", scheme, width);

    private async Task AnswerAsync(IRoute route)
    {
        var url = new Uri(route.Request.Url);
        if (url.GetLeftPart(UriPartial.Authority) == App)
            await AnswerAsAppAsync(route, url.AbsolutePath);
        else if (url.AbsolutePath.StartsWith("/v1/", StringComparison.Ordinal))
            await AnswerAsServerAsync(route, url.AbsolutePath);
        else if (url.AbsolutePath == $"/link/{Hash}")
            await SayAsync(route, "text/html", ConsentPage, ("Cross-Origin-Opener-Policy", "same-origin"));
        else if (url.AbsolutePath == $"/link/shell/{Hash}")
            await SayAsync(route, "text/html", Built("src/Server/wwwroot/link-shell.html"), ("Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                + $"require-trusted-types-for 'script'; frame-ancestors {App}"));
        else
        {
            var type = url.AbsolutePath.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/javascript";
            await SayAsync(route, type, Built($"src/Server/wwwroot{url.AbsolutePath}"));
        }
    }

    private static Task AnswerAsAppAsync(IRoute route, string path)
    {
        if (path == "/sdk.js")
            return SayAsync(route, "text/javascript", Built("src/LinkWidget/dist/link-sdk.script.js"));
        if (path == "/app.js")
        {
            return SayAsync(route, "text/javascript", $$"""
                const say = (...words) => document.querySelector('output').append(words.map(String).join(' ') + '\n');
                const handler = KeyPass.create({
                  token: '{{LinkToken}}', apiBaseUrl: '{{KeyPass}}',
                  onSuccess: ({ publicToken }) => say('success', publicToken), onExit: (error) => say('exit', error && error.code),
                });
                document.querySelector('button').onclick = () => handler.open();
                """);
        }
        var sri = JsonDocument.Parse(Built("src/LinkWidget/dist/sri.json")).RootElement.GetProperty("integrity").GetString();
        return SayAsync(
            route, "text/html",
            $"""
            <!doctype html><html lang="en"><title>Notes</title><link rel="icon" href="data:,"><button>Connect</button><output></output>
            <script src="/sdk.js" integrity="{sri}"></script><script src="/app.js"></script></html>
            """,
            ("Content-Security-Policy", $"default-src 'none'; script-src 'self'; img-src data:; frame-src {KeyPass}; require-trusted-types-for 'script'"));
    }

    private async Task AnswerAsServerAsync(IRoute route, string path)
    {
        switch (path)
        {
            case "/v1/link/session":
                await SayAsync(route, "application/json", $$"""
                    {"success":true,"data":{"linkSessionId":"{{SessionId}}","status":"{{(_relayed.Task.IsCompleted ? "approved" : "opened")}}",
                    "app":{"name":"Notes","logo":null,"homepage":null,"domain":null,"mode":"live"},"providerNames":["OpenAI","Anthropic"],
                    "models":null,"budgetSuggestionCents":1000,"period":"monthly","reason":"To summarise your notes.","origin":"{{App}}","isUpdate":false} }
                    """);
                break;
            case "/v1/link/relay" when route.Request.Method == "PUT":
                _relayed.TrySetResult(route.Request.PostData!);
                await SayAsync(route, "application/json", """{"success":true,"data":{}}""");
                break;
            case "/v1/link/relay":
                await SayAsync(route, "application/json", $$"""{"success":true,"data":{"envelope":"{{await _relayed.Task}}"} }""");
                break;
            default:
                await _relayed.Task;
                await SayAsync(route, "text/event-stream", "event: link\ndata: {\"name\":\"approved\",\"at\":\"2026-11-21T18:00:00Z\"}\n\n");
                break;
        }
    }

    private const string ConsentPage = $$"""
        <!doctype html><html lang="en"><title>Consent</title><link rel="icon" href="data:,"><h1>Consent</h1><script type="module">
        const text = (letters) => new TextEncoder().encode(letters);
        const session = Uint8Array.from('{{SessionId}}'.match(/../g), (pair) => parseInt(pair, 16));
        const material = await crypto.subtle.importKey('raw', text('{{LinkToken}}'), 'HKDF', false, ['deriveKey']);
        const how = { name: 'HKDF', hash: 'SHA-256', salt: text('KeyPass/v1/relay'), info: session };
        const cipher = await crypto.subtle.deriveKey(how, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, cipher, text('{{PublicToken}}'));
        const bytes = String.fromCharCode(...iv, ...new Uint8Array(sealed));
        await fetch('/v1/link/relay', { method: 'PUT', body: btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') });
        </script></html>
        """;

    private static Task SayAsync(IRoute route, string type, string body, (string Name, string Value)? header = null)
    {
        var headers = new Dictionary<string, string> { ["Content-Type"] = type };
        if (header is { } given)
            headers[given.Name] = given.Value;
        return route.FulfillAsync(new() { Status = 200, Headers = headers, Body = body });
    }
}
