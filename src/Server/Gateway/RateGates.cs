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

    private static readonly Names Requests = new("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests");
    private static readonly Names Tokens = new("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens");

    private static readonly Names AnthropicRequests = new(
        "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset", ResetIsTime: true);

    private static readonly Names AnthropicTokens = new(
        "anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset", ResetIsTime: true);

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
        var answer = gate.TryEnter(grant.Limits, bodyBytes, node.Living, clock);
        var isAnthropic = surface == Surface.Anthropic;
        Tell(headers, isAnthropic ? AnthropicRequests : Requests, answer.Requests);
        Tell(headers, isAnthropic ? AnthropicTokens : Tokens, answer.Tokens);
        if (answer.No is not { Retry: { } wait } reading)
        {
            pass = new RatePass(gate, bodyBytes);
            return null;
        }
        return Refusals.RateLimited.Because(answer.Limited == "concurrent"
            ? $"This key makes {reading.Limit} calls at a time, and as many run: try again when one has ended."
            : $"This key may use {reading.Limit} {answer.Limited} a minute, and has: try again in {Math.Ceiling(wait.TotalSeconds)} s.", retryAfter: wait);
    }

    private void Tell(IHeaderDictionary headers, Names names, RateReading? reading)
    {
        if (reading is not { } told)
            return;
        headers[names.Limit] = Number(told.Limit);
        headers[names.Remaining] = Number(told.Remaining);
        headers[names.Reset] = names.ResetIsTime
            ? (clock.GetUtcNow() + told.Whole).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
            : Math.Round(told.Whole.TotalSeconds, 3).ToString(CultureInfo.InvariantCulture) + "s";
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

    /// <param name="ResetIsTime">Anthropic says when; the others in how many seconds.</param>
    private sealed record Names(string Limit, string Remaining, string Reset, bool ResetIsTime = false);
}
