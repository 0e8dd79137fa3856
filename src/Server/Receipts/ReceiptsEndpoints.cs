using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using KeyPass.Server.Http;

namespace KeyPass.Server.Receipts;

/// <summary>What calls cost and how they went, for the account that they were made for. Never what was said in them.</summary>
internal static class ReceiptsEndpoints
{
    private const int LargestPage = 200;
    private const string IdPrefix = "req_";

    /// <param name="Caller">What you call the virtual key, or the app, that called.</param>
    internal sealed record LogItem(
        string RequestId, DateTimeOffset At, string VirtualKeyId, string? Caller, string? ProviderKeyId, string? Provider, string? Operation, string? Model,
        string? ServedModel, string? ServedTier, int Status, string? Code, ProviderAnswer? ProviderError, string Exactness,
        long? CostNanoUsd, long? BoundNanoUsd, long? ClampedTo, string? PriceVersion, JsonElement? CostLines, long InputTokens, long OutputTokens,
        bool Stream, bool HungUp, int Attempts,
        int LatencyMs, int? ProviderMs, int? FirstByteMs, IReadOnlyList<string> Tags, bool Livemode);

    internal sealed record LogPage(IReadOnlyList<LogItem> Items, string? NextCursor);

    public static void AddReceipts(this IServiceCollection services, ReceiptSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<ReceiptStore>();
        services.AddSingleton<ReceiptQueryStore>();
        services.AddSingleton<UsageStore>();
        services.AddSingleton<EventsEndpoints>();
    }

    public static void MapReceipts(this WebApplication app)
    {
        var logs = app.MapGroup("/v1").WithTags("Usage");
        logs.MapGet("/logs", ListAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithName("listLogs").WithSummary("Receipts of your calls, newest first")
            .WithDescription("One for each proxied call: model, tokens, cost, status, time. Never what was asked or answered. 'status' takes ok, error, or a "
                + "number.")
            .Produces<Envelope<LogPage>>().RefusesWith(Refusals.InvalidRequest);
        logs.MapGet("/logs/{requestId}", GetAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithName("getLog").WithSummary("The receipt of one call, by its x-keypass-request-id")
            .WithDescription("With the lines of its cost. It is found also when the key that called was deleted.")
            .Produces<Envelope<LogItem>>().RefusesWith(Refusals.NotFound);
        app.MapUsage();
        EventsEndpoints.Map(app);
    }

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal caller, ReceiptQueryStore store, CancellationToken cancel, int limit = 50, string? cursor = null, string? from = null,
        string? to = null, string? virtualKey = null, string? providerKey = null, string? provider = null, string? model = null, string? tag = null,
        string? status = null, bool? livemode = null)
    {
        var check = new FieldCheck();
        check.Require(limit is > 0 and <= LargestPage, "limit", $"'limit' takes 1 to {LargestPage}.");
        var after = TimeCursor.Read(check, cursor);
        var filter = ReadFilter(check, from, to, virtualKey, providerKey, provider, model, tag, status, livemode);
        if (check.Refusal is { } refusal)
            return refusal;
        var found = await store.ListAsync(caller.AccountId(), filter, limit + 1, after, cancel);
        var page = found.Take(limit).ToList();
        var next = found.Count > limit ? TimeCursor.Of(page[^1].Receipt.At, page[^1].Receipt.Id) : null;
        return TypedResults.Ok(Envelope.Of(new LogPage(page.ConvertAll(Show), next)));
    }

    private static async Task<IResult> GetAsync(string requestId, ClaimsPrincipal caller, ReceiptQueryStore store, CancellationToken cancel)
    {
        var text = requestId.StartsWith(IdPrefix, StringComparison.Ordinal) ? requestId[IdPrefix.Length..] : requestId;
        return Guid.TryParseExact(text, "N", out var id) && await store.FindAsync(caller.AccountId(), id, cancel) is { } found
            ? TypedResults.Ok(Envelope.Of(Show(found)))
            : Refusals.NotFound.Because("There is no receipt of that request, or it is not yours. A receipt appears within a second of its call's end.");
    }

    public static ReceiptFilter ReadFilter(
        FieldCheck check, string? from, string? to, string? virtualKey, string? providerKey, string? provider, string? model, string? tag, string? status,
        bool? livemode)
    {
        check.Require(status is null or "ok" or "error" || (status.Length == 3 && status.All(char.IsAsciiDigit)),
            "status", "'status' takes ok, error, or a status like 429.");
        return new ReceiptFilter(
            ReadTime(check, "from", from), ReadTime(check, "to", to), ReadId(check, "virtualKey", virtualKey), ReadId(check, "providerKey", providerKey),
            provider, model, tag, status, livemode is { } live ? !live : null);
    }

    private static Guid? ReadId(FieldCheck check, string field, string? text) => text is null ? null : check.Id(field, text);

    private static DateTimeOffset? ReadTime(FieldCheck check, string field, string? text)
    {
        if (text is null)
            return null;
        var read = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
        check.Require(read, field, $"'{field}' takes a time in ISO 8601, like 2026-01-31T00:00:00Z.");
        return read ? time.ToUniversalTime() : null;
    }

    public static LogItem Show(NamedReceipt named)
    {
        var (one, caller) = named;
        return new(
            IdPrefix + one.Id.ToString("N"), one.At, one.GrantId.ToString("N"), caller, one.KeyId?.ToString("N"), one.Provider, one.Operation, one.Model,
            one.ServedModel, one.ServedTier, one.Status, one.Code, one.ProviderError, one.Exactness, one.CostNanoUsd, one.BoundNanoUsd, one.ClampedTo,
            one.PriceVersion, one.Lines is null ? null : JsonDocument.Parse(one.Lines).RootElement, one.InputTokens, one.OutputTokens, one.IsStream,
            one.HungUp, one.Attempts, one.LatencyMilliseconds, one.ProviderMilliseconds, one.FirstByteMilliseconds, one.Tags, !one.IsTest);
    }
}
