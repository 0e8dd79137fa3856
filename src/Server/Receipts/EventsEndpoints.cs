using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Json;
using KeyPass.Server.Alerts;
using KeyPass.Server.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace KeyPass.Server.Receipts;

/// <summary>New receipts as they are written, at whichever server: a page that shows them asks nothing again and again.</summary>
internal sealed class EventsEndpoints(
    ReceiptQueryStore store, AlertStore alerts, TimeProvider clock, IHostApplicationLifetime lifetime, IOptions<JsonOptions> json)
{
    /// <summary>Tabs of one person.</summary>
    private const int MostOfAccount = 10;

    private const int LargestStep = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>A proxy between closes what is silent for a minute.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>Receipts are named by when their batch began: one that took longer to commit appears behind others.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(10);

    /// <summary>Then the page asks again by itself, if whoever looks at it is still signed in.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<Guid, int> _open = new();

    public static void Map(WebApplication app) => app.MapGet("/v1/events",
            (HttpContext http, ClaimsPrincipal caller, EventsEndpoints events) => events.RunAsync(http, caller.AccountId()))
        .Requires(Credentials.Session).WithTags("Usage").WithName("streamEvents")
        .WithSummary("New receipts as they are written, and budgets as they near their ends")
        .WithDescription("Server-sent events: 'receipt' with a receipt of GET /v1/logs as its data, 'budget' with an item of GET /v1/attention.")
        .Produces<string>(StatusCodes.Status200OK, "text/event-stream").RefusesWith(Refusals.RateLimited).LoggedQuietly();

    private async Task<IResult> RunAsync(HttpContext http, Guid accountId)
    {
        if (_open.AddOrUpdate(accountId, 1, (_, open) => open + 1) > MostOfAccount)
        {
            Leave(accountId);
            return Refusals.RateLimited.Because($"You watch in {MostOfAccount} places already: close one first.", retryAfter: Silence);
        }
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers["x-accel-buffering"] = "no";
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await http.Response.WriteAsync(": welcome\nretry: 1000\n\n", end.Token);
            await http.Response.Body.FlushAsync(end.Token);
            await WatchAsync(http, accountId, end.Token);
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or this server stops: the page asks again, elsewhere.
        }
        finally
        {
            Leave(accountId);
        }
        return TypedResults.Empty;
    }

    private async Task WatchAsync(HttpContext http, Guid accountId, CancellationToken cancel)
    {
        var (since, said) = (clock.GetUtcNow(), clock.GetTimestamp());
        var ends = since + Longest;
        var shown = new Dictionary<Guid, DateTimeOffset>();
        var told = new Dictionary<(Guid Budget, int Percent, DateTimeOffset At), DateTimeOffset>();
        while (clock.GetUtcNow() is var now && now < ends)
        {
            var fresh = (await store.ListWrittenAsync(accountId, since, LargestStep, cancel)).Where(one => shown.TryAdd(one.Receipt.Id, now)).ToList();
            foreach (var receipt in fresh)
            {
                var data = JsonSerializer.Serialize(ReceiptsEndpoints.Show(receipt), json.Value.SerializerOptions);
                await http.Response.WriteAsync($"event: receipt\nid: {receipt.Receipt.Id:N}\ndata: {data}\n\n", cancel);
            }
            var marks = (await alerts.ListSinceAsync(accountId, since, cancel)).Where(one => told.TryAdd((one.BudgetId, one.Percent, one.At), now)).ToList();
            foreach (var mark in marks)
            {
                var data = JsonSerializer.Serialize(AlertsEndpoints.Show(mark), json.Value.SerializerOptions);
                await http.Response.WriteAsync($"event: budget\ndata: {data}\n\n", cancel);
            }
            if (fresh.Count + marks.Count > 0 || clock.GetElapsedTime(said) > Silence)
            {
                if (fresh.Count + marks.Count == 0)
                    await http.Response.WriteAsync(": still here\n\n", cancel);
                await http.Response.Body.FlushAsync(cancel);
                said = clock.GetTimestamp();
            }
            // Further only when nothing is left behind.
            if (now - Overlap > since)
                since = now - Overlap;
            foreach (var old in told.Where(one => now - one.Value > 2 * Overlap).Select(one => one.Key).ToList())
                told.Remove(old);
            foreach (var old in shown.Where(one => now - one.Value > 2 * Overlap).Select(one => one.Key).ToList())
                shown.Remove(old);
            await Task.Delay(Pause, cancel);
        }
    }

    private void Leave(Guid accountId)
    {
        if (_open.AddOrUpdate(accountId, 0, (_, open) => open - 1) <= 0)
            _open.TryRemove(new KeyValuePair<Guid, int>(accountId, 0));
    }
}
