namespace KeyPass.Server.Pricing;

/// <summary>What each class costs, in nano-USD for a million of it. A class without a rate of its own costs what it is part of.</summary>
internal sealed class Rates
{
    /// <summary>As much as a number of a browser's holds: nine dollars for one call, nine million for a million tokens.</summary>
    public const long Highest = 9_000_000_000_000_000;

    private static readonly UsageClass[] Kinds = Enum.GetValues<UsageClass>();

    private readonly long?[] _perMillion = new long?[Kinds.Length];

    public Rates(IEnumerable<KeyValuePair<UsageClass, long>> perMillion)
    {
        foreach (var (kind, rate) in perMillion)
            _perMillion[(int)kind] = rate;
    }

    public IEnumerable<KeyValuePair<UsageClass, long>> Listed =>
        Kinds.Where(kind => _perMillion[(int)kind] is not null).Select(kind => KeyValuePair.Create(kind, _perMillion[(int)kind]!.Value));

    /// <summary>Null where a class is no part of another and nobody listed it.</summary>
    public long? Of(UsageClass kind) => _perMillion[(int)kind] ?? kind switch
    {
        UsageClass.CachedInput or UsageClass.CacheWrite or UsageClass.InputAudio or UsageClass.InputImage => _perMillion[(int)UsageClass.Input],
        UsageClass.CacheWriteLong => Of(UsageClass.CacheWrite),
        UsageClass.OutputAudio or UsageClass.OutputImage => _perMillion[(int)UsageClass.Output],
        // Sound at its own price without the cache is dearer than text from it, and so the safe one of the two.
        UsageClass.CachedInputAudio => _perMillion[(int)UsageClass.InputAudio] ?? Of(UsageClass.CachedInput),
        UsageClass.CachedInputImage => _perMillion[(int)UsageClass.InputImage] ?? Of(UsageClass.CachedInput),
        _ => null,
    };

    /// <summary>What the generator does for the catalogue, for a price that a person gave: writing to Claude's cache costs more than input.</summary>
    public Rates FilledFor(string model)
    {
        if (!model.Contains("claude", StringComparison.OrdinalIgnoreCase) || Of(UsageClass.Input) is not { } input)
            return this;
        var filled = new Rates(Listed);
        filled._perMillion[(int)UsageClass.CacheWrite] ??= input + ((input + 3) / 4);
        filled._perMillion[(int)UsageClass.CacheWriteLong] ??= input * 2;
        return filled;
    }
}
