using System.Security.Claims;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Link;

/// <summary>Connecting an account to an app: three parties, and what each of them may call.</summary>
internal static class LinkEndpoints
{
    public static void AddLink(this IServiceCollection services)
    {
        services.AddSingleton<LinkStore>();
        services.AddSingleton<ConsentStore>();
        services.AddSingleton<ExchangeStore>();
        services.AddSingleton<FunnelStore>();
        services.AddSingleton<LinkBrowserEndpoints>();
        services.AddHostedService<LinkSweep>();
        services.AddBearerCredential(Credentials.LinkToken, CredentialPrefix.Of(CredentialKind.LinkToken), FindCallerAsync);
    }

    public static void MapLink(this WebApplication app)
    {
        var link = app.MapGroup("/v1/link").WithTags("Link");
        link.MapForApps();
        LinkBrowserEndpoints.Map(link);
        link.MapConsent();
        app.MapLinkFrame();
        app.MapFunnel();
    }

    /// <summary>Of no account: it stands for one session, also when that is over, so that its page can say so.</summary>
    private static async Task<ClaimsPrincipal?> FindCallerAsync(IServiceProvider services, string presented, CancellationToken cancel)
    {
        if (!ConsentEndpoints.TryRead(presented, out var linkToken))
            return null;
        using (linkToken)
        {
            return await services.GetRequiredService<LinkStore>().FindAsync(linkToken, cancel) is { } session
                ? Caller.Principal(RouteAuth.SchemeName(Credentials.LinkToken), Guid.Empty, session.Id)
                : null;
        }
    }
}
