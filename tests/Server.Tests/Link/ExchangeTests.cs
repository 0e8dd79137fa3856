using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Link;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Link;

/// <summary>Public token → access token, exactly once.</summary>
public sealed class ExchangeTests(TestCluster cluster)
{
    /// <summary>RFC 7636, appendix B.</summary>
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    [Fact]
    public async Task Of_a_hundred_exchanges_at_once_one_succeeds_and_its_access_token_works()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var publicToken = await ApproveAsync(run);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => run.App.TryExchangeAsync(run.Ana, publicToken)));

        var one = await TestApp.DataAsync(Assert.Single(answers, answer => answer.IsSuccessStatusCode));
        foreach (var other in answers.Where(answer => !answer.IsSuccessStatusCode))
            Assert.Equal("public_token_invalid", await TestApp.CodeAsync(other));
        Assert.Null(await run.RefusalAsync(one.GetProperty("accessToken").GetString()!));
        Assert.Equal(1, await run.Server.CountAsync("audit_entries WHERE action = 'connection.created'"));
    }

    [Fact]
    public async Task A_second_try_at_once_is_refused_and_harms_nothing()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var publicToken = await ApproveAsync(run);
        var made = await run.App.ExchangeAsync(run.Ana, publicToken);

        using var again = await run.App.TryExchangeAsync(run.Ana, publicToken);

        Assert.Equal((HttpStatusCode.BadRequest, "public_token_invalid"), (again.StatusCode, await TestApp.CodeAsync(again)));
        Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
    }

    [Fact]
    public async Task Who_lost_the_answer_asks_again_under_the_same_name_and_the_lost_access_token_dies()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var publicToken = await ApproveAsync(run);
        var lost = (await TestApp.DataAsync(await run.App.TryExchangeAsync(run.Ana, publicToken, name: "one"))).GetProperty("accessToken").GetString()!;

        using var other = await run.App.TryExchangeAsync(run.Ana, publicToken, name: "two");
        using var bad = await run.App.TryExchangeAsync(run.Ana, publicToken, name: new string('n', 256));
        var again = (await TestApp.DataAsync(await run.App.TryExchangeAsync(run.Ana, publicToken, name: "one"))).GetProperty("accessToken").GetString()!;

        Assert.Equal(("public_token_invalid", "invalid_request"), (await TestApp.CodeAsync(other), await TestApp.CodeAsync(bad)));
        Assert.NotEqual(lost, again);
        Assert.NotNull(await run.RefusalAsync(lost));
        Assert.Null(await run.RefusalAsync(again));
        Assert.Equal(1, await run.Server.CountAsync("audit_entries WHERE action = 'connection.reissued'"));
    }

    [Fact]
    public async Task An_access_token_that_was_used_was_not_lost_and_asking_again_ends_the_connection()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var publicToken = await ApproveAsync(run);
        var made = await TestApp.DataAsync(await run.App.TryExchangeAsync(run.Ana, publicToken, name: "one"));
        var accessToken = made.GetProperty("accessToken").GetString()!;
        Assert.Null(await run.RefusalAsync(accessToken));
        await UntilUsedAsync(run, made);

        using var again = await run.App.TryExchangeAsync(run.Ana, publicToken, name: "one");

        Assert.Equal("public_token_invalid", await TestApp.CodeAsync(again));
        await run.UntilRefusedAsync(accessToken, "key_revoked");
    }

    [Fact]
    public async Task A_minute_later_nobody_asks_again_and_the_public_token_is_gone_from_the_database()
    {
        var clock = new TestClock();
        await using var run = await LinkRun.StartAsync(cluster);
        await using var server = await LinkTests.OtherAsync(run, clock);
        var publicToken = await ApproveAsync(run);
        using var first = await run.App.TryExchangeAsync(run.Ana, publicToken, name: "one");
        Assert.Equal(2, await run.Server.CountAsync("token_wraps w JOIN connections c ON c.grant_id = w.grant_id"));

        clock.Advance(TimeSpan.FromSeconds(61));
        await server.Services.GetRequiredService<ExchangeStore>().SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await run.Server.CountAsync("token_wraps w JOIN connections c ON c.grant_id = w.grant_id"));
        using var again = await run.App.TryExchangeAsync(run.Ana, publicToken, name: "one");

        Assert.Equal("public_token_invalid", await TestApp.CodeAsync(again));
    }

    [Fact]
    public async Task A_day_later_a_session_says_how_far_somebody_came_and_no_more_who()
    {
        var clock = new TestClock();
        await using var run = await LinkRun.StartAsync(cluster);
        await using var server = await LinkTests.OtherAsync(run, clock);
        await run.App.ExchangeAsync(run.Ana, await ApproveAsync(run, new { clientUserId = "user-1", reason = "To help." }));
        const string named = "link_sessions WHERE account_id IS NOT NULL AND client_user_id IS NOT NULL AND reason IS NOT NULL";
        Assert.Equal(1, await run.Server.CountAsync(named));

        clock.Advance(TimeSpan.FromHours(25));
        await server.Services.GetRequiredService<ExchangeStore>().SweepAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, 1), (await run.Server.CountAsync(named), await run.Server.CountAsync("link_sessions WHERE status = 'exchanged'")));
    }

    [Fact]
    public async Task Who_is_to_be_forgotten_is_not_sought_among_a_month_of_those_who_are()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        await run.App.ExchangeAsync(run.Ana, await ApproveAsync(run, new { clientUserId = "user-1", reason = "To help." }));
        await run.Server.ExecuteAsync("""
            INSERT INTO link_sessions SELECT (jsonb_populate_record(session, jsonb_build_object(
                'id', gen_random_uuid(), 'link_token_hash', '\x' || md5(step::text) || md5(step::text), 'public_token_hash', null, 'account_id', null,
                'client_user_id', null, 'reason', null, 'created_at', now() - step * interval '8 minutes'))).*
            FROM link_sessions session, generate_series(1, 5000) AS step
            """);
        await run.Server.ExecuteAsync("ANALYZE link_sessions");
        const string asked = "pg_stat_user_indexes WHERE indexrelname = 'IX_link_sessions_remembered' AND idx_scan > 0";
        Assert.Equal(0, await run.Server.CountAsync(asked));

        await run.Server.Services.GetRequiredService<ExchangeStore>().SweepAsync(TestContext.Current.CancellationToken);

        // PostgreSQL counts what it did a moment later.
        for (var left = 200; left > 0 && await run.Server.CountAsync(asked) == 0; left--)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(1, await run.Server.CountAsync(asked));
    }

    [Fact]
    public async Task A_public_token_that_comes_back_after_its_access_token_was_used_ends_the_connection()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var publicToken = await ApproveAsync(run);
        var made = await run.App.ExchangeAsync(run.Ana, publicToken);
        var accessToken = made.GetProperty("accessToken").GetString()!;
        Assert.Null(await run.RefusalAsync(accessToken));
        await UntilUsedAsync(run, made);

        using var again = await run.App.TryExchangeAsync(run.Ana, publicToken);

        Assert.Equal("public_token_invalid", await TestApp.CodeAsync(again));
        await run.UntilRefusedAsync(accessToken, "key_revoked");
        Assert.Equal("revoked", (await TestApp.DataAsync(await run.Ana.GetAsync(PathOf(made)))).GetProperty("status").GetString());
        Assert.Equal(1, await run.Server.CountAsync("audit_entries WHERE action = 'connection.replayed'"));
    }

    [Fact]
    public async Task Another_apps_server_gets_nothing_for_it_and_harms_nothing()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var thief = await TestApp.RegisterAsync(run.Developer);
        var publicToken = await ApproveAsync(run);

        using var before = await thief.TryExchangeAsync(run.Ana, publicToken);
        var made = await run.App.ExchangeAsync(run.Ana, publicToken);
        Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
        using var after = await thief.TryExchangeAsync(run.Ana, publicToken);

        Assert.Equal(("public_token_invalid", "public_token_invalid"), (await TestApp.CodeAsync(before), await TestApp.CodeAsync(after)));
        Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
    }

    [Fact]
    public async Task It_can_be_exchanged_for_ten_minutes_and_no_longer()
    {
        var clock = new TestClock();
        await using var run = await LinkRun.StartAsync(cluster);
        await using var server = await LinkTests.OtherAsync(run, clock);
        var (first, second) = (await ApproveAsync(run), await ApproveAsync(run));

        clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(30));
        using var inTime = await run.App.TryExchangeAsync(server.Client, first);
        clock.Advance(TimeSpan.FromSeconds(31));
        using var tooLate = await run.App.TryExchangeAsync(server.Client, second);

        Assert.Equal(HttpStatusCode.OK, inTime.StatusCode);
        Assert.Equal("public_token_invalid", await TestApp.CodeAsync(tooLate));
    }

    [Fact]
    public async Task Who_began_with_a_challenge_ends_with_its_verifier_and_nobody_else_does()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (withChallenge, without) = (await ApproveAsync(run, new { codeChallenge = Challenge }), await ApproveAsync(run));
        foreach (var wrong in new[] { null, "", "short", Challenge, Verifier + "x", Verifier.ToUpperInvariant(), new string('a', 200) })
        {
            using var refused = await run.App.TryExchangeAsync(run.Ana, withChallenge, wrong);
            Assert.Equal("public_token_invalid", await TestApp.CodeAsync(refused));
        }
        using var downgraded = await run.App.TryExchangeAsync(run.Ana, without, Verifier);
        using var right = await run.App.TryExchangeAsync(run.Ana, withChallenge, Verifier);
        using var plain = await run.App.TryExchangeAsync(run.Ana, without);

        Assert.Equal("public_token_invalid", await TestApp.CodeAsync(downgraded));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (right.StatusCode, plain.StatusCode));
    }

    [Fact]
    public async Task A_public_token_makes_no_call_and_neither_does_a_link_token()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var link = await run.App.AskAsync(run.Ana);
        var (_, publicToken) = await link.ApproveAsync(run.Ana, run.Vault, more: null, run.Held);

        Assert.Equal("invalid_api_key", await run.RefusalAsync(publicToken));
        Assert.Equal("invalid_api_key", await run.RefusalAsync(link.Token));
        Assert.Empty(run.Gateway.Provider.Requests);
    }

    [Fact]
    public async Task Linking_the_same_user_again_renews_the_connection_and_ends_its_old_access_token()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connection, old) = await run.ConnectAsync(new { clientUserId = "user-7" });
        var link = await run.App.AskAsync(run.Ana, new { clientUserId = "user-7", budgetSuggestionCents = 900 });
        var (_, publicToken) = await link.ApproveAsync(run.Ana, run.Vault, more: null, run.Held);
        Assert.Null(await run.RefusalAsync(old));

        var made = await run.App.ExchangeAsync(run.Ana, publicToken);

        Assert.Equal(connection, made.GetProperty("connectionId").GetString());
        await run.UntilRefusedAsync(old, "key_revoked");
        Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
        var only = Assert.Single(await TestVault.ItemsAsync(run.Ana, "/v1/connections"));
        Assert.Equal(900, only.GetProperty("budget").GetProperty("limitCents").GetInt32());
        Assert.True(only.GetProperty("budget").GetProperty("spentNanoUsd").GetInt64() >= 0);
    }

    [Fact]
    public async Task An_update_changes_the_same_connection_under_the_same_access_token()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connection, accessToken) = await run.ConnectAsync(new { models = new[] { "gpt-4o" } });
        Assert.Equal("model_not_allowed", await run.RefusalAsync(accessToken));
        using var stranger = await run.Server.AsAsync("stranger");
        var link = await run.App.AskAsync(run.Ana, new { connectionId = connection, budgetSuggestionCents = 700, models = new[] { "gpt-4o-mini" } });
        using var notTheirs = await stranger.PostAsJsonAsync("/v1/link/consent", new { linkToken = link.Token });
        var consent = await link.ConsentAsync(run.Ana);

        var approved = await TestApp.DataAsync(await run.Ana.PostAsJsonAsync("/v1/link/authorize", new
        {
            linkToken = link.Token, version = consent.GetProperty("version").GetInt32(), decision = "approve", keyIds = new[] { run.Held.Id.ToString("N") },
        }));

        Assert.Equal(HttpStatusCode.NotFound, notTheirs.StatusCode);
        Assert.Equal(connection, approved.GetProperty("connectionId").GetString());
        Assert.Equal(JsonValueKind.Null, approved.GetProperty("publicToken").ValueKind);
        await run.UntilRefusedAsync(accessToken, code: null);
        var only = Assert.Single(await TestVault.ItemsAsync(run.Ana, "/v1/connections"));
        Assert.Equal(700, only.GetProperty("budget").GetProperty("limitCents").GetInt32());
    }

    [Fact]
    public async Task An_update_can_add_a_key_that_the_browser_seals_for_the_grant_there_is()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var first = await run.App.AskAsync(run.Ana);
        var (body, publicToken) = first.Approval(await first.ConsentAsync(run.Ana), run.Vault, more: null, run.Held);
        await TestApp.DataAsync(await run.Ana.PostAsJsonAsync("/v1/link/authorize", body));
        var made = await run.App.ExchangeAsync(run.Ana, publicToken);
        var second = await run.Vault.AddKeyAsync(run.Ana);
        var link = await run.App.AskAsync(run.Ana, new { connectionId = made.GetProperty("connectionId").GetString() });
        var consent = await link.ConsentAsync(run.Ana);
        var grantId = consent.GetProperty("connection").GetProperty("grantId").GetString()!;
        var escrow = (await TestVault.ItemsAsync(run.Ana, "/v1/vault/escrows")).Single(one => one.GetProperty("grantId").GetString() == grantId);
        var secret = run.Vault.OpenEscrow(
            Guid.Parse(grantId), escrow.GetProperty("label").GetString()!, escrow.GetProperty("envelope").GetString()!);

        await TestApp.DataAsync(await run.Ana.PostAsJsonAsync("/v1/link/authorize", new
        {
            linkToken = link.Token, version = consent.GetProperty("version").GetInt32(), decision = "approve", keyIds = new[] { second.Id.ToString("N") },
            sealedKeys = new[] { run.Vault.SealFor(Guid.Parse(grantId), secret, second) },
        }));

        for (var left = 100; left > 0; left--)
        {
            Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
            if (run.Gateway.Provider.Requests.Last().Headers["Authorization"] == "Bearer " + second.Text)
                return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Fail("the new key was never used");
    }

    private static string PathOf(JsonElement made) => $"/v1/connections/{made.GetProperty("connectionId").GetString()}";

    /// <summary>It is written down soon after the call.</summary>
    private static async Task UntilUsedAsync(LinkRun run, JsonElement made)
    {
        while ((await TestApp.DataAsync(await run.Ana.GetAsync(PathOf(made)))).GetProperty("lastUsedAt").ValueKind == JsonValueKind.Null)
            await Task.Delay(50, TestContext.Current.CancellationToken);
    }

    private static async Task<string> ApproveAsync(LinkRun run, object? ask = null) =>
        (await (await run.App.AskAsync(run.Ana, ask)).ApproveAsync(run.Ana, run.Vault, more: null, run.Held)).PublicToken;
}
