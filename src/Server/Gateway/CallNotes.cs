using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;
using KeyPass.Server.Receipts;

namespace KeyPass.Server.Gateway;

/// <summary>What is known of a call while it runs: its receipt, as far as it goes.</summary>
internal sealed class CallNotes(Guid id, DateTimeOffset at, long began)
{
    public DateTimeOffset At => at;

    /// <summary>Null while nobody is known to have called: then there is no receipt.</summary>
    public LiveGrant? Grant { get; set; }

    /// <summary>One book throughout: what chose the provider also prices the answer.</summary>
    public PriceBook Book { get; set; } = PriceBook.Catalogue;

    public GrantKey? Held { get; set; }
    public Operation? Operation { get; set; }
    public string? Model { get; set; }
    public bool IsStream { get; set; }
    public bool HungUp { get; set; }

    /// <summary>Of the provider's answer, as far as it came.</summary>
    public long AnsweredBytes { get; set; }

    public int Attempts { get; set; }
    public int Status { get; set; }
    public string? Code { get; set; }
    public ProviderAnswer? ProviderError { get; set; }
    public Reading? Reading { get; set; }
    public Cost? Cost { get; set; }

    /// <summary>As time stamps of the clock.</summary>
    public long? HeadersAt { get; set; }
    public long? FirstByteAt { get; set; }

    public Receipt ToReceipt(LiveGrant grant, TimeProvider clock) => new()
    {
        Id = id,
        At = at,
        AccountId = grant.AccountId,
        GrantId = grant.Id,
        CredentialId = grant.Found.Wrap.Id,
        IsTest = grant.Limits.IsTest || Held?.Provider == KeyChoice.Sandbox,
        Tags = grant.Limits.Tags,
        KeyId = Held?.Row.KeyId,
        Provider = Held is null ? null : KeyChoice.NameOf(Held.Provider),
        Operation = Operation is { } operation ? NameOf(operation) : null,
        Model = Model,
        ServedModel = Reading?.Model,
        ServedTier = Reading?.Tier,
        Status = Status,
        Code = Code,
        ProviderError = ProviderError,
        Exactness = NameOf(Cost?.Exactness ?? Exactness.Exact),
        CostNanoUsd = Cost is null ? 0 : Cost.NanoUsd,
        PriceVersion = Cost?.PriceVersion,
        Lines = Cost is { Lines.Count: > 0 } ? CostText.Write(Cost.Lines) : null,
        InputTokens = Sum(UsageClass.Input, UsageClass.CachedInput, UsageClass.CacheWrite, UsageClass.CacheWriteLong, UsageClass.InputAudio,
            UsageClass.CachedInputAudio, UsageClass.InputImage, UsageClass.CachedInputImage),
        OutputTokens = Sum(UsageClass.Output, UsageClass.OutputAudio, UsageClass.OutputImage),
        IsStream = IsStream,
        HungUp = HungUp,
        Attempts = Attempts,
        LatencyMilliseconds = Milliseconds(clock, clock.GetTimestamp())!.Value,
        ProviderMilliseconds = Milliseconds(clock, HeadersAt),
        FirstByteMilliseconds = Milliseconds(clock, FirstByteAt),
    };

    private long Sum(params ReadOnlySpan<UsageClass> kinds)
    {
        var sum = 0L;
        foreach (var part in Reading?.Parts ?? [])
        {
            foreach (var kind in kinds)
                sum += part[kind];
        }
        return sum;
    }

    private int? Milliseconds(TimeProvider clock, long? until) => until is { } end ? (int)clock.GetElapsedTime(began, end).TotalMilliseconds : null;

    private static string NameOf<T>(T value) where T : struct, Enum => Names<T>.Of[value];

    /// <summary>As the API writes them.</summary>
    private static class Names<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Of =
            Enum.GetValues<T>().ToDictionary(value => value, value => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));
    }
}
