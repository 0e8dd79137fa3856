using System.Globalization;
using KeyPass.Server.Budgets;
using KeyPass.Server.Persistence;

namespace KeyPass.Bench;

/// <summary>What a call's money costs where its server has leased enough: held in four budgets, and settled.</summary>
internal static class HoldBench
{
    private const int Cells = 4;
    private const int Callers = 16;
    private const long Lease = 100_000_000_000_000;

    /// <param name="folder">For a database of its own.</param>
    public static async Task<int> RunAsync(string folder, CancellationToken cancel)
    {
        await using var database = await Database.OpenAsync(new DatabaseSettings(null, folder, null), cancel);
        var node = new Node(TimeProvider.System);
        await new NodeStore(database).JoinAsync(node.Incarnation, cancel);
        var live = new LiveBudgets(new LeaseStore(database), node, TimeProvider.System);
        var (one, another) = (await ChainAsync(database, live, cancel), await ChainAsync(database, live, cancel));

        Measured.PrintHead();
        Measured.Print("Hold in four budgets and settle", () => Call(live, one), perBatch: 5000);
        Measured.PrintTogether(string.Create(CultureInfo.InvariantCulture, $"  the same, {Callers} threads on one key"), Callers, _ => Call(live, one));
        Measured.PrintTogether("  the same, half of them on another key", Callers, thread => Call(live, thread % 2 == 0 ? one : another));
        return 0;
    }

    private static void Call(LiveBudgets live, IReadOnlyList<Budget> chain)
    {
        var held = live.HoldAsync(chain, nanoUsd: 1_000, mayWait: false, CancellationToken.None);
        if (!held.IsCompletedSuccessfully || held.Result.Hold is not { } hold)
            throw new InvalidOperationException("The lease was too small.");
        hold.Settle(cost: 1);
    }

    /// <summary>Four budgets, with as much of them leased as all calls could spend.</summary>
    private static async Task<IReadOnlyList<Budget>> ChainAsync(Database database, LiveBudgets live, CancellationToken cancel)
    {
        var chain = new List<Budget>();
        for (var place = 0; place < Cells; place++)
        {
            var budget = new Budget(NewId(), NewId(), BudgetOwner.VirtualKey, NewId(), BudgetKind.Spend, 2 * Lease, new BudgetPeriod(PeriodKind.None),
                Clamps: true, DateTimeOffset.UnixEpoch);
            // Without its account: this database has budgets only, and its triggers and foreign keys are off for this command.
            await using var insert = database.Source.CreateCommand("""
                SET LOCAL session_replication_role = replica;
                INSERT INTO budgets (id, account_id, owner, owner_id, kind, created_at, limit_nano_usd, period, time_zone, days, anchor_day, clamps)
                VALUES ('
                """.TrimEnd() + string.Create(CultureInfo.InvariantCulture, $"""
                {budget.Id}', '{budget.AccountId}', 'virtual_key', '{budget.OwnerId}', 'spend', now(), {budget.LimitNanoUsd}, 'none', 'UTC', 0, 1, true)
                """));
            await insert.ExecuteNonQueryAsync(cancel);
            chain.Add(budget);
        }
        var (hold, _) = await live.HoldAsync(chain, Lease, mayWait: false, cancel);
        hold!.Settle(cost: 0);
        return chain;
    }

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
}
