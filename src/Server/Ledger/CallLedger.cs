using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using KeyPass.Server.Budgets;
using KeyPass.Server.Receipts;

namespace KeyPass.Server.Ledger;

/// <summary>
/// Every call on its way into the database. Before a call goes out, the journal has it at the most that it can cost; when it has ended, with what it
/// did cost; and a tenth of a second later the database has it, for many calls at once. A server that is killed at any of these moments
/// loses none: the next one reads its journal.
/// </summary>
internal sealed class CallLedger(
    LedgerStore store, ReceiptStore receipts, LeaseStore leases, NodeStore nodes, Node node, BudgetWatch watch, LedgerSettings settings, TimeProvider clock,
    ILogger<CallLedger> log) : BackgroundService
{
    /// <summary>About 2 KB each; at a thousand calls a second, twenty seconds without a database.</summary>
    private const int Most = 20_000;

    private const int Batch = 1_000;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PartitionStep = TimeSpan.FromHours(1);

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? t_writer;

    private readonly Channel<(LedgerRecord Record, JournalEntry? Journaled)> _waiting =
        Channel.CreateUnbounded<(LedgerRecord, JournalEntry?)>(new UnboundedChannelOptions { SingleReader = true });

    private Journal _journal = null!;
    private int _places;
    private DateTimeOffset _partitionsAt;

    /// <summary>Those that run, and those that are over and not in the database yet.</summary>
    public int OpenCalls => Volatile.Read(ref _places);

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

    /// <summary>Before the call goes out. From here on it is charged for, whatever becomes of this process.</summary>
    /// <param name="asItStands">Its receipt, if nothing more came.</param>
    /// <exception cref="JournalUnwritable">The disk takes no more: the call must not be made.</exception>
    public JournalEntry Open(Receipt asItStands, Hold? hold) =>
        _journal.Put(asItStands.Id, Write(new LedgerRecord(asItStands, hold?.Names ?? [])));

    /// <summary>The call has ended: in the place that was taken for it, its receipt goes to the database, and what it held and did not cost is free.</summary>
    /// <param name="journaled">Null for one that never went out: it cost nothing.</param>
    public void Close(JournalEntry? journaled, Hold? hold, Receipt receipt)
    {
        var record = new LedgerRecord(receipt, journaled is null || hold is null ? [] : hold.Names);
        if (journaled is not null && !_journal.Replace(journaled, Write(record)))
            log.LogError("The journal takes no more: the disk is full. Receipts go to the database still, but would not outlive this process");
        // After the journal has it: what is free again may be held by the next call at once.
        hold?.Settle(journaled is null ? 0 : receipt.CostNanoUsd ?? 0);
        _waiting.Writer.TryWrite((record, journaled));
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(settings.Folder, await store.NameDatabaseAsync(cancellationToken));
        await ReplayAsync(folder, cancellationToken);
        _journal = Journal.Open(folder, node.Incarnation, BootId.Read());
        watch.BeginsAnew += _journal.Adopt;
        await nodes.JoinAsync(node.Incarnation, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<(LedgerRecord Record, JournalEntry? Journaled)>(Batch);
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
        await StopAsync(batch);
    }

    public override void Dispose()
    {
        _journal?.Dispose();
        base.Dispose();
    }

    /// <summary>What waits is written once more without hurry. What cannot be stays in the journal, and the leases with it, for the next to find.</summary>
    private async Task StopAsync(List<(LedgerRecord Record, JournalEntry? Journaled)> batch)
    {
        using var last = new CancellationTokenSource(LongestPause);
        while (_waiting.Reader.TryPeek(out _) && !last.IsCancellationRequested)
            await WriteAsync(batch, last.Token);
        watch.BeginsAnew -= _journal.Adopt;
        if (_waiting.Reader.TryPeek(out _) || !_journal.TryEnd())
        {
            log.LogWarning("Not all receipts could be written before this server stopped: the next one on this machine reads them from the journal");
            return;
        }
        try
        {
            await leases.CloseAsync(node.Incarnation, last.Token);
            await nodes.LeaveAsync(node.Incarnation, last.Token);
            _journal.Delete();
        }
        catch (Exception failure)
        {
            log.LogWarning("The budgets that this server had leased could not be given back: the next one does it. {Reason}", failure.Message);
        }
    }

    private async Task WriteAsync(List<(LedgerRecord Record, JournalEntry? Journaled)> batch, CancellationToken cancel)
    {
        batch.Clear();
        while (batch.Count < Batch && _waiting.Reader.TryRead(out var one))
            batch.Add(one);
        var pause = Gather;
        while (batch.Count > 0)
        {
            try
            {
                await OpenPartitionsAsync(cancel);
                await store.AddAsync(batch.ConvertAll(one => one.Record), cancel);
                foreach (var (_, journaled) in batch)
                {
                    if (journaled is not null)
                        _journal.Done(journaled);
                }
                GiveBack(batch.Count);
                return;
            }
            catch (Exception failure) when (!cancel.IsCancellationRequested)
            {
                // The same again changes nothing: a receipt that is there already is left as it is, and charged for no second time.
                log.LogWarning("{Count} receipts wait for the database: {Reason}", batch.Count, failure.Message);
                await Task.Delay(pause, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
            catch (Exception)
            {
                foreach (var one in batch)
                    _waiting.Writer.TryWrite(one);
                return;
            }
        }
    }

    /// <summary>What servers on this machine did and could not say any more, before this one takes its first call.</summary>
    private async Task ReplayAsync(string folder, CancellationToken cancel)
    {
        foreach (var found in AbandonedJournal.TakeAll(folder, BootId.Read()))
        {
            using var journal = found;
            var records = journal.Records.Select(bytes => LedgerRecord.Read(bytes)).ToList();
            await OpenPartitionsAsync(cancel);
            foreach (var chunk in records.OfType<LedgerRecord>().Chunk(Batch))
                await store.AddAsync(chunk, cancel);
            var isWhole = journal.IsWhole && records.TrueForAll(record => record is not null);
            foreach (var incarnation in journal.Incarnations)
            {
                await (isWhole ? leases.CloseAsync(incarnation, cancel) : leases.LoseAsync(incarnation, cancel));
                await nodes.LeaveAsync(incarnation, cancel);
            }
            if (isWhole)
                log.LogInformation("The journal of a server that was ended was read: {Count} calls", records.Count);
            else
                log.LogWarning("The journal of a server that was ended is not whole ({Reason}): {Count} calls were read from it, and the rest of what it had "
                    + "leased counts as spent", journal.WhyNot ?? "another version wrote it", records.Count);
            journal.Delete();
        }
    }

    private static ReadOnlySpan<byte> Write(LedgerRecord record)
    {
        var (buffer, json) = t_writer ??= NewWriter();
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        record.WriteTo(json);
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) NewWriter()
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        return (buffer, new Utf8JsonWriter(buffer));
    }

    private async Task OpenPartitionsAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (now - _partitionsAt < PartitionStep && now >= _partitionsAt)
            return;
        await receipts.OpenDaysAsync(DateOnly.FromDateTime(now.UtcDateTime), cancel);
        _partitionsAt = now;
    }

    private void GiveBack(int count) => Interlocked.Add(ref _places, -count);
}
