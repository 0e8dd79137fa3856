namespace KeyPass.Sdk;

/// <summary>How usage comes over the wire.</summary>
internal sealed record UsageRows
{
    public IReadOnlyList<UsageRow> Items { get; set; } = [];
}
