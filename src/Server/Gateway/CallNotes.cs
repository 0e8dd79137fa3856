using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Ledger;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;
using KeyPass.Server.Receipts;

namespace KeyPass.Server.Gateway;

/// <summary>What is known of a call while it runs: its receipt, as far as it goes.</summary>
internal sealed class CallNotes(Guid id, DateTimeOffset at, long began)
{
    private const string InterruptedCode = "interrupted";

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

    /// <summary>What the call holds of its budgets; null where nothing limits it.</summary>
    public Hold? Hold { get; set; }

    public long? ClampTo { get; set; }

    /// <summary>To be left when it is over; null where nothing limits how often it is called.</summary>
    public RatePass? Pass { get; set; }

    /// <summary>In the journal, from before it went out; null where it did not.</summary>
    public JournalEntry? Open { get; set; }

    /// <summary>The provider did not answer it, or not with a refusal: it may charge for it.</summary>
    public bool MayCost { get; set; }

    public int Attempts { get; set; }
    public int Status { get; set; }
    public string? Code { get; set; }
    public ProviderAnswer? ProviderError { get; set; }
    public Reading? Reading { get; set; }
    public Cost? Cost { get; set; }

    /// <summary>No provider counted it: the cost is what we think.</summary>
    public bool IsGuess { get; set; }

    /// <summary>As time stamps of the clock.</summary>
    public long? HeadersAt { get; set; }
    public long? FirstByteAt { get; set; }

    /// <summary>What stands if nothing more is ever heard of it: it went out, and can have cost all that it holds.</summary>
    public Receipt AsItStands(LiveGrant grant, TimeProvider clock) => ToReceipt(grant, clock) with
    {
        Status = StatusCodes.Status500InternalServerError,
        Code = InterruptedCode,
        Exactness = NameOf(Exactness.Interrupted),
        CostNanoUsd = Hold?.NanoUsd,
    };

    public Receipt ToReceipt(LiveGrant grant, TimeProvider clock)
    {
        var charged = Hold is null ? Cost : Charged(Hold.NanoUsd);
        return ToReceipt(grant, clock, charged);
    }

    /// <summary>
    /// Of a call that holds money: never less than it may have cost. What a provider counted is charged as it is; what is our own guess, or nobody's, at
    /// the most the call can have cost.
    /// </summary>
    private Cost? Charged(long bound) => Cost switch
    {
        _ when !MayCost => null,
        null or { NanoUsd: null } when bound == 0 => Cost,
        _ when IsGuess || Cost?.NanoUsd is null => new Cost(bound, Exactness.Bounded, Cost?.PriceVersion, [], IsClamped: false),
        _ => Cost,
    };

    private Receipt ToReceipt(LiveGrant grant, TimeProvider clock, Cost? charged) => new()
    {
        Id = id,
        At = at,
        AccountId = grant.AccountId,
        GrantId = grant.Id,
        CredentialId = grant.Found.Wrap.Id,
        IsTest = grant.Limits.IsTest || Held?.Provider == KeyChoice.Sandbox,
        Tags = grant.Limits.Tags,
        KeyId = Held is { IsOfServer: false } ? Held.Row.KeyId : null,
        Provider = Held is null ? null : ProviderCatalog.NameOf(Held.Provider),
        Operation = Operation is { } operation ? NameOf(operation) : null,
        Model = Model,
        ServedModel = Reading?.Model,
        ServedTier = Reading?.Tier,
        Status = Status,
        Code = Code,
        ProviderError = ProviderError,
        Exactness = NameOf(charged?.Exactness ?? Exactness.Exact),
        CostNanoUsd = charged is null ? 0 : charged.NanoUsd,
        BoundNanoUsd = Hold?.NanoUsd,
        ClampedTo = ClampTo,
        PriceVersion = charged?.PriceVersion,
        Lines = charged is { Lines.Count: > 0 } ? CostText.Write(charged.Lines) : null,
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
