using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>What a page that has nothing to do with an app can do to its link, with everything but the app's origin in its hands.</summary>
public sealed class LinkStrangersTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private KeyPassServer _server = null!;
    private OtterNotes _notes = null!;
    private FakeProvider _stranger = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _notes = await OtterNotes.StartAsync(_server);
        _stranger = await FakeProvider.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stranger.DisposeAsync();
        await _notes.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task It_can_show_neither_the_frame_nor_the_question_nor_the_apps_own_page_with_them_in_it()
    {
        var link = await _notes.AskAsync(new { origin = _notes.Origin });
        _notes.Serve(link);
        var asked = link.Page.PathAndQuery + link.Page.Fragment;
        await using var visit = await OpenAsync($"""
            <iframe name="frame" src="{Address(asked.Replace("/link/", "/link/shell/", StringComparison.Ordinal))}"></iframe>
            <iframe name="question" src="{Address(asked)}"></iframe>
            <iframe name="app" src="{_notes.Origin}/?link_session_id=any"></iframe>
            """);

        // The app's page opens its frame by itself, and there it is one level down.
        await Assertions.Expect(visit.Page.FrameLocator("[name=app]").Locator("iframe")).ToHaveCountAsync(1);
        await Assertions.Expect(visit.Page.FrameLocator("[name=app]").FrameLocator("iframe").Locator("body")).Not.ToContainTextAsync("Continue securely");
        foreach (var name in new[] { "frame", "question" })
        {
            Assert.StartsWith("chrome-error:", visit.Page.Frame(name)!.Url);
            Assert.DoesNotContain("Otter Notes", await visit.Page.Frame(name)!.ContentAsync(), StringComparison.Ordinal);
        }
        // The one inside the app's page may come late.
        for (var left = 300; left > 0 && Refused() < 3; left--)
            await Task.Delay(100);
        Assert.Equal(3, Refused());
        Assert.Equal("created", (await _notes.SessionAsync(link)).GetProperty("status").GetString());

        int Refused() => visit.Complaints.Count(text => text.Contains("frame-ancestors", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_it_says_to_the_page_and_to_the_frame_is_heard_by_nobody()
    {
        var link = await _notes.AskAsync(new { origin = _notes.Origin });
        _notes.Serve(link);
        await using var visit = await OpenAsync($$"""
            <button>Open</button>
            <script>
              window.sent = 0;
              const forged = [
                { name: 'success', publicToken: 'kp_pt_forged', metadata: {} }, { name: 'exit', error: { code: 'forged' }, metadata: {} }, { name: 'redirect' },
                { keypass: 'shell', nonce: '1', linkToken: '{{link.Token}}' }, null,
              ];
              document.querySelector('button').onclick = () => {
                const page = window.open('{{_notes.Origin}}/');
                setInterval(() => {
                  for (const target of [page, ...Array.from({ length: page.length }, (_, at) => page[at])]) {
                    for (const said of forged) target.postMessage(said, '*', [new MessageChannel().port2]);
                    window.sent += target === page ? 0 : 1;
                  }
                }, 5);
              };
            </script>
            """);
        var page = await visit.Page.Context.RunAndWaitForPageAsync(() => visit.Page.ClickAsync("button"));
        await page.ClickAsync("button");
        var frame = page.FrameLocator("iframe");
        await frame.GetByText("Continue securely").WaitForAsync();
        var before = await visit.Page.EvaluateAsync<int>("() => window.sent");
        await visit.Page.WaitForFunctionAsync("before => window.sent > before + 50", before);

        // It has heard its own page and nobody else: it still says what the person does.
        Assert.Equal("", await page.Locator("output").InnerTextAsync());
        await frame.GetByText("Not now").ClickAsync();
        await Assertions.Expect(page.Locator("output")).ToHaveTextAsync("exit null\n");
    }

    private Task<Visit> OpenAsync(string body)
    {
        _stranger.Answer = context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync($"""<!doctype html><html lang="en"><title>Elsewhere</title><link rel="icon" href="data:,">{body}</html>""");
        };
        return browser.OpenAsync(_ => Task.CompletedTask, OtterNotes.OriginOf(_stranger) + "/", ColorScheme.Light, 1280);
    }

    private string Address(string path) => _server.Address.GetLeftPart(UriPartial.Authority) + path;
}
