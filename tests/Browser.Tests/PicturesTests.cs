using System.Net.Http.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>The README's pictures, taken by <c>eng/pictures</c> and by nobody else.</summary>
public sealed class PicturesTests(TestCluster cluster, Browser browser)
{
    private const string Email = "ana@example.org";
    private const string Password = "seven quiet otters paddle home";

    [Fact]
    public async Task The_pictures_show_a_month_of_a_small_team()
    {
        var folder = Environment.GetEnvironmentVariable("KEYPASS_PICTURES");
        Assert.SkipWhen(folder is null, "eng/pictures takes them");
        Directory.CreateDirectory(folder);
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        var link = await FillAsync(server);

        foreach (var (scheme, suffix) in new[] { (ColorScheme.Light, ""), (ColorScheme.Dark, "-dark") })
        {
            await using var visit = await browser.OpenAsync(server, "/sign-in", scheme, 1180);
            var ana = new Person(visit.Page, Email, Password);
            await ana.SignInManagedAsync();
            await ana.GoToAsync("Home");
            await ana.SeesAsync("Newest calls");
            await TakeAsync(visit.Page, "home" + suffix);
            await visit.Page.GotoAsync("/usage?range=month&by=model");
            await ana.SeesAsync("Together");
            await TakeAsync(visit.Page, "usage" + suffix);
            await visit.Page.GotoAsync(link.Page.PathAndQuery + link.Page.Fragment);
            await ana.SeesAsync("Otter Notes asks to use your AI keys");
            await visit.Page.SetViewportSizeAsync(640, 900);
            await TakeAsync(visit.Page, "consent" + suffix);
        }

        Task TakeAsync(IPage page, string name) =>
            page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), Animations = ScreenshotAnimations.Disabled });
    }

    private static async Task<TestLink> FillAsync(KeyPassServer server)
    {
        var account = await TestApp.DataAsync(await server.Client.PostAsJsonAsync("/v1/auth/register", new { email = Email, password = Password }));
        using var ana = TestVault.Presenting(server, account.GetProperty("sessionToken").GetString()!);
        await ana.PatchAsJsonAsync("/v1/account", new { budget = new { limitCents = 40_000, period = "monthly" } });
        var held = new List<string>();
        foreach (var (provider, label) in new[] { ("openai", "work"), ("anthropic", "work") })
        {
            var key = await TestApp.DataAsync(await ana.PostAsJsonAsync("/v1/keys", new { provider, label, apiKey = TestVault.NewSecret() }));
            held.Add(key.GetProperty("id").GetString()!);
        }
        foreach (var (name, limitCents) in new[] { ("Support bot", 9_000), ("Nightly report", 5_000), ("Evaluations", 12_000) })
        {
            using var made = await ana.PostAsJsonAsync(
                "/v1/virtual-keys", new { name, providerKeyIds = held, budget = new { limitCents, period = "monthly" } });
            Assert.True(made.IsSuccessStatusCode);
        }
        await server.ExecuteAsync(Calls);
        await server.ExecuteAsync(Spent);
        var app = await TestApp.RegisterAsync(ana, new { homepage = "https://otter.example", origins = new[] { "https://otter.example" } });
        return await app.AskAsync(ana, new
        {
            reason = "To summarise the notes that you open.", budgetSuggestionCents = 1000, requestedProviders = new[] { "openai", "anthropic" },
            models = new[] { "gpt-5-mini", "claude-sonnet-4-5" },
        });
    }

    /// <summary>In the budgets of all of them, as if they had been made here.</summary>
    private const string Spent = """
        INSERT INTO budget_windows (budget_id, epoch, starts_at, ends_at, limit_nano_usd, granted)
        SELECT b.id, 1, date_trunc('month', now(), 'UTC'), date_trunc('month', now(), 'UTC') + interval '1 month', b.limit_nano_usd, sum(r.cost_nano_usd)
        FROM budgets b JOIN receipts r ON r.account_id = b.account_id AND (b.owner = 'account' OR r.grant_id = b.owner_id) GROUP BY b.id;
        INSERT INTO leases (budget_id, epoch, incarnation, amount, settled, unaccounted, state)
        SELECT budget_id, epoch, gen_random_uuid(), granted, granted, 0, 'closed' FROM budget_windows
        """;

    /// <summary>Of each of the month's days until now a few hundred calls, more on working days.</summary>
    private const string Calls = """
        INSERT INTO receipts (day, id, at, account_id, grant_id, credential_id, is_test, tags, provider, operation, model, status, exactness,
            cost_nano_usd, input_tokens, output_tokens, is_stream, hung_up, attempts, latency_ms, provider_ms)
        SELECT (at AT TIME ZONE 'UTC')::date, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
                || '8' || substr(md5(n::text), 4, 15))::uuid,
            at, k.account_id, k.ids[1 + n % 3], gen_random_uuid(), false, '{}', m.provider, 'chat', m.model, CASE WHEN n % 61 = 0 THEN 429 ELSE 200 END,
            'exact', m.cost * (400 + n * 37 % 900), 700 + n * 31 % 2400, 120 + n * 17 % 700, n % 2 = 0, false, 1, 900 + n % 1100, 880 + n % 1100
        FROM (SELECT n, now() - interval '40 seconds' - n * (now() - date_trunc('month', now(), 'UTC') - interval '1 minute') / 6000 AS at
            FROM generate_series(0, 5999) AS n) AS calls,
            (SELECT account_id, array_agg(grant_id) AS ids FROM virtual_keys GROUP BY account_id) AS k,
            LATERAL (SELECT * FROM (VALUES (0, 'openai', 'gpt-5-mini', 9000), (1, 'anthropic', 'claude-sonnet-4-5', 60000), (2, 'openai', 'gpt-5', 40000),
                (3, 'openai', 'gpt-5-mini', 9000)) AS v (place, provider, model, cost) WHERE place = n * 7 % 4) AS m
        WHERE extract(isodow FROM at) < 6 OR n % 4 = 0
        """;
}
