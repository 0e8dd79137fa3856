using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>What a user allowed.</summary>
public sealed record GrantedScope
{
    /// <summary>Providers that may be called.</summary>
    public IReadOnlyList<string> Providers { get; set; } = [];

    /// <summary>Models that may be used; null for all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>How many provider keys stand behind it.</summary>
    [JsonPropertyName("keys")]
    public int ProviderKeys { get; init; }
}
