using KeyPass.Server.Grants;

namespace KeyPass.Server.Gateway;

/// <summary>What a limit by count said: how much of it is left, and when it is whole again.</summary>
/// <param name="Retry">How long to wait for the next; null where this one passed.</param>
internal readonly record struct RateReading(int Limit, long Remaining, TimeSpan Whole, TimeSpan? Retry);

/// <summary>What the limits by count said to one call.</summary>
/// <param name="No">Of the one that says no; null where the call may go.</param>
/// <param name="Limited">Which that is.</param>
internal readonly record struct RateAnswer(RateReading? Requests, RateReading? Tokens, RateReading? No = null, string? Limited = null);

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

    /// <summary>Where nothing says no, <see cref="Leave"/> follows the call.</summary>
    public RateAnswer TryEnter(ScopeStore.ScopeRow limits, int bodyBytes, int servers, TimeProvider clock)
    {
        lock (_gate)
        {
            var now = _usedAt = clock.GetTimestamp();
            var asked = Math.Max(1, bodyBytes / BytesPerToken);
            var requests = Read(ref _requests, limits.RequestsPerMinute, 1, servers, now, clock);
            var tokens = Read(ref _tokens, limits.TokensPerMinute, asked, servers, now, clock);
            if (limits.Concurrent is { } concurrent && _running >= Share(concurrent, servers))
                return new RateAnswer(requests, tokens, new RateReading(concurrent, 0, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)), "concurrent");
            if (requests is { Retry: not null } tooOften)
                return new RateAnswer(requests, tokens, tooOften, "requests");
            if (tokens is { Retry: not null } tooMuch)
                return new RateAnswer(requests, tokens, tooMuch, "tokens");
            _requests.Take(1);
            _tokens.Take(asked);
            _running++;
            return new RateAnswer(requests, tokens);
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
