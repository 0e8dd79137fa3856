namespace KeyPass.Server.Gateway;

/// <summary>The calls of one credential on this server, over every re-reading of its rows.</summary>
#pragma warning disable CA1001 // A source without a timer holds nothing that must be freed, and calls may still look at it.
internal sealed class GrantLife
#pragma warning restore CA1001
{
    private const int Retired = -1;

    private readonly CancellationTokenSource _ended = new();

    /// <summary>Calls, or that there will be none.</summary>
    private int _running;

    /// <summary>Cut when it may call no longer: every call that still runs ends with it.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>No call begins under it any more.</summary>
    public bool IsOver => _ended.IsCancellationRequested || Volatile.Read(ref _running) == Retired;

    /// <summary>False where it was forgotten in this moment: the credential has another, or gets one.</summary>
    public bool TryEnter()
    {
        for (var running = Volatile.Read(ref _running); running != Retired;)
        {
            var seen = Interlocked.CompareExchange(ref _running, running + 1, running);
            if (seen == running)
                return true;
            running = seen;
        }
        return false;
    }

    /// <summary>False while a call runs: it must be reached by what becomes of its credential.</summary>
    public bool TryRetire() => Interlocked.CompareExchange(ref _running, Retired, 0) is 0 or Retired;

    public void Leave() => Interlocked.Decrement(ref _running);

    public void End() => _ended.Cancel();
}
