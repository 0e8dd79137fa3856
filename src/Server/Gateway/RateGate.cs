using KeyPass.Server.Grants;

namespace KeyPass.Server.Gateway;

/// <summary>What a limit by count said: how much of it is left, and when it is whole again.</summary>
/// <param name="Retry">How long to wait for the next; null where this one passed.</param>
internal readonly record struct RateReading(int Limit, long Remaining, TimeSpan Whole, TimeSpan? Retry);

/// <summary>
/// How often and how much one grant calls on this server. Several servers share a limit evenly, which makes it a soft one; money is the hard one.
/// </summary>
internal sealed class RateGate
{
    /// <summary>Until the answer says how many: more bytes than this make a token in most of what people write.</summary>
    private const int BytesPerToken = 4;

    private readonly Lock _gate = new();
    private Bucket _requests;
    private Bucket _tokens;
    private int _running;
    private long _usedAt;

    public RateReading? Requests { get; private set; }

    public RateReading? Tokens { get; private set; }

    /// <summary>Null where the call may go: <see cref="Leave"/> follows it then.</summary>
    public RateReading? TryEnter(ScopeStore.ScopeRow limits, int bodyBytes, int servers, TimeProvider clock, out string limited)
    {
        lock (_gate)
        {
            var now = _usedAt = clock.GetTimestamp();
            limited = "concurrent";
            if (limits.Concurrent is { } concurrent && _running >= Share(concurrent, servers))
                return new RateReading(concurrent, 0, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            var asked = Math.Max(1, bodyBytes / BytesPerToken);
            Requests = Read(ref _requests, limits.RequestsPerMinute, 1, servers, now, clock);
            Tokens = Read(ref _tokens, limits.TokensPerMinute, asked, servers, now, clock);
            limited = "requests";
            if (Requests is { Retry: not null } tooOften)
                return tooOften;
            limited = "tokens";
            if (Tokens is { Retry: not null } tooMuch)
                return tooMuch;
            _requests.Take(1);
            _tokens.Take(asked);
            _running++;
            return null;
        }
    }

    /// <summary>The call is over: what it counted takes the place of what was thought at its beginning.</summary>
    public void Leave(int bodyBytes, long tokens)
    {
        lock (_gate)
        {
            _running--;
            if (tokens > 0)
                _tokens.Take(tokens - Math.Max(1, bodyBytes / BytesPerToken));
        }
    }

    /// <summary>Whether it would be as good as new: nothing runs, and every bucket is full again.</summary>
    public bool IsIdle(TimeProvider clock)
    {
        lock (_gate)
            return _running == 0 && clock.GetElapsedTime(_usedAt) > TimeSpan.FromMinutes(2);
    }

    private static RateReading? Read(ref Bucket bucket, int? limit, double asked, int servers, long now, TimeProvider clock)
    {
        if (limit is not { } inAMinute)
            return null;
        var share = Share(inAMinute, servers);
        var level = bucket.Fill(share, now, clock);
        // More than a minute's worth at once goes when the bucket is full, or it would never go.
        var fits = level >= Math.Min(asked, share);
        return new RateReading(
            inAMinute, (long)Math.Max(0, fits ? level - asked : level), Bucket.Until(share, level - asked, share),
            fits ? null : Bucket.Until(asked, level, share));
    }

    private static int Share(int limit, int servers) => Math.Max(1, limit / servers);
}
