using System.Globalization;
using System.Security.Claims;
using System.Text;
using KeyPass.Server.Http;

namespace KeyPass.Server.Receipts;

/// <summary>Receipts summed up, as JSON for pages and as CSV for everybody else's tables.</summary>
internal static class UsageEndpoints
{
    private static readonly TimeSpan UsualRange = TimeSpan.FromDays(30);

    private static readonly Dictionary<string, UsageGrouping> Groupings = new(StringComparer.Ordinal)
    {
        ["key"] = UsageGrouping.VirtualKey,
        ["providerKey"] = UsageGrouping.ProviderKey,
        ["model"] = UsageGrouping.Model,
        ["provider"] = UsageGrouping.Provider,
        ["operation"] = UsageGrouping.Operation,
        ["day"] = UsageGrouping.Day,
        ["hour"] = UsageGrouping.Hour,
        ["tag"] = UsageGrouping.Tag,
        ["status"] = UsageGrouping.Status,
        ["exactness"] = UsageGrouping.Exactness,
        ["app"] = UsageGrouping.App,
    };

    private static readonly Dictionary<string, UsageGrouping> Slots = new(StringComparer.Ordinal)
    {
        ["day"] = UsageGrouping.Day,
        ["hour"] = UsageGrouping.Hour,
    };

    internal sealed record UsageAnswer(DateTimeOffset From, DateTimeOffset To, string? GroupBy, string Tz, UsageSum Total, IReadOnlyList<UsageSum> Groups);

    public static void MapUsage(this WebApplication app) => app.MapGet("/v1/usage", SumAsync)
        .Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
        .WithTags("Usage").WithName("getUsage").WithSummary("What your calls used and cost, summed up")
        .WithDescription("'groupBy' takes " + string.Join(", ", Groupings.Keys) + ". Without 'from' the last 30 days; days and hours begin in 'tz'. A "
            + "call with two tags counts under each. With 'per', day or hour, each group comes once for each; past 2,000 those that cost least are left out. "
            + "'format=csv' answers a table. Test calls are left out unless 'livemode=false' asks for them.")
        .Produces<Envelope<UsageAnswer>>().RefusesWith(Refusals.InvalidRequest);

    private static async Task<IResult> SumAsync(
        ClaimsPrincipal caller, UsageStore store, TimeProvider clock, CancellationToken cancel, string? groupBy = null, string? from = null, string? to = null,
        string tz = IanaZone.Usual, string? virtualKey = null, string? providerKey = null, string? provider = null, string? model = null, string? tag = null,
        string? status = null, bool livemode = true, string format = "json", string? per = null)
    {
        var check = new FieldCheck();
        var filter = ReceiptsEndpoints.ReadFilter(check, from, to, virtualKey, providerKey, provider, model, tag, status, livemode);
        check.Require(groupBy is null || Groupings.ContainsKey(groupBy), "groupBy", $"'groupBy' takes one of {string.Join(", ", Groupings.Keys)}.");
        check.Require(per is null || (Slots.ContainsKey(per) && groupBy is not null), "per", "'per' takes day or hour, beside 'groupBy'.");
        check.Require(IanaZone.Exists(tz), "tz", "'tz' takes a name of IANA's, like Europe/Berlin.");
        check.Require(format is "json" or "csv", "format", "'format' takes json or csv.");
        var end = filter.To ?? clock.GetUtcNow();
        var range = filter with { From = filter.From ?? end - UsualRange, To = end };
        check.Require(range.From < end, "from", "'from' takes a time before 'to'.");
        if (check.Refusal is { } refusal)
            return refusal;
        UsageGrouping? slots = per is null ? null : Slots[per];
        if (format == "csv" && groupBy is not null)
            return Table(groupBy, await store.GroupsAsync(caller.AccountId(), range, Groupings[groupBy], tz, cancel, slots));
        var sums = await store.SumAsync(caller.AccountId(), range, groupBy is null ? null : Groupings[groupBy], tz, cancel, slots);
        return format == "csv"
            ? Table("group", [sums.Total])
            : TypedResults.Ok(Envelope.Of(new UsageAnswer(range.From.Value, end, groupBy, tz, sums.Total, sums.Groups)));

        IResult Table(string group, IReadOnlyList<UsageSum> lines) => TypedResults.Text(Csv(group, per, lines), "text/csv; charset=utf-8");
    }

    private static string Csv(string group, string? slot, IReadOnlyList<UsageSum> sums)
    {
        var slots = slot is null ? "" : slot + ",";
        var text = new StringBuilder($"{slots}{group},requests,errors,inputTokens,outputTokens,costUsd,unpriced,inexact\r\n");
        foreach (var sum in sums)
        {
            text.Append(slot is null ? "" : sum.Slot + ",")
                .Append(CultureInfo.InvariantCulture, $"{Cell(sum.Group ?? "")},{sum.Requests},{sum.Errors},{sum.InputTokens},{sum.OutputTokens},")
                .Append(CultureInfo.InvariantCulture, $"{Usd(sum.CostNanoUsd)},{sum.Unpriced},{sum.Inexact}\r\n");
        }
        return text.ToString();
    }

    /// <summary>Every digit there is: sums in a table are to come out.</summary>
    private static string Usd(long nano) => string.Create(CultureInfo.InvariantCulture, $"{nano / 1_000_000_000}.{nano % 1_000_000_000:000000000}");

    /// <summary>Quoted where it must be; a name that a table program would take for a formula is text.</summary>
    private static string Cell(string text)
    {
        var plain = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + text : text;
        return plain.AsSpan().IndexOfAny(",\"\r\n") < 0 ? plain : $"\"{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
