using System.Text;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>A person's whole way through the vault, in a real browser against a real server.</summary>
public sealed class VaultPagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
{
    private const string FirstKey = Canary.ProviderKey + "-first";
    private const string SecondKey = Canary.ProviderKey + "-second";

    private FakeProvider _vendor = null!;
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _vendor = await FakeProvider.StartAsync();
        _server = await KeyPassServer.StartAsync(cluster, settings:
            [("KeyPass:Providers:openai:Origin", _vendor.Address), ("KeyPass:Providers:anthropic:Origin", _vendor.Address)]);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Fact]
    public async Task A_person_signs_up_keeps_a_key_comes_back_and_recovers_and_no_secret_ever_leaves_the_browser()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, wire) = (visit.Page, new Wire(visit.Page));
        var masters = await WatchMasterSecretsAsync(page);
        var ana = new Person(page, "ana@example.org", "seven quiet otters paddle home");

        await ana.SignUpAsync();
        var firstCode = ana.RecoveryCode;
        await ana.AddKeyAsync("OpenAI", FirstKey, "work");
        await ana.SeesAsync("is sealed and in your vault, and works.");
        await page.ReloadAsync();
        await ana.SeesAsync("Vault locked");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate the OpenAI key “work”" }).ClickAsync();
        await page.GetByLabel("API key", new() { Exact = true }).FillAsync(SecondKey);
        await ana.PressAsync("Put the new key in its place");
        await ana.UnlockAsync();
        await ana.SeesAsync("is rotated. Revoke the old key at OpenAI now.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rename the OpenAI key “work”" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Name (optional)" }).FillAsync("home");
        await ana.PressAsync("Save the name");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete the OpenAI key “home”" }).ClickAsync();
        await ana.SeesAsync("there is no undo");
        await ana.PressAsync("Delete this key");
        await ana.SeesAsync("Put your first provider key in");
        Assert.Equal("Bearer " + FirstKey, Assert.Single(_vendor.Requests).Headers["Authorization"]);
        await ana.SignOutAsync();
        await ana.SignInAsync();
        await ana.SeesAsync("Vault unlocked");
        await ana.SignOutAsync();
        await ana.RecoverAsync("nine calm herons wade out");
        Assert.NotEqual(firstCode, ana.RecoveryCode);
        await ana.SeesAsync("Vault unlocked");

        Assert.NotEmpty(masters());
        var secrets = new Dictionary<string, byte[]>
        {
            ["password"] = Encoding.UTF8.GetBytes("seven quiet otters paddle home"),
            ["new password"] = Encoding.UTF8.GetBytes(ana.Password),
            ["key"] = Encoding.UTF8.GetBytes(FirstKey),
            ["rotated key"] = Encoding.UTF8.GetBytes(SecondKey),
            ["code"] = Encoding.UTF8.GetBytes(firstCode),
            ["code without dashes"] = Encoding.UTF8.GetBytes(firstCode.Replace("-", "", StringComparison.Ordinal)),
            ["new code"] = Encoding.UTF8.GetBytes(ana.RecoveryCode),
            ["new code without dashes"] = Encoding.UTF8.GetBytes(ana.RecoveryCode.Replace("-", "", StringComparison.Ordinal)),
        };
        foreach (var (master, index) in masters().Select((master, index) => (master, index)))
            secrets[$"master secret {index}"] = master;
        Assert.Empty(await wire.FindAsync(secrets));
        Assert.Empty(await StoredAsync(page));
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData("fetch('/v1/nowhere?a=' + encodeURIComponent(secret))")]
    [InlineData("fetch('/v1/nowhere', { headers: { 'x-b': [...secret].map(c => c.charCodeAt(0).toString(16)).join('') } })")]
    [InlineData("fetch('/v1/nowhere', { method: 'POST', body: JSON.stringify({ secret }) })")]
    [InlineData("fetch('/v1/nowhere', { method: 'POST', body: btoa(secret + 'tail') })")]
    [InlineData("fetch('/v1/nowhere', { method: 'POST', body: btoa('1' + secret + 'tail') })")]
    [InlineData("fetch('/v1/nowhere', { method: 'POST', body: btoa('22' + secret).replaceAll('/', '_') })")]
    public async Task A_secret_that_leaves_the_browser_in_any_spelling_is_found(string leak)
    {
        const string Secret = "seven quiet otters?~?";
        await using var visit = await browser.OpenAsync(_server, "/");
        var wire = new Wire(visit.Page);

        await visit.Page.EvaluateAsync($"async secret => {{ await (await {leak}).text() }}", Secret);

        Assert.NotEmpty(await wire.FindAsync(new Dictionary<string, byte[]> { ["it"] = Encoding.UTF8.GetBytes(Secret) }));
    }

    [Fact]
    public async Task A_page_that_needs_someone_sends_a_visitor_to_sign_in_and_brings_them_back()
    {
        await using var visit = await browser.OpenAsync(_server, "/sign-up");
        var ana = new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        await ana.SignOutAsync();

        await visit.Page.GotoAsync("/settings");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await visit.Page.GetByLabel("E-mail address").FillAsync(ana.Email);
        await visit.Page.GetByLabel("Password", new() { Exact = true }).FillAsync(ana.Password);
        await ana.PressAsync("Sign in");

        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Settings" })).ToBeVisibleAsync();
        Assert.EndsWith("/settings", visit.Page.Url, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https://evil.example/keys")]
    [InlineData("/\\evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/keys/../../evil")]
    public async Task The_way_back_after_signing_in_leads_to_pages_of_ours_only(string next)
    {
        await using var visit = await browser.OpenAsync(_server, "/sign-up");
        var ana = new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();

        await visit.Page.GotoAsync($"/sign-in?next={Uri.EscapeDataString(next)}");

        await visit.Page.IsAtAsync("/home");
        Assert.StartsWith(_server.Address.ToString(), visit.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_open_vault_locks_itself_after_fifteen_minutes_without_use_and_asks_again()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var page = visit.Page;
        await HurryVaultAsync(page, times: 300);
        var ana = new Person(page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();

        await ana.SeesAsync("Locked after 15 minutes without use.");
        await ana.PressAsync("Unlock");
        await ana.UnlockAsync();

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Signing_out_in_one_tab_signs_out_and_locks_the_other()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var ana = new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();
        var other = await visit.Page.Context.NewPageAsync();
        await other.GotoAsync(_server.Address + "keys");
        await Assertions.Expect(other.GetByText("Vault locked")).ToBeVisibleAsync();

        await ana.SignOutAsync();

        await Assertions.Expect(other.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_wrong_password_and_a_pasted_key_of_another_vendor_are_said_in_plain_words()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/auth/login");
        var ana = new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home");
        await ana.SignUpAsync();

        await ana.PressAsync("Add a key");
        await ana.PressAsync("OpenAI");
        await visit.Page.GetByLabel("API key", new() { Exact = true }).FillAsync("sk-ant-CANARY-c3f1");
        await ana.SeesAsync("That begins like a key of Anthropic.");
        await ana.PressAsync("Switch to Anthropic");
        await ana.PressAsync("Seal and add");
        await ana.SeesAsync("The Anthropic key is sealed and in your vault, and works.");
        await ana.SignOutAsync();
        await visit.Page.GetByLabel("E-mail address").FillAsync(ana.Email);
        await visit.Page.GetByLabel("Password", new() { Exact = true }).FillAsync("not this one at all");
        await ana.PressAsync("Sign in");
        await ana.SeesAsync("No account has that address and password.");

        Assert.Empty(visit.Complaints);
    }

    /// <summary>What Argon2id made of each password, taken at the source: the worker's file, with one line of ours in front.</summary>
    private static async Task<Func<IReadOnlyList<byte[]>>> WatchMasterSecretsAsync(IPage page)
    {
        var masters = new List<byte[]>();
        await PutBeforeWorkerAsync(page, "argon", """
            const post = MessagePort.prototype.postMessage;
            MessagePort.prototype.postMessage = function (message, transfer) {
                if (message.secret) new BroadcastChannel('masters').postMessage(btoa(String.fromCharCode(...message.secret)));
                return post.call(this, message, transfer);
            };
            """);
        await page.ExposeFunctionAsync("keepMaster", (string master) =>
        {
            lock (masters)
                masters.Add(Convert.FromBase64String(master));
        });
        await page.AddInitScriptAsync("new BroadcastChannel('masters').onmessage = ({ data }) => keepMaster(data)");
        await page.ReloadAsync();
        return () =>
        {
            lock (masters)
                return [.. masters];
        };
    }

    /// <summary>The clock of the worker that holds the vault goes faster.</summary>
    private static async Task HurryVaultAsync(IPage page, int times)
    {
        await PutBeforeWorkerAsync(page, "vault", $$"""
            const [wait, now] = [setTimeout, Date.now];
            const start = now();
            globalThis.setTimeout = (act, milliseconds) => wait(act, milliseconds / {{times}});
            Date.now = () => start + (now() - start) * {{times}};
            """);
    }

    private static Task PutBeforeWorkerAsync(IPage page, string worker, string script) =>
        page.Context.RouteAsync($"**/assets/{worker}.worker-*.js", async route =>
        {
            var original = await route.FetchAsync();
            var headers = original.Headers.Where(header => header.Key is not ("content-encoding" or "content-length")).ToDictionary();
            await route.FulfillAsync(new() { Status = 200, Headers = headers, Body = $"{{{script}}}\n{await original.TextAsync()}" });
        });

    /// <summary>What a later visitor of this browser could read.</summary>
    private static Task<string[]> StoredAsync(IPage page) => page.EvaluateAsync<string[]>("""
        async () => [
            ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await indexedDB.databases()).map(d => d.name), ...await caches.keys(),
            ...document.cookie.split('; ').filter(c => c !== '__Host-keypass-signed-in=1'),
        ]
        """);
}
