namespace KeyPass.Server.Gateway;

/// <summary>The calls of one credential on this server, over every re-reading of its rows.</summary>
#pragma warning disable CA1001 // A source without a timer holds nothing that must be freed, and calls may still look at it.
internal sealed class GrantLife
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _ended = new();
    private int _running;

    /// <summary>Cut when it may call no longer: every call that still runs ends with it.</summary>
    public CancellationToken Ended => _ended.Token;

    public bool IsIdle => Volatile.Read(ref _running) == 0;

    public void Enter() => Interlocked.Increment(ref _running);

    public void Leave() => Interlocked.Decrement(ref _running);

    public void End() => _ended.Cancel();
}
