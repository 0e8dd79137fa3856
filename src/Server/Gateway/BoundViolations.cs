using System.Diagnostics.Metrics;
using KeyPass.Server.Receipts;

namespace KeyPass.Server.Gateway;

/// <summary>
/// Calls that cost more than we said they could. There must be none: each means that a bound, or a price, is wrong, and the guarantee did not hold by
/// so much. They are charged all the same.
/// </summary>
internal sealed class BoundViolations
{
    private readonly Counter<long> _count;
    private readonly ILogger<BoundViolations> _log;
    private long _sinceStart;

    public BoundViolations(IMeterFactory meters, ILogger<BoundViolations> log)
    {
        _log = log;
        _count = meters.Create("KeyPass").CreateCounter<long>(
            "keypass.bound_violations", description: "Calls that cost more than their bound: there must be none.");
        _count.Add(0); // so that it can be seen to be none
    }

    public long SinceStart => Interlocked.Read(ref _sinceStart);

    public void Add(CallNotes notes, Receipt receipt)
    {
        Interlocked.Increment(ref _sinceStart);
        _count.Add(1, new KeyValuePair<string, object?>("provider", receipt.Provider), new KeyValuePair<string, object?>("operation", receipt.Operation));
        _log.LogError(
            "A call of {Provider} for the model {Model} cost {Cost} nano-USD and could cost {Bound}: its price ({PriceVersion}) or its bound is wrong",
            receipt.Provider, receipt.Model, receipt.CostNanoUsd, notes.Hold!.NanoUsd, receipt.PriceVersion);
    }
}
