using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;
using Npgsql;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>The wire to the database breaks at any moment, in the middle of a COMMIT too: what is unknown is neither spent nor forgotten.</summary>
public sealed class LostDatabaseTests(TestCluster cluster)
{
    [Fact]
    public async Task A_server_whose_changes_break_off_at_any_moment_charges_every_call_once_and_overspends_nothing()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 40, clamp = false } });
        var provider = new ChargingProvider(run.Provider, _ => Task.Delay(10));
        await using var bridge = BridgeTo(run.Server.Database.Source.ConnectionString, out var bridged);
        await using var other = await Money.BesideAsync(cluster, run, connection: bridged);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        using var enough = new CancellationTokenSource();
        var whole = new ConcurrentQueue<string>();
        var callers = Load([run.Caller, caller], whole, enough.Token);
        var draws = new Draws(11);

        for (var round = 0; round < Rounds.Of(12, inLongRuns: 500); round++)
        {
            await Task.Delay(300 + draws.Below(400));
            bridge.Cut();
            await Task.Delay(draws.Below(60));
            bridge.Mend();
        }
        await enough.CancelAsync();
        await Task.WhenAll(callers);

        Assert.InRange(provider.Charged, 1, 40 * Money.Cent);
        await Money.SettlesAsync(run, provider.Charged);
        await HasReceiptsAsync(run, whole);
    }

    [Fact]
    public async Task While_the_database_is_away_calls_are_refused_and_when_it_is_back_nothing_is_lost_and_nobody_needs_to_start_again()
    {
        await using var bridge = BridgeTo(await cluster.NewDatabaseAsync(), out var bridged);
        await using var run = await GatewayRun.StartAsync(
            cluster, limits: new { budget = new { limitCents = 40, clamp = false } }, settings: ("ConnectionStrings:KeyPass", bridged));
        var provider = new ChargingProvider(run.Provider, _ => Task.Delay(10));
        await using var other = await Money.BesideAsync(cluster, run, connection: bridged);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        using var enough = new CancellationTokenSource();
        var whole = new ConcurrentQueue<string>();
        var callers = Load([run.Caller, caller], whole, enough.Token);
        await Task.Delay(1_000);

        bridge.Cut();
        await Task.Delay(TimeSpan.FromSeconds(2));
        var before = run.Provider.Requests.Count;
        await Task.Delay(TimeSpan.FromSeconds(Rounds.Of(2, inLongRuns: 60)));
        Assert.Equal(before, run.Provider.Requests.Count);
        bridge.Mend();

        for (var left = 300; run.Provider.Requests.Count == before; left--)
        {
            Assert.True(left > 0, "no call was served again");
            await Task.Delay(100);
        }
        await enough.CancelAsync();
        await Task.WhenAll(callers);
        Assert.InRange(provider.Charged, 1, 40 * Money.Cent);
        await Money.SettlesAsync(run, provider.Charged);
        await HasReceiptsAsync(run, whole);
    }

    private static TcpBridge BridgeTo(string connection, out string bridged)
    {
        var direct = new NpgsqlConnectionStringBuilder(connection);
        var bridge = new TcpBridge(new UnixDomainSocketEndPoint($"{direct.Host}/.s.PGSQL.{direct.Port}"));
        bridged = new NpgsqlConnectionStringBuilder(connection) { Host = "127.0.0.1", Port = bridge.Port }.ConnectionString;
        return bridge;
    }

    private static List<Task> Load(HttpClient[] clients, ConcurrentQueue<string> whole, CancellationToken enough) =>
        [.. Enumerable.Range(0, 12).Select(number => CallAsync(clients[number % clients.Length], 100 + 53 * number, whole, enough))];

    private static async Task CallAsync(HttpClient client, int tokens, ConcurrentQueue<string> whole, CancellationToken enough)
    {
        await Task.Yield();
        while (!enough.IsCancellationRequested)
        {
            using var answer = await Money.AskAsync(client, ChargingProvider.Ask(tokens));
            var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
            // 503 where nobody can know what is left: never another no, and never a yes without a receipt.
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PaymentRequired or HttpStatusCode.ServiceUnavailable,
                $"{answer.StatusCode}: {text}; {Recording.Logs.LastOrDefault(line => line.StartsWith("KeyPass.Unexpected", StringComparison.Ordinal))}");
            if (answer.StatusCode == HttpStatusCode.OK)
                whole.Enqueue(answer.Headers.GetValues("x-keypass-request-id").Single());
            else
                await Task.Delay(20, CancellationToken.None);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                Assert.NotNull(answer.Headers.RetryAfter);
        }
    }

    private static async Task HasReceiptsAsync(GatewayRun run, ConcurrentQueue<string> whole)
    {
        var ids = whole.Select(Money.IdOf).ToArray();
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Length, await Money.AskAsync(
            run, "SELECT count(*) FROM receipts WHERE id = ANY($1) AND exactness = 'exact' AND cost_nano_usd > 0", ids));
    }
}
