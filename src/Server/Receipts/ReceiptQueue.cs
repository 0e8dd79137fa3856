using System.Threading.Channels;

namespace KeyPass.Server.Receipts;

/// <summary>
/// Receipts on their way to the database, in batches: no answer waits for one. Each call takes its place here before it begins, so that
/// no call is made whose receipt would find no room.
/// </summary>
internal sealed class ReceiptQueue(ReceiptStore store, TimeProvider clock, ILogger<ReceiptQueue> log) : BackgroundService
{
    /// <summary>About 1 KB each; at a thousand calls a second, twenty seconds without a database.</summary>
    private const int Most = 20_000;

    private const int Batch = 1_000;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PartitionStep = TimeSpan.FromHours(1);

    private readonly Channel<Receipt> _waiting = Channel.CreateUnbounded<Receipt>(new UnboundedChannelOptions { SingleReader = true });
    private int _places;
    private DateTimeOffset _partitionsAt;

    /// <summary>False when as many calls run or wait as there is room for: the caller refuses, and takes no place.</summary>
    public bool TryTakePlace()
    {
        if (Interlocked.Increment(ref _places) <= Most)
            return true;
        GiveBack(1);
        return false;
    }

    /// <summary>For a call that has no receipt: it was none of anybody's.</summary>
    public void GiveBackPlace() => GiveBack(1);

    /// <summary>In the place that was taken.</summary>
    public void Put(Receipt receipt) => _waiting.Writer.TryWrite(receipt);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Receipt>(Batch);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _waiting.Reader.WaitToReadAsync(stoppingToken);
                await Task.Delay(Gather, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            await WriteAsync(batch, stoppingToken);
        }
        // What waits is written once more without hurry; what cannot be, is lost with this process and said so.
        using var last = new CancellationTokenSource(LongestPause);
        while (_waiting.Reader.TryPeek(out _) && !last.IsCancellationRequested)
            await WriteAsync(batch, last.Token);
        if (Volatile.Read(ref _places) is > 0 and var lost && _waiting.Reader.TryPeek(out _))
            log.LogError("{Count} receipts could not be written before this server stopped", lost);
    }

    private async Task WriteAsync(List<Receipt> batch, CancellationToken cancel)
    {
        batch.Clear();
        while (batch.Count < Batch && _waiting.Reader.TryRead(out var receipt))
            batch.Add(receipt);
        var pause = Gather;
        while (batch.Count > 0)
        {
            try
            {
                await OpenPartitionsAsync(cancel);
                await store.AddAsync(batch, cancel);
                GiveBack(batch.Count);
                return;
            }
            catch (Exception failure) when (!cancel.IsCancellationRequested)
            {
                // The same rows again change nothing: an id that is there already is left as it is.
                log.LogWarning("{Count} receipts wait for the database: {Reason}", batch.Count, failure.Message);
                await Task.Delay(pause, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
            catch (Exception)
            {
                foreach (var receipt in batch)
                    _waiting.Writer.TryWrite(receipt);
                return;
            }
        }
    }

    private async Task OpenPartitionsAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (now - _partitionsAt < PartitionStep && now >= _partitionsAt)
            return;
        await store.OpenDaysAsync(DateOnly.FromDateTime(now.UtcDateTime), cancel);
        _partitionsAt = now;
    }

    private void GiveBack(int count) => Interlocked.Add(ref _places, -count);
}
