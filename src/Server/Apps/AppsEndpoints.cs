using System.Security.Claims;
using System.Text;
using KeyPass.Server.Audit;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Apps;

/// <summary>Apps: what a developer registers, so that other people's accounts can be connected to it.</summary>
internal static class AppsEndpoints
{
    private const string Live = "live";
    private const string Test = "test";
    private const string ProofFile = "/.well-known/keypass.txt";

    internal sealed record CreateAppRequest(
        string Name, string? Homepage = null, string? Logo = null, string Mode = Live, IReadOnlyList<string>? Origins = null,
        IReadOnlyList<string>? RedirectUris = null);

    /// <summary>What is left out stays; an empty homepage or logo takes it away.</summary>
    internal sealed record ChangeAppRequest(
        string? Name = null, string? Homepage = null, string? Logo = null, IReadOnlyList<string>? Origins = null,
        IReadOnlyList<string>? RedirectUris = null);

    internal sealed record AppDomain(string Name, DateTimeOffset VerifiedAt);

    internal sealed record AppSecretItem(string Id, string Hint, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

    internal sealed record AppItem(
        string Id, string ClientId, string Name, string? Homepage, string? Logo, string Mode, IReadOnlyList<string> Origins,
        IReadOnlyList<string> RedirectUris, AppDomain? Domain, IReadOnlyList<AppSecretItem> Secrets, DateTimeOffset CreatedAt);

    /// <summary>What an app has, and what came of what it asked for in the last 30 days.</summary>
    /// <param name="Connections">That have not ended; some may be paused.</param>
    internal sealed record AppCounts(string AppId, long Connections, long Asked, long Opened, long Approved);

    internal sealed record AppList(IReadOnlyList<AppItem> Items, IReadOnlyList<AppCounts> Counts, string? NextCursor);

    /// <summary>The one time the secret is shown.</summary>
    internal sealed record MadeApp(AppItem App, string ClientSecret);

    internal sealed record MadeSecret(string Id, string ClientSecret, string Hint);

    /// <param name="Record">The line that the file must hold.</param>
    internal sealed record DomainCheck(bool Verified, IReadOnlyList<string> Checked, string Record);

    public static void AddApps(this IServiceCollection services)
    {
        services.AddSingleton<AppStore>();
        services.AddBasicCredential(Credentials.App, FindCallerAsync);
    }

    public static void MapApps(this WebApplication app)
    {
        var apps = app.MapGroup("/v1").WithTags("Apps");
        apps.MapGet("/apps", ListAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithName("listApps").WithSummary("The apps you registered")
            .WithDescription("Beside them 'counts': of each app the connections that have not ended, and of the link sessions of the last 30 days how many "
                + "were opened and approved.")
            .Produces<Envelope<AppList>>();
        apps.MapGet("/apps/{id}", GetAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Read)
            .WithName("getApp").WithSummary("One app").Produces<Envelope<AppItem>>().RefusesWith(Refusals.NotFound);
        apps.MapPost("/apps", CreateAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage).AnswersWithSecret()
            .WithName("createApp").WithSummary("Register an app")
            .WithDescription("Its server proves itself with the client id and the secret in the answer, which is shown once. An app in test mode reaches the "
                + "sandbox only.")
            .Produces<Envelope<MadeApp>>(StatusCodes.Status201Created).RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson);
        apps.MapPatch("/apps/{id}", ChangeAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithName("changeApp").WithSummary("Change what an app is called, and where it may be embedded and return to")
            .Produces<Envelope<AppItem>>()
            .RefusesWith(Refusals.InvalidRequest, Refusals.InvalidJson, Refusals.NotFound, Refusals.VersionConflict);
        apps.MapPost("/apps/{id}/secrets", AddSecretAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage).AnswersWithSecret()
            .WithName("addAppSecret").WithSummary("Make an app's next client secret")
            .WithDescription("Two work at a time: make the next, let the app use it, then remove the old one.")
            .Produces<Envelope<MadeSecret>>(StatusCodes.Status201Created).RefusesWith(Refusals.InvalidRequest, Refusals.NotFound);
        apps.MapDelete("/apps/{id}/secrets/{secretId}", RemoveSecretAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithName("removeAppSecret").WithSummary("End a client secret").Produces(StatusCodes.Status204NoContent).RefusesWith(Refusals.NotFound);
        apps.MapPost("/apps/{id}/domain-check", CheckDomainAsync).Requires(Credentials.Session | Credentials.ManagementToken, Scope.Manage)
            .WithName("checkAppDomain").WithSummary("Show that an app's homepage is yours")
            .WithDescription($"Put the line 'record' into a file at {ProofFile} of the homepage's host first. Looked at over https, at most "
                + $"{AppStore.ChecksAnHour} times an hour; redirects are not followed.")
            .Produces<Envelope<DomainCheck>>().RefusesWith(Refusals.InvalidRequest, Refusals.NotFound, Refusals.RateLimited);
    }

    /// <summary>A form that is wrong costs no question; whatever else is wrong costs the same one.</summary>
    private static async Task<ClaimsPrincipal?> FindCallerAsync(IServiceProvider services, string presented, CancellationToken cancel)
    {
        if (presented.Split(':') is not [var clientId, var text] || !Credential.TryRead(text, out var secret))
            return null;
        using (secret)
        {
            return secret.Kind == CredentialKind.ClientSecret
                && await services.GetRequiredService<AppStore>().FindByClientAsync(clientId, secret, cancel) is { } app
                ? Caller.Principal(RouteAuth.SchemeName(Credentials.App), app.AccountId, app.Id)
                : null;
        }
    }

    private static async Task<IResult> ListAsync(ClaimsPrincipal caller, AppStore store, CancellationToken cancel) =>
        TypedResults.Ok(Envelope.Of(new AppList(
            [.. (await store.ListAsync(caller.AccountId(), cancel)).Select(Show)],
            [.. (await store.CountAsync(caller.AccountId(), cancel)).Select(one =>
                new AppCounts(one.Id.ToString("N"), one.Connections, one.Asked, one.Opened, one.Approved))],
            NextCursor: null)));

    private static async Task<IResult> GetAsync(string id, ClaimsPrincipal caller, AppStore store, CancellationToken cancel) =>
        await FindAsync(id, caller, store, cancel) is { } found ? TypedResults.Ok(Envelope.Of(Show(found))) : NotThere();

    private static async Task<IResult> CreateAsync(
        CreateAppRequest body, ClaimsPrincipal caller, AppStore store, TimeProvider clock, CancellationToken cancel)
    {
        var check = new FieldCheck();
        var wish = new AppWish(body.Name, body.Homepage, body.Logo, body.Origins, body.RedirectUris);
        wish.Check(check);
        check.Require(body.Mode is Live or Test, "mode", $"'mode' takes {Live} or {Test}.");
        if (check.Refusal is { } refusal)
            return refusal;
        var now = clock.GetUtcNow();
        using var clientId = Credential.Mint(CredentialKind.ClientId);
        var app = new AppStore.AppRow
        {
            Id = Guid.CreateVersion7(now),
            AccountId = caller.AccountId(),
            ClientId = Encoding.ASCII.GetString(clientId.Reveal()),
            Name = body.Name,
            IsTest = body.Mode == Test,
            Origins = [],
            RedirectUris = [],
            CreatedAt = now,
        };
        wish.ApplyTo(app);
        var (secret, shown) = MakeSecret(app.Id, now);
        return await store.AddAsync(app, secret, Actor.Of(caller), cancel)
            ? TypedResults.Created($"/v1/apps/{app.Id:N}", Envelope.Of(new MadeApp(Show(new AppStore.Listed(app, [secret])), shown)))
            : Refusals.InvalidRequest.Because($"There are {AppStore.MostApps} apps already: delete one first.");
    }

    private static async Task<IResult> ChangeAsync(
        string id, ChangeAppRequest body, ClaimsPrincipal caller, AppStore store, CancellationToken cancel)
    {
        var check = new FieldCheck();
        var wish = new AppWish(body.Name, body.Homepage, body.Logo, body.Origins, body.RedirectUris);
        wish.Check(check);
        if (check.Refusal is { } refusal)
            return refusal;
        if (!Guid.TryParseExact(id, "N", out var appId))
            return NotThere();
        return await store.ChangeAsync(caller.AccountId(), appId, Actor.Of(caller), "changed", wish.ApplyTo, cancel) switch
        {
            AppChange.Done when await FindAsync(id, caller, store, cancel) is { } changed => TypedResults.Ok(Envelope.Of(Show(changed))),
            AppChange.Conflict => Refusals.VersionConflict.Because("The app was changed meanwhile: read it again, and change it from there."),
            _ => NotThere(),
        };
    }

    private static async Task<IResult> AddSecretAsync(string id, ClaimsPrincipal caller, AppStore store, TimeProvider clock, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "N", out var appId))
            return NotThere();
        var (secret, shown) = MakeSecret(appId, clock.GetUtcNow());
        return await store.AddSecretAsync(caller.AccountId(), secret, Actor.Of(caller), cancel) switch
        {
            AppChange.Done => TypedResults.Created((string?)null, Envelope.Of(new MadeSecret(secret.Id.ToString("N"), shown, secret.Hint))),
            AppChange.TooMany => Refusals.InvalidRequest.Because($"An app has {AppStore.MostSecrets} secrets at most: remove one first."),
            _ => NotThere(),
        };
    }

    private static async Task<IResult> RemoveSecretAsync(
        string id, string secretId, ClaimsPrincipal caller, AppStore store, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var appId) && Guid.TryParseExact(secretId, "N", out var one)
        && await store.RemoveSecretAsync(caller.AccountId(), appId, one, Actor.Of(caller), cancel) == AppChange.Done
            ? TypedResults.NoContent()
            : NotThere();

    private static async Task<IResult> CheckDomainAsync(
        string id, ClaimsPrincipal caller, AppStore store, OwnerProof proof, TimeProvider clock, CancellationToken cancel)
    {
        if (await FindAsync(id, caller, store, cancel) is not { App: { } app })
            return NotThere();
        if (app.Homepage is null)
            return Refusals.InvalidRequest.Because("This app has no homepage to look at: give it one first.", "homepage");
        if (await store.BeginCheckAsync(app, Actor.Of(caller), cancel) == AppChange.TooMany)
            return Refusals.RateLimited.Because($"A domain is looked at {AppStore.ChecksAnHour} times an hour.", retryAfter: TimeSpan.FromMinutes(10));
        var (homepage, record) = (new Uri(app.Homepage), $"keypass-client-id={app.ClientId}");
        var file = new Uri(homepage.GetLeftPart(UriPartial.Authority) + ProofFile);
        var verified = await proof.HasLineAsync(file, record, cancel);
        var domain = verified ? homepage.Authority : null;
        await store.ChangeAsync(app.AccountId, app.Id, Actor.Of(caller), verified ? "domain_verified" : "domain_unverified", row =>
        {
            // Its homepage may be another by now, which nobody looked at.
            if (row.Homepage == app.Homepage)
                (row.Domain, row.DomainVerifiedAt) = (domain, verified ? clock.GetUtcNow() : null);
        }, cancel);
        return TypedResults.Ok(Envelope.Of(new DomainCheck(verified, [file.AbsoluteUri], record)));
    }

    private static async Task<AppStore.Listed?> FindAsync(string id, ClaimsPrincipal caller, AppStore store, CancellationToken cancel) =>
        Guid.TryParseExact(id, "N", out var appId) ? await store.FindAsync(caller.AccountId(), appId, cancel) : null;

    private static (AppStore.SecretRow Row, string Shown) MakeSecret(Guid appId, DateTimeOffset now)
    {
        using var secret = Credential.Mint(CredentialKind.ClientSecret);
        var hash = new byte[Credential.HashSize];
        secret.Hash(hash);
        var shown = Encoding.ASCII.GetString(secret.Reveal());
        return (new AppStore.SecretRow
        {
            Id = Guid.CreateVersion7(now),
            AppId = appId,
            Hash = hash,
            Hint = shown[^AppStore.SecretRow.HintLength..],
            CreatedAt = now,
        }, shown);
    }

    public static AppDomain? ShowDomain(AppStore.AppRow app) => app is { Domain: { } name, DomainVerifiedAt: { } at } ? new AppDomain(name, at) : null;

    public static string ShowMode(AppStore.AppRow app) => app.IsTest ? Test : Live;

    private static AppItem Show(AppStore.Listed one) => new(
        one.App.Id.ToString("N"), one.App.ClientId, one.App.Name, one.App.Homepage, one.App.Logo, ShowMode(one.App), one.App.Origins,
        one.App.RedirectUris, ShowDomain(one.App),
        [.. one.Secrets.Select(row => new AppSecretItem(row.Id.ToString("N"), row.Hint, row.CreatedAt, row.LastUsedAt))], one.App.CreatedAt);

    private static RefusalResult NotThere() => Refusals.NotFound.Because("There is no such app, or it is not yours.");
}
