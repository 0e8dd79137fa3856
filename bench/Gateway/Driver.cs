using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace KeyPass.Bench.Gateway;

/// <summary>What one run of calls brought.</summary>
internal sealed class Tally
{
    private long _done;
    private long _unexpected;

    public Histogram FirstByte { get; } = new();

    public Histogram Whole { get; } = new();

    public long Done => Interlocked.Read(ref _done);

    /// <summary>Answers that were none, or not those that the provider gives.</summary>
    public long Unexpected => Interlocked.Read(ref _unexpected);

    public void Count(bool isExpected)
    {
        Interlocked.Increment(ref _done);
        if (!isExpected)
            Interlocked.Increment(ref _unexpected);
    }
}

/// <summary>Callers that each keep one connection and send the next call when the last is answered.</summary>
internal static class Driver
{
    /// <summary>However fast the machine is, a run ends here.</summary>
    private const int MostCalls = 200_000;

    /// <summary>A caller's patience with an answer that has stopped.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    /// <param name="calls">Each caller goes through them in turn.</param>
    /// <param name="between">Between the first calls of two callers, so that paced streams do not beat together.</param>
    public static async Task<Tally> RunAsync(
        int port, IReadOnlyList<(Way Way, byte[] Bytes)> calls, int callers, TimeSpan time, TimeSpan between, CancellationToken cancel)
    {
        var tally = new Tally();
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async place =>
        {
            await Task.Delay(between * place, cancel);
            await CallAsync(port, calls, place, until, tally, cancel);
        }));
        return tally;
    }

    private static async Task CallAsync(
        int port, IReadOnlyList<(Way Way, byte[] Bytes)> calls, int next, long until, Tally tally, CancellationToken cancel)
    {
        Socket? socket = null;
        MessageReader? reader = null;
        try
        {
            while (Stopwatch.GetTimestamp() < until && tally.Done < MostCalls)
            {
                var (way, bytes) = calls[next++ % calls.Count];
                if (socket is null)
                {
                    socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancel);
                    reader = new MessageReader(socket);
                }
                if (await TryCallAsync(socket, reader!, way, bytes, tally, cancel))
                    continue;
                socket.Dispose();
                socket = null;
            }
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <summary>False where the connection is of no more use.</summary>
    private static async Task<bool> TryCallAsync(Socket socket, MessageReader reader, Way way, byte[] bytes, Tally tally, CancellationToken cancel)
    {
        using var patience = way == Way.Stalled ? CancellationTokenSource.CreateLinkedTokenSource(cancel) : null;
        patience?.CancelAfter(Patience);
        try
        {
            var began = Stopwatch.GetTimestamp();
            await socket.SendAsync(bytes, cancel);
            if (!await reader.ReadAsync(patience?.Token ?? cancel))
            {
                tally.Count(way is Way.Stalled or Way.Reset);
                return false;
            }
            if (reader.FirstByteAt > 0)
                tally.FirstByte.Record(began, reader.FirstByteAt);
            tally.Whole.Record(began, Stopwatch.GetTimestamp());
            tally.Count(reader.Status == Expected(way));
            return true;
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            tally.Count(way is Way.Stalled or Way.Reset);
            return false;
        }
    }

    private static int Expected(Way way) => way switch
    {
        Way.Failed => 500,
        Way.Limited => 429,
        Way.Reset => 502,
        _ => 200,
    };
}
