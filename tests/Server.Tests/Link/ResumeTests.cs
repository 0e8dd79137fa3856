using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Link;

/// <summary>A public token that was lost on its way to the app, made anew by who approved.</summary>
public sealed class ResumeTests(TestCluster cluster)
{
    [Fact]
    public async Task A_lost_public_token_is_made_anew_and_the_lost_one_opens_nothing_and_harms_nothing()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (link, lost) = await ApproveAsync(run);
        using var left = await run.Ana.PutAsJsonAsync("/v1/link/relay", new { linkToken = link.Token, envelope = "AAAA" });

        var (body, publicToken) = await link.RenewalAsync(run.Ana, run.Vault);
        var answer = await TestApp.DataAsync(await run.Ana.PostAsJsonAsync("/v1/link/resume", body));
        using var page = TestVault.Presenting(run.Server, link.Token);
        var relay = page.GetAsync("/v1/link/relay");
        using var again = await run.Ana.PutAsJsonAsync("/v1/link/relay", new { linkToken = link.Token, envelope = "BBBB" });
        using var byLost = await run.App.TryExchangeAsync(run.Ana, lost);
        var made = await run.App.ExchangeAsync(run.Ana, publicToken);
        using var lostLater = await run.App.TryExchangeAsync(run.Ana, lost);

        Assert.Equal(("approved", JsonValueKind.Null), (answer.GetProperty("status").GetString(), answer.GetProperty("publicToken").ValueKind));
        Assert.Equal(answer.GetProperty("connectionId").GetString(), made.GetProperty("connectionId").GetString());
        Assert.All([byLost, lostLater], refused => Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode));
        Assert.Equal("BBBB", (await TestApp.DataAsync(await relay)).GetProperty("envelope").GetString());
        Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
    }

    [Fact]
    public async Task For_a_managed_account_the_server_makes_it_anew()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (owner, keyId, _) = await run.ManagedAsync();
        using var __ = owner;
        var (link, lost) = await run.ApproveAsManagedAsync(owner, keyId);

        var answer = await TestApp.DataAsync(await owner.PostAsJsonAsync("/v1/link/resume", new { linkToken = link.Token }));
        using var byLost = await run.App.TryExchangeAsync(owner, lost);
        var made = await run.App.ExchangeAsync(owner, answer.GetProperty("publicToken").GetString()!);

        Assert.Equal("public_token_invalid", await TestApp.CodeAsync(byLost));
        Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
    }

    [Fact]
    public async Task Linking_again_keeps_the_old_access_token_until_the_new_public_token_is_exchanged()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        var (connection, old) = await run.ConnectAsync(new { clientUserId = "u-1" });
        var (link, _) = await ApproveAsync(run, new { clientUserId = "u-1" });

        var (body, publicToken) = await link.RenewalAsync(run.Ana, run.Vault);
        using var renewed = await run.Ana.PostAsJsonAsync("/v1/link/resume", body);
        Assert.Null(await run.RefusalAsync(old));
        var made = await run.App.ExchangeAsync(run.Ana, publicToken);

        Assert.Equal(connection, made.GetProperty("connectionId").GetString());
        await run.UntilRefusedAsync(old, "key_revoked");
        Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
    }

    [Fact]
    public async Task An_exchange_and_a_renewal_at_once_never_both_count()
    {
        await using var run = await LinkRun.StartAsync(cluster);
        for (var round = 0; round < 10; round++)
        {
            var (link, first) = await ApproveAsync(run, new { clientUserId = $"u-{round}" });
            var (body, second) = await link.RenewalAsync(run.Ana, run.Vault);

            var exchange = run.App.TryExchangeAsync(run.Ana, first);
            using var renewal = await run.Ana.PostAsJsonAsync("/v1/link/resume", body);
            using var exchanged = await exchange;

            Assert.NotEqual(exchanged.IsSuccessStatusCode, renewal.IsSuccessStatusCode);
            using var late = await run.App.TryExchangeAsync(run.Ana, second);
            Assert.Equal(renewal.IsSuccessStatusCode, late.IsSuccessStatusCode);
            var made = await TestApp.DataAsync(late.IsSuccessStatusCode ? late : exchanged);
            Assert.Null(await run.RefusalAsync(made.GetProperty("accessToken").GetString()!));
        }
    }

    [Fact]
    public async Task There_is_nothing_to_make_anew_before_the_approval_for_others_after_the_exchange_or_when_time_is_over()
    {
        var clock = new TestClock();
        await using var run = await LinkRun.StartAsync(cluster);
        await using var later = await LinkTests.OtherAsync(run, clock);
        using var stranger = await run.Server.AsAsync("stranger");
        var undecided = await run.App.AskAsync(run.Ana);
        var (link, publicToken) = await ApproveAsync(run);
        var (body, _) = await link.RenewalAsync(run.Ana, run.Vault);

        using var tooSoon = await run.Ana.PostAsJsonAsync("/v1/link/resume", new { linkToken = undecided.Token });
        using var theirs = await stranger.PostAsJsonAsync("/v1/link/resume", body);
        using var empty = await run.Ana.PostAsJsonAsync("/v1/link/resume", new { linkToken = link.Token });
        using var anaLater = TestVault.Presenting(later, run.Ana.DefaultRequestHeaders.Authorization!.Parameter!);
        clock.Advance(TimeSpan.FromMinutes(11));
        using var tooLate = await anaLater.PostAsJsonAsync("/v1/link/resume", body);
        await run.App.ExchangeAsync(run.Ana, publicToken);
        using var exchanged = await run.Ana.PostAsJsonAsync("/v1/link/resume", body);

        Assert.Equal(("version_conflict", "link_over", "invalid_request"),
            (await TestApp.CodeAsync(tooSoon), await TestApp.CodeAsync(theirs), await TestApp.CodeAsync(empty)));
        Assert.Equal(("link_over", "link_over"), (await TestApp.CodeAsync(tooLate), await TestApp.CodeAsync(exchanged)));
    }

    private static async Task<(TestLink Link, string PublicToken)> ApproveAsync(LinkRun run, object? ask = null)
    {
        var link = await run.App.AskAsync(run.Ana, ask);
        var (_, publicToken) = await link.ApproveAsync(run.Ana, run.Vault, more: null, run.Held);
        return (link, publicToken);
    }
}
