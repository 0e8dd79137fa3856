using KeyPass.Server.Tests.Budgets;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Receipts;

public sealed class ReceiptDaysTests(TestCluster cluster)
{
    [Fact]
    public async Task Where_a_backup_brought_back_receipts_of_today_those_of_new_calls_join_them()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers("""{"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}""");
        using (var answer = await run.PostAsync("/v1/chat/completions", Calls.Ask))
            await run.ReceiptAsync(answer);
        // A restore fills the table as it stands after the migrations: with no day of its own.
        await run.Server.ExecuteAsync("""
            CREATE TABLE kept AS SELECT * FROM receipts;
            DO $$ DECLARE day regclass; BEGIN
                FOR day IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'receipts'::regclass AND inhrelid <> 'receipts_other'::regclass LOOP
                    EXECUTE 'DROP TABLE ' || day;
                END LOOP;
            END $$;
            INSERT INTO receipts SELECT * FROM kept;
            """);
        await using var restored = await Money.BesideAsync(cluster, run);
        using var caller = TestVault.Presenting(restored, run.Key.Text);

        using var next = await Money.AskAsync(caller, Calls.Ask);

        await run.ReceiptAsync(next);
        Assert.Equal(2, await run.Server.CountAsync("receipts_other"));
    }
}
