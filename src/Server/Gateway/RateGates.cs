using System.Collections.Concurrent;
using System.Globalization;
using KeyPass.Server.Budgets;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Gateway;

/// <summary>A call that passed, until it is over.</summary>
internal sealed record RatePass(RateGate Gate, int BodyBytes)
{
    public void Leave(long tokens) => Gate.Leave(BodyBytes, tokens);
}

/// <summary>The limits by count, of the grants that have any; told to callers in the headers that their SDKs know.</summary>
internal sealed class RateGates(Node node, TimeProvider clock)
{
    private const int ManyGates = 10_000;

    private readonly ConcurrentDictionary<Guid, RateGate> _gates = new();

    /// <summary>Null where nothing limits it, or it may go; the pass then is to be left.</summary>
    public RefusalResult? TryEnter(LiveGrant grant, Surface surface, int bodyBytes, IHeaderDictionary headers, out RatePass? pass)
    {
        pass = null;
        if (grant.Limits is { RequestsPerMinute: null, TokensPerMinute: null, Concurrent: null })
            return null;
        if (_gates.Count > ManyGates)
            ForgetIdle();
        var gate = _gates.GetOrAdd(grant.Id, static _ => new RateGate());
        var no = gate.TryEnter(grant.Limits, bodyBytes, node.Living, clock, out var limited);
        Tell(headers, surface, "requests", gate.Requests);
        Tell(headers, surface, "tokens", gate.Tokens);
        if (no is not { Retry: { } wait } reading)
        {
            pass = new RatePass(gate, bodyBytes);
            return null;
        }
        return Refusals.RateLimited.Because(limited == "concurrent"
            ? $"This key makes {reading.Limit} calls at a time, and as many run: try again when one has ended."
            : $"This key may use {reading.Limit} {limited} a minute, and has: try again in {Math.Ceiling(wait.TotalSeconds)} s.", retryAfter: wait);
    }

    private void Tell(IHeaderDictionary headers, Surface surface, string what, RateReading? reading)
    {
        if (reading is not { } told)
            return;
        if (surface == Surface.Anthropic)
        {
            headers[$"anthropic-ratelimit-{what}-limit"] = Number(told.Limit);
            headers[$"anthropic-ratelimit-{what}-remaining"] = Number(told.Remaining);
            headers[$"anthropic-ratelimit-{what}-reset"] = (clock.GetUtcNow() + told.Whole).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            return;
        }
        headers[$"x-ratelimit-limit-{what}"] = Number(told.Limit);
        headers[$"x-ratelimit-remaining-{what}"] = Number(told.Remaining);
        headers[$"x-ratelimit-reset-{what}"] = told.Whole.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
    }

    private void ForgetIdle()
    {
        foreach (var one in _gates)
        {
            if (one.Value.IsIdle(clock))
                _gates.TryRemove(one);
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
