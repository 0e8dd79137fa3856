using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Somebody moves a program here: what changes in it, and whether the virtual key for it works.</summary>
public sealed class MigratePagesTests(TestCluster cluster, Browser browser) : IAsyncLifetime
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
    public async Task A_pasted_key_is_checked_line_by_line_and_a_call_is_made_when_it_is_asked_for()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        visit.Refused.Add("/v1/quote");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        var credential = await MakeKeyAsync(page, ana, new { provider = "sandbox" }, test: true);
        await page.GetByRole(AriaRole.Link, new() { Name = "Migrate a program" }).ClickAsync();
        await page.IsAtAsync("/migrate");
        await page.GetByLabel("In", new() { Exact = true }).SelectOptionAsync("fetch");
        await Assertions.Expect(page.Locator(".diff ins").First).ToContainTextAsync($"fetch('{_server.Address}v1/chat/completions'");
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy the prompt" }).ClickAsync();
        Assert.Contains($"- Anthropic, and LangChain's ChatAnthropic: {_server.Address.GetLeftPart(UriPartial.Authority)}\n",
            await page.EvaluateAsync<string>("() => navigator.clipboard.readText()"), StringComparison.Ordinal);

        var wire = new Wire(page);
        await page.GetByLabel("Virtual key", new() { Exact = true }).FillAsync(credential + " ");
        await page.Keyboard.PressAsync("Enter");
        await ana.SeesAsync("It works: calls of the kind Chat completions, Responses, Messages and Embeddings go through.");
        await ana.SeesAsync("There was a space or a line break around it");
        await ana.SeesAsync("Test mode");
        Assert.Equal(0, await ReceiptsAsync(page));
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Make this call, for ") }).ClickAsync();
        await ana.SeesAsync("It went through.");
        while (await ReceiptsAsync(page) == 0)
            await Task.Delay(100);
        Assert.DoesNotContain(await wire.AllAsync(), said => said.Split('\n')[0].Contains("km_test_", StringComparison.Ordinal));
        Assert.Equal(0, await page.EvaluateAsync<int>("() => localStorage.length + sessionStorage.length"));
        await page.GetByRole(AriaRole.Link, new() { Name = "See the receipt" }).ClickAsync();
        await ana.SeesAsync("Output tokens");
        await page.GoBackAsync();
        await Assertions.Expect(page.GetByLabel("Virtual key", new() { Exact = true })).ToHaveValueAsync("");

        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task What_is_no_virtual_key_is_sent_nowhere()
    {
        await using var visit = await browser.OpenAsync(_server, "/");
        var (page, ana) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"));
        await ana.SignUpManagedAsync();
        await page.GotoAsync("/migrate", new() { WaitUntil = WaitUntilState.NetworkIdle });
        var wire = new Wire(page);

        foreach (var (pasted, told) in new[]
        {
            (Canary.ProviderKey, "It was sent nowhere"), ("km_live_cut", "It is cut off: 11 characters of 57."), ("", "Paste a virtual key first."),
        })
        {
            await page.GetByLabel("Virtual key", new() { Exact = true }).FillAsync(pasted);
            await ana.PressAsync("Check the key");
            await ana.SeesAsync(told);
        }

        Assert.Empty(await wire.AllAsync());
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Every_state_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visit = await browser.OpenAsync(_server, "/", scheme, width);
        foreach (var refused in new[] { "/v1/quote", "/v1/key", "/v1/chat/completions" })
            visit.Refused.Add(refused);
        var (page, ana, look) = (visit.Page, new Person(visit.Page, "ana@example.org", "seven quiet otters paddle home"), new Look(visit));
        var credential = await MakeKeyAsync(page, ana, new { provider = "openai", apiKey = Canary.ProviderKey }, test: false);
        await page.GotoAsync("/migrate");
        await ana.SeesAsync("What changes");
        await look.AtAsync("migrate");
        foreach (var way in new[] { "openai-dotnet", "cursor" })
        {
            await page.GetByLabel("In", new() { Exact = true }).SelectOptionAsync(way);
            await look.AtAsync(way);
        }
        await CheckAsync(page, ana, "sk-proj-abc", "It was sent nowhere");
        await look.AtAsync("a provider's own key");
        await CheckAsync(page, ana, credential, "It works: calls of the kind");
        await look.AtAsync("it works");
        _vendor.Status = 429;
        _vendor.Answer = context =>
        {
            context.Response.ContentType = "application/json";
            return Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response,
                """{"error":{"code":"insufficient_quota","message":"You exceeded your current quota."}}""");
        };
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Make this call, for ") }).ClickAsync();
        await ana.SeesAsync("The account at the provider has no money left.");
        await look.AtAsync("the call failed");
        await page.EvaluateAsync("""
            async () => {
              const [row] = (await (await fetch('/v1/virtual-keys')).json()).data.items;
              await fetch(`/v1/virtual-keys/${row.id}/disable`, { method: 'POST' });
            }
            """);
        await CheckAsync(page, ana, credential, "No: calls with this key are refused.");
        await ana.SeesAsync("This key is disabled");
        await look.AtAsync("disabled");

        Assert.Empty(look.Faults);
        Assert.Empty(visit.Complaints);
    }

    private static async Task CheckAsync(IPage page, Person ana, string pasted, string told)
    {
        await page.GetByLabel("Virtual key", new() { Exact = true }).FillAsync(pasted);
        await ana.PressAsync("Check the key");
        await ana.SeesAsync(told);
    }

    private static async Task<string> MakeKeyAsync(IPage page, Person ana, object providerKey, bool test)
    {
        await ana.SignUpManagedAsync();
        await page.EvaluateAsync(
            "body => fetch('/v1/keys', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })", providerKey);
        await page.GotoAsync("/virtual-keys");
        await ana.PressAsync("Make a virtual key");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("support bot");
        if (test)
            await page.GetByRole(AriaRole.Radio, new() { NameRegex = new("^Test") }).CheckAsync();
        await ana.PressAsync("Make the key");
        var credential = await page.GetByLabel("Virtual key", new() { Exact = true }).TextContentAsync();
        await ana.PressAsync("I have kept it");
        return credential!;
    }

    private static Task<int> ReceiptsAsync(IPage page) =>
        page.EvaluateAsync<int>("async () => (await (await fetch('/v1/logs?mode=test')).json()).data.items.length");
}
