using KeyPass.Server.Http;

namespace KeyPass.Server.Receipts;

/// <summary>
/// What is kept of one proxied call: who, where, how much, how long. Never what was asked or answered; the provider's own words only
/// where it refused, and scrubbed.
/// </summary>
internal sealed record Receipt
{
    public required Guid Id { get; init; }

    /// <summary>When the call came; its day names the partition, whenever it ends.</summary>
    public required DateTimeOffset At { get; init; }

    public required Guid AccountId { get; init; }
    public required Guid GrantId { get; init; }

    /// <summary>Of the credential itself: of a rotated key the old and the new one differ.</summary>
    public required Guid CredentialId { get; init; }

    public required bool IsTest { get; init; }
    public required string[] Tags { get; init; }

    /// <summary>The provider key that served; null where none was reached.</summary>
    public Guid? KeyId { get; init; }

    public string? Provider { get; init; }
    public string? Operation { get; init; }
    public string? Model { get; init; }
    public string? ServedModel { get; init; }
    public string? ServedTier { get; init; }

    public required int Status { get; init; }

    /// <summary>Of our own refusal.</summary>
    public string? Code { get; init; }

    /// <summary>What the provider said to a call that it refused.</summary>
    public ProviderAnswer? ProviderError { get; init; }

    public required string Exactness { get; init; }

    /// <summary>Null where nothing is known; a call that cost nothing says 0.</summary>
    public long? CostNanoUsd { get; init; }

    /// <summary>The most that it could have cost; null where no budget asked.</summary>
    public long? BoundNanoUsd { get; init; }

    /// <summary>The output that the call was let have, where that is less than it asked for.</summary>
    public long? ClampedTo { get; init; }

    public string? PriceVersion { get; init; }

    /// <summary>How the cost came about, as JSON.</summary>
    public string? Lines { get; init; }

    public long InputTokens { get; init; }
    public long OutputTokens { get; init; }
    public bool IsStream { get; init; }

    /// <summary>The caller went away before the end.</summary>
    public bool HungUp { get; init; }

    public required int Attempts { get; init; }
    public required int LatencyMilliseconds { get; init; }

    /// <summary>Until the provider's headers; null where there were none.</summary>
    public int? ProviderMilliseconds { get; init; }

    public int? FirstByteMilliseconds { get; init; }
}
