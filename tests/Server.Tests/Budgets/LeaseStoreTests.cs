using KeyPass.Server.Budgets;
using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;
using Npgsql;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>What the rules say, the database has: for any order of operations, one after the other, and side by side.</summary>
public sealed class LeaseStoreTests(TestCluster cluster)
{
    private const long Limit = 1_000_000;

    [Fact]
    public async Task Any_order_of_operations_leaves_in_the_database_what_the_rules_say()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1 } });
        var store = new LeaseStore(run.Server.Database);
        for (ulong seed = 1; seed <= (ulong)Rounds.Of(10, inLongRuns: 500); seed++)
        {
            var budget = await NewWindowAsync(run, epoch: (long)seed);
            var draws = new Draws(seed);
            var names = Enumerable.Range(0, 2).Select(_ => new CellName(budget, (long)seed, TestAccount.NewId())).ToArray();
            var (window, leases) = (new WindowState(Limit, 0), new LeaseState[2]);
            foreach (var name in names)
                Assert.Equal(default, (await store.OpenAsync(name, CancellationToken.None))!.Value);
            for (var turn = 0; turn < 40; turn++)
            {
                var (which, amount) = (draws.Below(2), 1L + draws.Below((int)Limit / 4));
                var (name, lease) = (names[which], leases[which]);
                switch (draws.Below(12))
                {
                    case 0:
                        await store.CloseAsync(name.Incarnation, CancellationToken.None);
                        (window, leases[which]) = LeaseRules.Close(window, lease);
                        break;
                    case 1:
                        await store.LoseAsync(name.Incarnation, CancellationToken.None);
                        leases[which] = LeaseRules.Lose(lease);
                        break;
                    case < 5:
                        leases[which] = (await store.ReturnAsync(name, amount, CancellationToken.None))!.Value;
                        (window, lease, _) = LeaseRules.Return(window, lease, amount);
                        Assert.Equal(lease, leases[which]);
                        break;
                    case < 8:
                        await SettleAsync(run.Server.Database, [(name, amount / 2), (name, amount - amount / 2)]);
                        (leases[which], var over) = LeaseRules.Settle(lease, amount);
                        window = window with { Granted = window.Granted + over };
                        break;
                    default:
                        var outcome = await store.ExtendAsync(name, amount, burn: 7 * amount, CancellationToken.None);
                        if (LeaseRules.Extend(window, lease, amount, burn: 7 * amount) is { } extended)
                            (window, leases[which], _) = extended;
                        Assert.Equal((window, leases[which]), (outcome!.Window, outcome.Lease));
                        break;
                }
                for (var place = 0; place < names.Length; place++)
                    Assert.Equal(leases[place], (await store.FindAsync(names[place], CancellationToken.None))!.Value);
                Assert.Equal(window.Granted, await GrantedAsync(run.Server.Database, names[0]));
                Assert.Equal(window.Granted, leases.Sum(one => one.Amount));
            }
        }
    }

    [Fact]
    public async Task Servers_that_change_leases_of_one_window_at_once_never_wait_for_each_other_and_never_pass_its_limit()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1 } });
        await using var second = await Database.OpenAsync(
            new DatabaseSettings(run.Server.Database.Source.ConnectionString, Artifacts.NewFolder("unused"), null), CancellationToken.None, migrate: false);
        for (var epoch = 1; epoch <= Rounds.Of(5, inLongRuns: 100); epoch++)
        {
            var budget = await NewWindowAsync(run, epoch);

            // None of them has a lease in this window: all are made in the same moment.
            var granted = await Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
            {
                var database = number % 2 == 0 ? run.Server.Database : second;
                var (store, draws) = (new LeaseStore(database), new Draws((ulong)(epoch * 8 + number)));
                var name = new CellName(budget, epoch, TestAccount.NewId());
                var (lease, spent) = (await store.OpenAsync(name, CancellationToken.None), 0L);
                for (var turn = 0; turn < 20; turn++)
                {
                    var amount = 1L + draws.Below((int)Limit / 20);
                    lease = (await store.ExtendAsync(name, amount, burn: 0, CancellationToken.None))!.Lease;
                    var cost = Math.Min(lease.Value.Amount - spent, amount) / 2;
                    await SettleAsync(database, [(name, cost)]);
                    spent += cost;
                    lease = await store.ReturnAsync(name, draws.Below((int)amount), CancellationToken.None);
                }
                Assert.Equal(spent, lease!.Value.Settled);
                if (number == 0)
                    await store.LoseAsync(name.Incarnation, CancellationToken.None);
                else
                    await store.CloseAsync(name.Incarnation, CancellationToken.None);
                return number == 0 ? lease.Value.Amount : spent;
            }));

            var left = await GrantedAsync(run.Server.Database, new CellName(budget, epoch, default));
            Assert.InRange(left, 1, Limit);
            Assert.Equal(granted.Sum(), left);
        }
    }

    [Fact]
    public async Task Whoever_looks_at_a_lease_waits_for_the_change_that_is_under_way_there()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 1 } });
        var store = new LeaseStore(run.Server.Database);
        var name = new CellName(await NewWindowAsync(run, epoch: 1), 1, TestAccount.NewId());
        await store.OpenAsync(name, CancellationToken.None);
        await store.ExtendAsync(name, 100, burn: 0, CancellationToken.None);

        // As when the connection of a return breaks after its statements: the database has not come to its COMMIT yet.
        await using var connection = await run.Server.Database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var lower = new NpgsqlCommand("UPDATE leases SET amount = 0 WHERE incarnation = $1", connection))
        {
            lower.Parameters.AddWithValue(name.Incarnation);
            await lower.ExecuteNonQueryAsync();
        }
        var look = store.FindAsync(name, CancellationToken.None);
        Assert.NotSame(look, await Task.WhenAny(look, Task.Delay(300)));
        await transaction.CommitAsync();

        Assert.Equal(0, (await look)!.Value.Amount);
    }

    private static async Task<Guid> NewWindowAsync(GatewayRun run, long epoch)
    {
        await using var command = run.Server.Database.Source.CreateCommand("""
            INSERT INTO budget_windows (budget_id, epoch, starts_at, ends_at, limit_nano_usd, granted)
            SELECT id, $1, created_at, NULL, $2, 0 FROM budgets WHERE owner_id = $3 RETURNING budget_id
            """);
        command.Parameters.AddWithValue(epoch);
        command.Parameters.AddWithValue(Limit);
        command.Parameters.AddWithValue(run.Key.GrantId);
        return (Guid)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<long> GrantedAsync(Database database, CellName name)
    {
        await using var command = database.Source.CreateCommand("SELECT granted FROM budget_windows WHERE budget_id = $1 AND epoch = $2");
        command.Parameters.AddWithValue(name.BudgetId);
        command.Parameters.AddWithValue(name.Epoch);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task SettleAsync(Database database, (CellName Cell, long Cost)[] charges)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await LeaseStore.SettleAsync(connection, charges, CancellationToken.None);
        await transaction.CommitAsync();
    }
}
