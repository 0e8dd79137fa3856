using System.Collections.Frozen;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Link;

/// <summary>How an account is connected to an app: asked, shown, decided.</summary>
public sealed class LinkTests(TestCluster cluster)
{
    [Fact]
    public async Task A_person_approves_and_the_apps_server_calls_with_a_key_it_never_sees()
    {
        await using var run = await LinkRun.StartAsync(cluster, new { origins = new[] { "https://otter.example" } });
        var link = await run.App.AskAsync(run.Ana, new { clientUserId = "user-7", origin = "https://otter.example", reason = "to write your notes" });
        var shown = await TestApp.DataAsync(await TestVault.Presenting(run.Server, link.Token).GetAsync("/v1/link/session"));

        var (approved, publicToken) = await link.ApproveAsync(run.Ana, run.Vault, more: null, run.Held);
        var made = await run.App.ExchangeAsync(run.Ana, publicToken);
        using var answer = await run.CallAsync(made.GetProperty("accessToken").GetString()!);

        Assert.Equal(("Otter Notes", "to write your notes", 500), (shown.GetProperty("app").GetProperty("name").GetString(),
            shown.GetProperty("reason").GetString(), shown.GetProperty("budgetSuggestionCents").GetInt32()));
        Assert.Equal(JsonValueKind.Null, approved.GetProperty("publicToken").ValueKind);
        Assert.Equal(approved.GetProperty("connectionId").GetString(), made.GetProperty("connectionId").GetString());
        Assert.Equal((link.Id, "user-7"), (made.GetProperty("linkSessionId").GetString(), made.GetProperty("clientUserId").GetString()));
        Assert.Equal((500, "monthly"), (made.GetProperty("budget").GetProperty("limitCents").GetInt32(),
            made.GetProperty("budget").GetProperty("period").GetString()));
        Assert.Equal(Calls.Said, await answer.Content.ReadAsStringAsync());
        Assert.Equal("Bearer " + run.Held.Text, run.Gateway.Provider.Requests.Last().Headers["Authorization"]);

        var after = await run.SessionAsync(link);
        Assert.Equal(("exchanged", "approved"), (after.GetProperty("status").GetString(), after.GetProperty("outcome").GetString()));
        Assert.Equal(["created", "opened", "authenticated", "key_ready", "consent_shown", "approved", "exchanged"], NamesOf(after));
    }

    [Fact]
    public async Task The_link_token_is_in_no_address_and_what_stands_there_names_it()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var link = await run.App.AskAsync(run.Ana);

        var hosted = link.Page;
        Assert.True(Credential.TryRead(link.Token, out var credential));
        var hash = new byte[Credential.HashSize];
        using (credential)
            credential.Hash(hash);

