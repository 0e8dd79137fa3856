namespace KeyPass.Sdk;

/// <summary>Some of your app's connections.</summary>
public sealed record ConnectionPage
{
    /// <summary>Those of this page.</summary>
    public IReadOnlyList<Connection> Items { get; set; } = [];

    /// <summary>For the next page; null at the end.</summary>
    public string? NextCursor { get; init; }
}
