using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// Takes over a changed ring file while the server runs: no restart, and so no moment at which an operator must choose between the
/// two. The file is looked at, not watched: a file that is replaced by renaming, or mounted, tells watchers different things on
/// different machines. A file that cannot be used is named in the log, and the server goes on with the ring it has.
/// </summary>
internal sealed class RingWatch(Ring ring, RingStore store, RingPresenceStore presence, string path, ILogger<RingWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Nothing yet: the file may have changed since the start read it.</summary>
    private (DateTime At, long Size) _seen;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await TakeOverAsync(stoppingToken);
                await presence.AnnounceAsync(ring, stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The database is away: what needs it says so louder, and this tries again.
                log.LogDebug(failure, "The ring's epochs could not be announced");
            }
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TakeOverAsync(CancellationToken cancel)
    {
        var present = Look(path);
        if (present == _seen)
            return;
        try
        {
            var before = Describe();
            if (!ring.TryAdopt(await store.OpenAsync(path, cancel)))
                log.LogError("The ring's file {Path} is another ring, or lacks an epoch that this server has: put the right one back", path);
            else if (Describe() is var now && now != before)
                log.LogInformation("The ring's file has changed: {Before} before, {Now} now", before, now);
        }
        catch (StartFailure failure)
        {
            log.LogError("The ring's file has changed and cannot be used, so the one read before stays: {Reason}", failure.Message);
        }
        _seen = present;
    }

    private string Describe() => string.Join(", ", ring.Epochs.Select(epoch => $"{epoch.Kid} {epoch.State}"));

    private static (DateTime At, long Size) Look(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
