using KeyPass.Server.Ledger;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>Of two servers over one database one is killed, stopped, or finds its journal damaged: no limit is passed, and no call is forgotten.</summary>
public sealed class KilledServersTests(TestCluster cluster)
{
    private static readonly object Cents = new { limitCents = 40, clamp = false };
    private const long Limit = 40 * Money.Cent;

    [Fact]
    public async Task A_server_killed_again_and_again_under_load_overspends_nothing_and_forgets_no_call()
    {
        await using var two = await TwoProcesses.StartAsync(cluster, Cents, () => Task.Delay(50));
        var draws = new Draws(7);
        two.Load(callers: 3);

        for (var round = 0; round < Rounds.Of(20, inLongRuns: 100); round++)
        {
            await Task.Delay(draws.Below(500));
            await two.Other.KillAsync();
            await two.StartOtherAsync();
        }
        await two.EndLoadAsync();

        await two.ProveAsync(Limit);
        Assert.Equal(0, await Money.UnaccountedAsync(two.Run));
    }

    [Fact]
    public async Task What_a_killed_server_had_noted_waits_for_the_database_that_it_belongs_to()
    {
        var go = new TaskCompletionSource();
        await using var two = await TwoProcesses.StartAsync(cluster, Cents, () => go.Task);
        two.Load(callers: 3);
        await two.AskedAsync(calls: 6);
        await two.Other.KillAsync();
        go.SetResult();
        await two.EndLoadAsync();

        await two.StartOtherAsync(await cluster.NewDatabaseAsync());
        await two.Other.WaitUntilReadyAsync();
        await two.Other.StopAsync();
        await two.StartOtherAsync();

        await two.ProveAsync(Limit);
        Assert.True(await Money.UnaccountedAsync(two.Run) == 0, two.Other.Output);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("another boot")]
    [InlineData("gone")]
    public async Task Of_a_server_whose_journal_is_damaged_everything_that_it_held_counts_as_spent(string how)
    {
        var go = new TaskCompletionSource();
        await using var two = await TwoProcesses.StartAsync(cluster, Cents, () => go.Task);
        two.Load(callers: 3);
        // Each has a call at the provider, and its server the rest of a lease.
        await two.AskedAsync(calls: 6);
        await two.Other.KillAsync();
        var incarnation = (await two.IncarnationAsync())!.Value;

        Damage(Path.Combine(two.Journals, incarnation.ToString()), how);
        await two.StartOtherAsync();
        go.SetResult();
        await two.EndLoadAsync();
        if (how == "gone")
        {
            // Nobody finds it any more: the others give it up once they have not heard it for long enough.
            await GivenUpAsync(two, incarnation);
        }

        // What was whole in it is charged as it was; and a receipt that is missing was of money that counts as spent.
        var spent = await Money.RestsAsync(two.Run);
        Assert.InRange(two.Provider.Charged, 1, spent);
        Assert.InRange(spent, 1, Limit);
        Assert.True(await Money.UnaccountedAsync(two.Run) > 0);
        Assert.Equal(spent, await Money.ReceiptsAsync(two.Run) + await Money.UnaccountedAsync(two.Run));
    }

    [Fact]
    public async Task A_server_stopped_past_the_end_of_its_window_and_given_up_meanwhile_goes_on_as_another_and_overspends_nothing()
    {
        var go = new TaskCompletionSource();
        var held = 0;
        await using var two = await TwoProcesses.StartAsync(
            cluster, new { limitCents = 40, clamp = false, period = "daily" }, () => Interlocked.Increment(ref held) <= 4 ? go.Task : Task.Delay(20));
        two.Load(callers: 3);
        await two.AskedAsync(calls: 20);
        var before = (await two.IncarnationAsync())!.Value;

        two.Signal("STOP");
        await Money.EndWindowAsync(two.Run);
        await GivenUpAsync(two, before);
        go.SetResult();
        await Task.Delay(500);
        two.Signal("CONT");
        for (var left = 200; await two.IncarnationAsync() is null; left--)
        {
            Assert.True(left > 0, "it did not go on as another");
            await Task.Delay(50);
        }
        await Task.Delay(1_000);
        await two.EndLoadAsync();

        await Money.RestsAsync(two.Run);
        var windows = await Money.WindowsAsync(two.Run);
        Assert.Equal(2, windows.Count);
        Assert.All(windows, window => Assert.InRange(window.Granted, 1, Limit));
        Assert.InRange(two.Provider.Charged, 1, windows.Sum(window => window.Settled));
        Assert.Equal(windows.Sum(window => window.Settled), await Money.ReceiptsAsync(two.Run) + await Money.UnaccountedAsync(two.Run));
    }

    /// <summary>As if five minutes had passed: another server comes, and its first look at who is there finds that this one is not.</summary>
    private async Task GivenUpAsync(TwoProcesses two, Guid incarnation)
    {
        await Money.AskAsync(two.Run, "WITH silent AS (UPDATE nodes SET heard_at = heard_at - interval '10 minutes' WHERE incarnation = $1 RETURNING 1) "
            + "SELECT count(*) FROM silent", incarnation);
        await using var third = await Money.BesideAsync(cluster, two.Run);
        for (var left = 100; await Money.AskAsync(
            two.Run, "SELECT count(*) FROM nodes WHERE incarnation = $1 AND lost_at IS NOT NULL", incarnation) == 0; left--)
        {
            Assert.True(left > 0, "nobody gave it up");
            await Task.Delay(100);
        }
        for (var left = 100; await Money.AskAsync(two.Run, "SELECT count(*) FROM leases WHERE incarnation = $1 AND state = 'open'", incarnation) > 0; left--)
        {
            Assert.True(left > 0, "its leases are not lost");
            await Task.Delay(100);
        }
    }

    private static void Damage(string journal, string how)
    {
        if (how == "gone")
        {
            Directory.Delete(journal, recursive: true);
            return;
        }
        var path = Directory.GetFiles(journal, "*.segment").Order(StringComparer.Ordinal).Last();
        var bytes = File.ReadAllBytes(path);
        if (how == "cut")
        {
            // In the middle of what was written.
            File.WriteAllBytes(path, bytes[..(bytes.AsSpan().LastIndexOfAnyExcept((byte)0) / 2)]);
            return;
        }
        var seed = JournalRecord.SeedOf(Guid.Parse(Path.GetFileName(journal)));
        var header = SegmentHeader.Read(bytes, seed)!.Value;
        (header with { BootId = "another" }).Write(bytes, seed);
        File.WriteAllBytes(path, bytes);
    }
}
