using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// Turns the ring under running servers, step by step, at the operator's word: a new epoch that only opens → active, once every
/// server has it → every row under it → the old one destroyed, once nothing and nobody uses it. Each step refuses until the one
/// before it is done everywhere; any of them may be broken off and given again.
/// </summary>
internal sealed class RingRotation(
    RingStore rings, RingPresenceStore presence, RewrapStore rows, IReadOnlyList<WrappedColumn> columns, IReadOnlyList<WrappedColumn> passing,
    string path, TimeProvider clock)
{
    /// <summary>Small enough to be gone in a moment from every lock, large enough that the round trips do not count.</summary>
    private const int Batch = 500;

    /// <summary>A server looks at its file every second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal sealed record EpochState(uint Kid, RingState State, DateTimeOffset Created, long Rows, int ServersWithIt, int ServersWrapping);

    internal sealed record Rewrapped(long Rows, IReadOnlyList<string> Broken);

    public async Task<(IReadOnlyList<EpochState> Epochs, int Servers)> ListAsync(CancellationToken cancel)
    {
        using var ring = await rings.OpenAsync(path, cancel);
        var counts = await CountAsync(cancel);
        var servers = await presence.ListAsync(cancel);
        return ([.. ring.Epochs.Select(epoch => new EpochState(
            epoch.Kid, epoch.State, epoch.Created, counts.GetValueOrDefault(epoch.Kid),
            servers.Count(server => server.Has.Contains(epoch.Kid)), servers.Count(server => server.WrapsUnder == epoch.Kid)))], servers.Count);
    }

    /// <summary>The number of the new epoch.</summary>
    public async Task<uint> AddAsync(CancellationToken cancel)
    {
        using var ring = await rings.ChangeAsync(path, ring => Task.FromResult(ring.WithNewEpoch(clock.GetUtcNow())), cancel);
        return ring.Epochs.Max(epoch => epoch.Kid);
    }

    public async Task ActivateAsync(uint kid, CancellationToken cancel)
    {
        await WaitUntilNoneAsync(server => !server.Has.Contains(kid), $"do not have epoch {kid} yet, and could not open what others write under "
            + $"it: copy {path} to them, and give them a moment to read it", cancel);
        // A destruction that was broken off may have left its mark.
        await AllowAsync(kid, cancel);
        using var ring = await rings.ChangeAsync(path, ring => Task.FromResult(ring.WithActive(kid)), cancel);
    }

    /// <summary>Beside running servers, a batch at a time, telling how many rows are left. Broken off, the next run finds what it left.</summary>
    public async Task<Rewrapped> RewrapAsync(Action<WrappedColumn, long> progress, CancellationToken cancel)
    {
        using var ring = await rings.OpenAsync(path, cancel);
        var left = (await CountAsync(cancel)).Where(count => count.Key != ring.Active.Kid).Sum(count => count.Value);
        var done = 0L;
        var broken = new List<string>();
        foreach (var column in columns)
        {
            var after = Guid.Empty;
            while (await rows.ListOthersAsync(column, ring.Active.Kid, after, Batch, cancel) is { Count: > 0 } read)
            {
                var next = new List<(RewrapStore.Row, byte[])>(read.Count);
                foreach (var row in read)
                {
                    if (Rewrap(ring, column, row) is { } wrapped)
                        next.Add((row, wrapped));
                    else
                        broken.Add($"{column}, row {row.Id}");
                }
                await rows.ReplaceAsync(column, next, cancel);
                after = read[^1].Id;
                done += next.Count;
                progress(column, left - done);
            }
        }
        return new Rewrapped(done, broken);
    }

    public async Task DestroyAsync(uint kid, CancellationToken cancel)
    {
        await WaitUntilNoneAsync(server => server.WrapsUnder == kid, $"still wrap under epoch {kid}: copy {path} to them, and give them a moment to "
            + "read it", cancel);
        using var ring = await rings.ChangeAsync(path, async ring =>
        {
            var changed = ring.WithDestroyed(kid);
            foreach (var column in columns)
            {
                if (await rows.ForbidAsync(column, kid, cancel))
                    continue;
                await AllowAsync(kid, cancel);
                throw new StartFailure($"{(await CountAsync(cancel)).GetValueOrDefault(kid)} rows are still under epoch {kid}, and would be lost with it: "
                    + "run 'ring rewrap' first.");
            }
            foreach (var column in passing)
            {
                if (await rows.CountInsideAsync(column, kid, cancel) is not (> 0 and var count))
                    continue;
                await AllowAsync(kid, cancel);
                throw new StartFailure($"{count} rows of {column.Table} are still under epoch {kid}, and would be lost with it: they pass away within a "
                    + "day, so try again then.");
            }
            return changed;
        }, cancel);
    }

    private async Task AllowAsync(uint kid, CancellationToken cancel)
    {
        foreach (var column in columns)
            await rows.AllowAsync(column, kid, cancel);
    }

    private static byte[]? Rewrap(Ring ring, WrappedColumn column, RewrapStore.Row row)
    {
        try
        {
            return ring.Wrap(column.BoundAs, row.Id, ring.Unwrap(column.BoundAs, row.Id, row.Wrapped));
        }
        catch (SealBroken)
        {
            return null;
        }
    }

    private async Task<Dictionary<uint, long>> CountAsync(CancellationToken cancel)
    {
        var counts = new Dictionary<uint, long>();
        foreach (var column in columns)
            foreach (var (kid, count) in await rows.CountAsync(column, cancel))
                counts[kid ?? 0] = counts.GetValueOrDefault(kid ?? 0) + count;
        return counts;
    }

    private async Task WaitUntilNoneAsync(Func<RunningServer, bool> stands, string why, CancellationToken cancel)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            var servers = await presence.ListAsync(cancel);
            var count = servers.Count(stands);
            if (count == 0)
                return;
            if (clock.GetElapsedTime(start) > Patience)
                throw new StartFailure($"{count} of {servers.Count} running servers {why}.");
            await Task.Delay(TimeSpan.FromMilliseconds(200), clock, cancel);
        }
    }
}
