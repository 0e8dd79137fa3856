namespace KeyPass.Server.Pricing;

/// <summary>What one model did for one call.</summary>
internal sealed class Usage
{
    private readonly long[] _counts = new long[Enum.GetValues<UsageClass>().Length];

    /// <summary>Null where it is the answer's own model.</summary>
    public string? Model { get; set; }

    public long this[UsageClass kind]
    {
        get => _counts[(int)kind];
        set => _counts[(int)kind] = value;
    }
}
