using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Json;
using KeyPass.Server.Apps;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace KeyPass.Server.Link;

/// <summary>Link, from the app's page: what may be shown there, how it goes on, and the public token where another browser finished.</summary>
internal sealed class LinkBrowserEndpoints(LinkStore store, TimeProvider clock, IHostApplicationLifetime lifetime, IOptions<JsonOptions> json)
{
    /// <summary>A page and its reload, the modal and a tab.</summary>
    private const int MostOfSession = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>A proxy between closes what is silent for a minute.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(25);

    private readonly ConcurrentDictionary<Guid, int> _open = new();

    internal sealed record AskingApp(string Name, string? Logo, string? Homepage, AppsEndpoints.AppDomain? Domain, string Mode);

    /// <param name="ProviderNames">As people know them, in the order of <paramref name="RequestedProviders"/>.</param>
    /// <param name="ExpiresAt">Of the link token; <paramref name="ConnectionExpiresAt"/> is until when the app asks.</param>
    internal sealed record ShownSession(
        string LinkSessionId, string Status, AskingApp App, IReadOnlyList<string> RequestedProviders, IReadOnlyList<string> ProviderNames,
        IReadOnlyList<string>? Models, long BudgetSuggestionCents, string Period, string? Reason, DateTimeOffset ExpiresAt,
        DateTimeOffset? ConnectionExpiresAt, string? Origin, string? RedirectUri, bool IsUpdate);

    internal sealed record RelayedEnvelope(string Envelope);

    public static void Map(IEndpointRouteBuilder link)
    {
        link.MapGet("/session", ShowAsync).Requires(Credentials.LinkToken)
            .WithName("showLinkSession").WithSummary("What an app asks for, for the page that shows it")
            .Produces<Envelope<ShownSession>>();
        link.MapGet("/events", (HttpContext http, ClaimsPrincipal caller, LinkBrowserEndpoints page) => page.WatchAsync(http, caller.CredentialId()))
            .Requires(Credentials.LinkToken)
            .WithName("streamLinkEvents").WithSummary("How a link session goes on, until it is decided")
            .WithDescription("Server-sent events named 'link', each with a name and a time.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream").RefusesWith(Refusals.RateLimited).LoggedQuietly();
        link.MapGet("/relay", (HttpContext http, ClaimsPrincipal caller, LinkBrowserEndpoints page) => page.FetchAsync(http, caller.CredentialId()))
            .Requires(Credentials.LinkToken)
            .WithName("fetchLinkRelay").WithSummary("Wait for the public token that another browser left")
            .WithDescription("Encrypted under a key that only the two browsers have. Answers 204 after 25 seconds without one: ask again.")
            .Produces<Envelope<RelayedEnvelope>>().Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.RateLimited).LoggedQuietly();
    }

    public static AskingApp Show(AppStore.AppRow app) =>
        new(app.Name, app.Logo, app.Homepage, AppsEndpoints.ShowDomain(app), AppsEndpoints.ShowMode(app));

    private static async Task<IResult> ShowAsync(ClaimsPrincipal caller, LinkStore store, AppStore apps, CancellationToken cancel)
    {
        await store.MarkAsync(caller.CredentialId(), [LinkState.Opened], cancel);
        var session = (await store.FindAsync(caller.CredentialId(), cancel))!;
        return TypedResults.Ok(Envelope.Of(new ShownSession(
            session.Id.ToString("N"), session.Status, Show(await apps.GetAsync(session.AppId, cancel)), session.Providers,
            [.. session.Providers.Select(id => ProviderCatalog.Find(id)?.Name ?? id)],
            session.Models is { Length: > 0 } models ? models : null, session.BudgetCents, session.Period, session.Reason, session.ExpiresAt,
            session.WantedUntil, session.Origin, session.RedirectUri, session.IsUpdate)));
    }

    private Task<IResult> WatchAsync(HttpContext http, Guid id) => OneOfFewAsync(http, id, async cancel =>
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["x-accel-buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await http.Response.WriteAsync(": welcome\n\n", cancel);
        await http.Response.Body.FlushAsync(cancel);
        var (last, said) = (0L, clock.GetTimestamp());
        while (true)
        {
            // The row first: what is decided then has its event already.
            var isOver = await store.FindAsync(id, cancel) is not { } session || !LinkState.IsOpen(session.Status);
            var fresh = await store.ListEventsAsync(id, last, cancel);
            foreach (var one in fresh)
            {
                var data = JsonSerializer.Serialize(new LinkAppEndpoints.LinkEvent(one.Name, one.At), json.Value.SerializerOptions);
                await http.Response.WriteAsync($"event: link\nid: {one.Id}\ndata: {data}\n\n", cancel);
                last = one.Id;
            }
            if (fresh.Count == 0 && clock.GetElapsedTime(said) > Silence)
                await http.Response.WriteAsync(": still here\n\n", cancel);
            if (fresh.Count > 0 || clock.GetElapsedTime(said) > Silence)
            {
                await http.Response.Body.FlushAsync(cancel);
                said = clock.GetTimestamp();
            }
            if (isOver)
                return TypedResults.Empty;
            await Task.Delay(Pause, cancel);
        }
    });

    private Task<IResult> FetchAsync(HttpContext http, Guid id) => OneOfFewAsync(http, id, async cancel =>
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            if (await store.FindRelayAsync(id, cancel) is { } envelope)
                return TypedResults.Ok(Envelope.Of(new RelayedEnvelope(Base64Url.EncodeToString(envelope))));
            if (clock.GetElapsedTime(began) > LongestPoll)
                return TypedResults.NoContent();
            await Task.Delay(Pause, cancel);
        }
    });

    private async Task<IResult> OneOfFewAsync(HttpContext http, Guid id, Func<CancellationToken, Task<IResult>> wait)
    {
        if (_open.AddOrUpdate(id, 1, (_, open) => open + 1) > MostOfSession)
        {
            Leave(id);
            return Refusals.RateLimited.Because($"This session is watched in {MostOfSession} places already.", retryAfter: Silence);
        }
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
            return await wait(end.Token);
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or this server stops: the page asks again, elsewhere.
            return TypedResults.Empty;
        }
        finally
        {
            Leave(id);
        }
    }

    private void Leave(Guid id)
    {
        if (_open.AddOrUpdate(id, 0, (_, open) => open - 1) <= 0)
            _open.TryRemove(new KeyValuePair<Guid, int>(id, 0));
    }
}