        Assert.Equal("/link/" + System.Buffers.Text.Base64Url.EncodeToString(hash.AsSpan(0, 16)), hosted.PathAndQuery);
        Assert.Equal("#" + link.Token, hosted.Fragment);
    }

    [Fact]
    public async Task For_a_managed_account_the_server_makes_the_public_token_and_shows_it_once()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (owner, keyId, secret) = await run.ManagedAsync();
        using var _ = owner;

        var (_, publicToken) = await run.ApproveAsManagedAsync(owner, keyId);
        var made = await run.App.ExchangeAsync(owner, publicToken);
        using var answer = await run.CallAsync(made.GetProperty("accessToken").GetString()!);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Bearer " + secret, run.Gateway.Provider.Requests.Last().Headers["Authorization"]);
    }

    [Fact]
    public async Task A_denial_ends_the_session_and_gives_the_app_nothing()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var link = await run.App.AskAsync(run.Ana);
        var consent = await link.ConsentAsync(run.Ana);

        var denied = await run.Ana.PostAsJsonAsync("/v1/link/authorize", new { linkToken = link.Token, decision = "deny", exitReason = "not now" });
        var (body, _) = link.Approval(consent, run.Vault, more: null, run.Held);
        using var late = await run.Ana.PostAsJsonAsync("/v1/link/authorize", body);

        Assert.Equal("denied", (await TestApp.DataAsync(denied)).GetProperty("status").GetString());
        Assert.Equal("link_over", await TestApp.CodeAsync(late));
        var after = await run.SessionAsync(link);
        Assert.Equal(("denied", "not now"), (after.GetProperty("outcome").GetString(), after.GetProperty("exitReason").GetString()));
        Assert.Equal(0, await run.Server.CountAsync("connections"));
    }

    [Fact]
    public async Task What_was_never_shown_or_changed_since_cannot_be_approved()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (unseen, seen) = (await run.App.AskAsync(run.Ana), await run.App.AskAsync(run.Ana));
        var consent = await seen.ConsentAsync(run.Ana);

        var (blind, _) = unseen.Approval(consent, run.Vault, more: null, run.Held);
        using var notShown = await run.Ana.PostAsJsonAsync("/v1/link/authorize", blind);
        (await run.Developer.PatchAsJsonAsync($"/v1/apps/{run.App.Id}", new { name = "Another name" })).EnsureSuccessStatusCode();
        var (old, _) = seen.Approval(consent, run.Vault, more: null, run.Held);
        using var stale = await run.Ana.PostAsJsonAsync("/v1/link/authorize", old);

        Assert.Equal("link_over", await TestApp.CodeAsync(notShown));
        Assert.Equal("version_stale", await TestApp.CodeAsync(stale));
        Assert.Equal(0, await run.Server.CountAsync("connections"));
    }

    [Theory]
    [InlineData("""{"models":["gpt-4o-mini","o3"]}""", "models")]
    [InlineData("""{"models":[]}""", "models")]
    [InlineData("""{"expiresAt":"2999-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"budgetCents":-1}""", "budgetCents")]
    [InlineData("""{"period":"hourly"}""", "period")]
    [InlineData("""{"keyIds":[]}""", "keyIds")]
    [InlineData("""{"keyIds":[null]}""", "keyIds")]
    [InlineData("""{"models":[null]}""", "models")]
    [InlineData("""{"sealedKeys":[]}""", "sealedKeys")]
    public async Task An_approval_gives_no_more_than_was_asked(string spoiled, string field)
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var link = await run.App.AskAsync(run.Ana, new { models = new[] { "gpt-4o-mini" }, expiresAt = "2998-01-01T00:00:00Z" });
        var (body, _) = link.Approval(await link.ConsentAsync(run.Ana), run.Vault, JsonNode.Parse(spoiled), run.Held);

        using var refused = await run.Ana.PostAsJsonAsync("/v1/link/authorize", body);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains($"\"field\":\"{field}\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await run.Server.CountAsync("connections"));
    }

    [Fact]
    public async Task A_key_of_a_provider_that_was_not_asked_for_is_neither_listed_nor_taken()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var other = await run.Vault.AddKeyAsync(run.Ana, "groq", GatewayRun.OriginOf("groq"));
        var link = await run.App.AskAsync(run.Ana);
        var consent = await link.ConsentAsync(run.Ana);
        var (body, _) = link.Approval(consent, run.Vault, more: null, run.Held, other);

        using var refused = await run.Ana.PostAsJsonAsync("/v1/link/authorize", body);

        Assert.Equal([run.Held.Id.ToString("N")], consent.GetProperty("keys").EnumerateArray().Select(one => one.GetProperty("id").GetString()));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Theory]
    [InlineData("https://otter.example/back", true)]
    [InlineData("https://otter.example/back/", false)]
    [InlineData("https://otter.example/Back", false)]
    [InlineData("https://otter.example/back?x=1", false)]
    [InlineData("https://otter.example/back#x", false)]
    [InlineData("https://otter.example/%62ack", false)]
    [InlineData("https://otter.example:8443/back", false)]
    [InlineData("https://otter.example@evil.example/back", false)]
    [InlineData("https://otter.example.evil.example/back", false)]
    [InlineData("https://evil.example/back", false)]
    [InlineData("http://otter.example/back", false)]
    [InlineData("http://127.0.0.1:49152/cb", true)]
    [InlineData("http://127.0.0.1:49152/cb2", false)]
    [InlineData("http://localhost:49152/cb", false)]
    [InlineData("http://me@127.0.0.1:49152/cb", false)]
    public async Task A_session_returns_to_a_registered_address_only(string redirectUri, bool isTaken)
    {
        await using var run = await LinkRun.StartAsync(cluster, new { redirectUris = new[] { "https://otter.example/back", "http://127.0.0.1/cb" } });

        using var answer = await run.App.TryAskAsync(run.Ana, new { redirectUri });

        Assert.Equal(isTaken ? HttpStatusCode.Created : HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task An_origin_that_is_not_registered_opens_no_session()
    {
        await using var run = await LinkRun.StartAsync(cluster, new { origins = new[] { "https://otter.example" } });
        foreach (var origin in new[] { "https://evil.example", "https://otter.example/", "https://OTTER.example", "http://otter.example", "null", "*" })
        {
            using var refused = await run.App.TryAskAsync(run.Ana, new { origin });
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    [Fact]
    public async Task A_session_that_nobody_decides_ends_and_says_how_far_it_came()
    {
        var clock = new TestClock();
        await using var run = await LinkRun.StartAsync(cluster);
        await using var server = await OtherAsync(run, clock);
        var (never, opened) = (await run.App.AskAsync(run.Ana), await run.App.AskAsync(run.Ana));
        var consent = await opened.ConsentAsync(run.Ana);
        using var ana = TestVault.Presenting(server, run.Ana.DefaultRequestHeaders.Authorization!.Parameter!);

        clock.Advance(TimeSpan.FromMinutes(31));
        var (body, _) = opened.Approval(consent, run.Vault, more: null, run.Held);
        using var late = await ana.PostAsJsonAsync("/v1/link/authorize", body);

        Assert.Equal("link_over", await TestApp.CodeAsync(late));
        Assert.Equal("abandoned", (await run.App.GetAsync(ana, $"/v1/link/sessions/{opened.Id}")).GetProperty("outcome").GetString());
        Assert.Equal("expired", (await run.App.GetAsync(ana, $"/v1/link/sessions/{never.Id}")).GetProperty("outcome").GetString());
        clock.Advance(TimeSpan.FromHours(24));
        using var forgotten = await run.App.SendAsync(ana, HttpMethod.Get, $"/v1/link/sessions/{never.Id}");
        Assert.Equal(HttpStatusCode.NotFound, forgotten.StatusCode);
    }

    [Fact]
    public async Task Another_browser_gets_the_public_token_sealed_and_a_page_hears_of_the_decision()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        using var stranger = await run.Server.AsAsync("stranger");
        var link = await run.App.AskAsync(run.Ana);
        using var page = TestVault.Presenting(run.Server, link.Token);
        var heard = page.GetStringAsync("/v1/link/events");
        var waiting = page.GetAsync("/v1/link/relay");

        await link.ApproveAsync(run.Ana, run.Vault, more: null, run.Held);
        var envelope = System.Buffers.Text.Base64Url.EncodeToString(TestAccount.Random32());
        using var theirs = await stranger.PutAsJsonAsync("/v1/link/relay", new { linkToken = link.Token, envelope });
        using var left = await run.Ana.PutAsJsonAsync("/v1/link/relay", new { linkToken = link.Token, envelope });

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NoContent), (theirs.StatusCode, left.StatusCode));
        Assert.Equal(envelope, (await TestApp.DataAsync(await waiting)).GetProperty("envelope").GetString());
        Assert.Contains("event: link\nid: ", await heard, StringComparison.Ordinal);
        Assert.EndsWith("\n\n", await heard, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"approved\"", await heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_frame_is_shown_by_the_apps_origins_and_by_nobody_else()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: builder => builder.Services.AddSingleton(
            new PagesEndpoints.PageFiles(new Dictionary<string, PagesEndpoints.PageFile>
            {
                ["link-shell.html"] = new([1], null, "text/html; charset=utf-8", "\"1\""),
            }.ToFrozenDictionary())));
        using var developer = await server.AsAsync("developer");
        var framed = await TestApp.RegisterAsync(developer, new { origins = new[] { "https://otter.example", "http://localhost:3000" } });
        var unframed = await TestApp.RegisterAsync(developer);

        using var shown = await ShellAsync(server, await framed.AskAsync(developer));
        using var hidden = await ShellAsync(server, await unframed.AskAsync(developer));
        using var unknown = await server.Client.GetAsync("/link/shell/AAAAAAAAAAAAAAAAAAAAAA");
        using var noHash = await server.Client.GetAsync("/link/shell/x");

        Assert.Contains("frame-ancestors https://otter.example http://localhost:3000;", PolicyOf(shown), StringComparison.Ordinal);
        Assert.False(shown.Headers.Contains("X-Frame-Options"));
        Assert.Contains("frame-ancestors 'none'", PolicyOf(hidden), StringComparison.Ordinal);
        Assert.True(hidden.Headers.Contains("X-Frame-Options"));
        Assert.All([unknown, noHash], answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
        Assert.Contains("frame-ancestors 'none'", PolicyOf(unknown), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_consent_that_is_never_exchanged_opens_nothing_after_its_time()
    {
        var clock = new TurnedClock();
        await using var run = await LinkRun.StartAsync(cluster);
        var link = await run.App.AskAsync(run.Ana);
        await link.ApproveAsync(run.Ana, run.Vault, more: null, run.Held);
        Assert.Equal(1, await run.Server.CountAsync("connections"));

        await using var other = await KeyPassServer.StartAsync(cluster, withProbe: false, add: clock.AddTo, settings: Same(run));
        clock.Turn(TimeSpan.FromMinutes(11));

        for (var left = 200; left > 0 && await run.Server.CountAsync("connections") > 0; left--)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(0, await run.Server.CountAsync("connections"));
        Assert.Equal(0, await run.Server.CountAsync($"sealed_keys WHERE grant_id <> '{run.Gateway.Key.GrantId}'"));
        Assert.Equal("expired", (await run.SessionAsync(link)).GetProperty("outcome").GetString());
    }

    private static Task<HttpResponseMessage> ShellAsync(KeyPassServer server, TestLink link) => server.Client.GetAsync(
        link.Page.AbsolutePath.Replace("/link/", "/link/shell/", StringComparison.Ordinal));

    private static string PolicyOf(HttpResponseMessage answer) => Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));

    private static (string, string)[] Same(LinkRun run) =>
        [("ConnectionStrings:KeyPass", run.Server.Database.Source.ConnectionString), ("KeyPass:RingFile", run.Server.RingFile)];

    /// <summary>The same database under another clock.</summary>
    internal static Task<KeyPassServer> OtherAsync(LinkRun run, TestClock clock) => KeyPassServer.StartAsync(
        cluster: null!, withProbe: false, add: builder => builder.Services.AddSingleton<TimeProvider>(clock), settings: Same(run));

    private static IEnumerable<string?> NamesOf(JsonElement session) =>
        session.GetProperty("events").EnumerateArray().Select(one => one.GetProperty("name").GetString());
}
