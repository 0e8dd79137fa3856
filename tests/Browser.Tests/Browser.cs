using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(KeyPass.Browser.Tests.Browser))]

namespace KeyPass.Browser.Tests;

/// <summary>Debian's Chromium, once for the run.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        // No test asserts a time: on a busy machine hashing a password takes as long as it takes.
        Assertions.SetDefaultExpectTimeout(30_000);
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            // Chromium's sandbox refuses root; the rest keeps it from calling home.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    public async Task<Visit> OpenAsync(KeyPassServer server, string path, ColorScheme scheme = ColorScheme.Light, int width = 1280)
    {
        var context = await _browser.NewContextAsync(new()
        {
            BaseURL = server.Address.ToString(),
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = 900 },
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        return await Visit.StartAsync(context, path);
    }

    /// <summary>A page of no server of ours: <paramref name="prepare"/> answers for it.</summary>
    public async Task<Visit> OpenAsync(Func<IBrowserContext, Task> prepare, string address, ColorScheme scheme, int width)
    {
        var context = await _browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
        await prepare(context);
        return await Visit.StartAsync(context, address);
    }
}

/// <summary>One person at one page. Whatever the page complains about on the way is kept, and must be nothing.</summary>
public sealed class Visit : IAsyncDisposable
{
    internal static readonly string Axe = File.ReadAllText(Path.Combine(Artifacts.RepositoryRoot, "node_modules", "axe-core", "axe.min.js"));

    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    private Visit(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => Complain($"page error: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !IsExpected(message))
                Complain($"console {message.Type}: {message.Text} ({message.Location})");
        };
    }

    public IPage Page { get; }

    /// <summary>Parts of addresses whose refusal the test provokes: browsers write every 4xx into the console.</summary>
    public ISet<string> Refused { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Errors and warnings of the console, script failures, broken content policy.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
                return [.. _complaints];
        }
    }

    internal static async Task<Visit> StartAsync(IBrowserContext context, string path)
    {
        var visit = new Visit(context, await context.NewPageAsync());
        await visit.Page.GotoAsync(path, new() { WaitUntil = WaitUntilState.NetworkIdle });
        return visit;
    }

    /// <summary>What axe finds wrong for people who use a screen reader, a keyboard, or see less contrast.</summary>
    public async Task<IReadOnlyList<string>> AccessibilityFaultsAsync()
    {
        await Page.EvaluateAsync(Axe);
        return await Page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document)).violations.map(v => `${v.id}: ${v.help} at ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)
            """);
    }

    public Task<bool> ScrollsSidewaysAsync() =>
        Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth");

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private bool IsExpected(IConsoleMessage message) =>
        message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)
        && Refused.Any(part => message.Location.Contains(part, StringComparison.Ordinal));

    private void Complain(string text)
    {
        lock (_complaints)
            _complaints.Add(text);
    }
}
