namespace KeyPass.Server.Pricing;

/// <summary>What a provider's answer says that it used: read along, never computed by us.</summary>
internal sealed class Reading
{
    /// <summary>As the answer names it: an alias or a router's choice is priced by what served.</summary>
    public string? Model { get; set; }

    /// <summary>The service tier that served, where the answer says one: "default", "flex", "priority", "batch", "standard"…</summary>
    public string? Tier { get; set; }

    /// <summary>Anthropic's "fast".</summary>
    public string? Speed { get; set; }

    /// <summary>Where it ran, where that has a price: Anthropic's inference_geo.</summary>
    public string? Region { get; set; }

    /// <summary>One for each model that took part; mostly one.</summary>
    public List<Usage> Parts { get; } = [];

    /// <summary>What the provider itself says that it charged, in nano-USD.</summary>
    public long? ReportedNanoUsd { get; set; }

    /// <summary>The last numbers there are: a stream that broke off before has none, or the ones of its beginning.</summary>
    public bool IsFinal { get; set; }
}
