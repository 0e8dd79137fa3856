using KeyPass.Server.Http;

namespace KeyPass.Server.Gateway;

/// <summary>
/// How long one attempt may live. It outlives its caller, so that the provider's last numbers are read, and not its credential.
/// </summary>
internal sealed class Attempt : IDisposable
{
    /// <summary>So many at once: beyond them, answers that nobody reads are cut.</summary>
    private const int MostDrains = 1_000;

    private static int s_drains;

    private readonly CancellationTokenSource _life;
    private readonly CancellationTokenRegistration _hangUp;
    private readonly LiveGrant _grant;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _patience;
    private long _renewedAt;
    private int _isDraining;

    /// <param name="patience">As long as the provider may be silent; and as long as an answer that nobody reads any more is read on for its cost.</param>
    public Attempt(HttpContext http, LiveGrant grant, TimeProvider clock, TimeSpan patience)
    {
        (_grant, _clock, _patience) = (grant, clock, patience);
        _life = CancellationTokenSource.CreateLinkedTokenSource(grant.Life.Ended);
        _life.CancelAfter(patience);
        _renewedAt = clock.GetTimestamp();
        _hangUp = http.RequestAborted.Register(static state => ((Attempt)state!).HangUp(), this);
    }

    public CancellationToken Life => _life.Token;

    /// <summary>The credential was revoked or disabled meanwhile.</summary>
    public bool IsCut => _grant.Life.Ended.IsCancellationRequested;

    public bool HungUp { get; private set; }

    public RefusalResult? Refusal { get; private set; }

    /// <summary>Null where there is no answer: the refusal says why.</summary>
    public async Task<ForwarderAnswer?> SendAsync(Forwarder forwarder, Outgoing outgoing, IHeaderDictionary headers)
    {
        try
        {
            return await forwarder.SendAsync(outgoing, headers, Life);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException || Forwarder.IsUnreachable(failure))
        {
            Refusal = (IsCut, failure) switch
            {
                (true, _) => Refusals.KeyRevoked.Because("This key was revoked while the call ran."),
                (_, OperationCanceledException) => Refusals.ProviderTimeout.Because("The provider did not answer in time."),
                _ => Refusals.ProviderUnreachable.Because("The provider could not be reached, or closed the connection without an answer: try again."),
            };
            return null;
        }
    }

    /// <summary>Something came: the provider is alive, and may take its time again.</summary>
    public void Renew()
    {
        if (_clock.GetElapsedTime(_renewedAt) < _patience / 20 || HungUp)
            return;
        _renewedAt = _clock.GetTimestamp();
        _life.CancelAfter(_patience);
    }

    public void Dispose()
    {
        _hangUp.Dispose();
        if (_isDraining == 1)
            Interlocked.Decrement(ref s_drains);
        _life.Dispose();
    }

    private void HangUp()
    {
        HungUp = true;
        if (!_grant.Limits.CancelsOnHangUp && Interlocked.Increment(ref s_drains) <= MostDrains)
        {
            _isDraining = 1;
            _life.CancelAfter(_patience);
            return;
        }
        if (!_grant.Limits.CancelsOnHangUp)
            Interlocked.Decrement(ref s_drains);
        _life.Cancel();
    }
}
