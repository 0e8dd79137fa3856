using System.Text.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Somebody else's app beside the server: a page of its own with the strictest policy and the built SDK in it, and the server behind that.</summary>
internal sealed class OtterNotes : IAsyncDisposable
{
    private readonly KeyPassServer _server;
    private readonly FakeProvider _site;
    private readonly HttpClient _developer;
    private readonly TestApp _app;

    private OtterNotes(KeyPassServer server, FakeProvider site, HttpClient developer, TestApp app) =>
        (_server, _site, _developer, _app) = (server, site, developer, app);

    public string Origin => OriginOf(_site);

    public static async Task<OtterNotes> StartAsync(KeyPassServer server)
    {
        var site = await FakeProvider.StartAsync();
        var developer = await server.AsAsync("developer");
        var app = await TestApp.RegisterAsync(developer, new { origins = new[] { OriginOf(site) }, redirectUris = new[] { OriginOf(site) + "/back" } });
        return new OtterNotes(server, site, developer, app);
    }

    public async ValueTask DisposeAsync()
    {
        _developer.Dispose();
        await _site.DisposeAsync();
    }

    public Task<TestLink> AskAsync(object ask) => _app.AskAsync(_developer, ask);

    public Task<JsonElement> SessionAsync(TestLink link) => _app.GetAsync(_developer, $"/v1/link/sessions/{link.Id}");

    /// <summary>What the app's server gets for what came to its page.</summary>
    public async Task<JsonElement> ExchangeAsync(Visit visit) => await _app.ExchangeAsync(_developer, await PublicTokenAsync(visit));

    public static async Task<string> PublicTokenAsync(Visit visit)
    {
        await Assertions.Expect(visit.Page.Locator("output")).ToContainTextAsync("success kp_pt_", new() { Timeout = 60_000 });
        return (await visit.Page.Locator("output").InnerTextAsync()).Split("success ")[1].Split('\n')[0].Trim();
    }

    /// <summary>Through the frame in an app's page, to the window of KeyPass.</summary>
    public static Task<IPage> ContinueAsync(IPage page) =>
        page.Context.RunAndWaitForPageAsync(() => page.FrameLocator("iframe").GetByText("Continue securely").ClickAsync());

    /// <param name="isolated">Whether the page is cut off from the windows that open from it.</param>
    public Task<Visit> OpenAsync(Browser browser, TestLink link, bool isolated = false)
    {
        Serve(link, isolated);
        return browser.OpenAsync(_ => Task.CompletedTask, $"{Origin}/", ColorScheme.Light, 1280);
    }

    public void Serve(TestLink link, bool isolated = false)
    {
        var keyPass = _server.Address.GetLeftPart(UriPartial.Authority);
        _site.Answer = async context =>
        {
            var (type, body) = context.Request.Path.Value switch
            {
                "/sdk.js" => ("text/javascript", await File.ReadAllTextAsync(
                    Path.Combine(Artifacts.RepositoryRoot, "src/LinkWidget/dist/link-sdk.script.js"))),
                "/app.js" => ("text/javascript", $$"""
                    const say = (...words) => document.querySelector('output').append(words.map(String).join(' ') + '\n');
                    const handler = KeyPass.create({
                      token: '{{link.Token}}', apiBaseUrl: '{{keyPass}}',
                      onSuccess: ({ publicToken }) => say('success', publicToken), onExit: (error) => say('exit', error && error.code),
                    });
                    document.querySelector('button').onclick = () => handler.open();
                    if (location.search.includes('link_session_id=')) handler.open();
                    """),
                _ => ("text/html", """
                    <!doctype html><html lang="en"><title>Notes</title><link rel="icon" href="data:,"><button>Connect</button><output></output>
                    <script src="/sdk.js"></script><script src="/app.js"></script></html>
                    """),
            };
            context.Response.ContentType = type;
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self'; img-src data:; frame-src {keyPass}; require-trusted-types-for 'script'";
            if (isolated)
                context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
            await context.Response.WriteAsync(body);
        };
    }

    /// <summary>Another site than KeyPass's, which is at an address; and on this machine too, since browsers keep pages of elsewhere from it.</summary>
    internal static string OriginOf(FakeProvider site) => $"http://localhost:{new Uri(site.Address).Port}";
}
