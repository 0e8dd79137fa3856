using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace KeyPass.Server.Http;

/// <summary>What a route takes. The letters are those of the API documentation.</summary>
[Flags]
internal enum Credentials
{
    /// <summary>–: anyone may call it.</summary>
    None = 0,
    /// <summary>S: a signed-in person.</summary>
    Session = 1,
    /// <summary>T: a management token, as far as its scopes go.</summary>
    ManagementToken = 2,
    /// <summary>V: a virtual key, in whichever header an SDK puts its provider's.</summary>
    VirtualKey = 4,
    /// <summary>C: an app's own server, by its client id and secret.</summary>
    App = 8,
    /// <summary>L: a link session's token, in the browser that the app sent.</summary>
    LinkToken = 16,
    /// <summary>O: a signed-in person who runs this server.</summary>
    Operator = 128,
    /// <summary>Not a credential: the caller is on this machine. For what an operator's collector reads.</summary>
    Loopback = 256,
}

/// <summary>What a management token may do; a session may do all of it.</summary>
internal enum Scope
{
    /// <summary>See what there is: never a key, nor an envelope of one.</summary>
    Read,
    /// <summary>Put provider keys in, and nothing else.</summary>
    Deposit,
    /// <summary>Hand on the keys it was given, to new and narrower credentials.</summary>
    Delegate,
    /// <summary>Rename, replace and delete.</summary>
    Manage,
}

/// <summary>Which credentials a route takes, stated by the route itself; of a management token, with which scope.</summary>
internal sealed record RouteAuth(Credentials Accepted, Scope? Scope)
{
    public IReadOnlyList<string> Names { get; } = Enum.GetValues<Credentials>()
        .Where(kind => kind != Credentials.None && Accepted.HasFlag(kind))
        .Select(SchemeName)
        .ToArray();

    /// <summary>As the list of routes shows it.</summary>
    public override string ToString() => Accepted == Credentials.None
        ? "anyone"
        : string.Join(", ", Names.Select(name => name == SchemeName(Credentials.ManagementToken) ? $"{name}({ScopeName(Scope!.Value)})" : name));

    public static string ScopeName(Scope scope) => scope.ToString().ToLowerInvariant();

    /// <summary>The name of the authentication scheme that reads the credential; also its name in the API description.</summary>
    public static string SchemeName(Credentials kind)
    {
        var name = kind.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}

internal static class RouteAuthSetup
{
    public static void AddRouteAuth(this IServiceCollection services)
    {
        // The core alone: the full one brings DataProtection, whose keys may lie nowhere but under the ring.
        services.AddAuthenticationCore();
        // A route that states nothing is open to nobody: forgetting is safe, and a test finds it.
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(IsNoRoute).Build());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusingResultHandler>();
    }

    public static TBuilder OpenToAnyone<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RouteAuth(Credentials.None, Scope: null)).AllowAnonymous();

    /// <summary>For the routes that forward calls: their credential comes in several headers, and the gateway reads it itself.</summary>
    public static TBuilder TakesVirtualKey<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RouteAuth(Credentials.VirtualKey, Scope: null), OwnAdmission.Mark).AllowAnonymous();

    /// <summary>Those routes run at once: nothing that follows here has anything to do for them, and each step costs every call a little.</summary>
    public static void UseOwnAdmission(this WebApplication app) => app.Use((context, next) =>
        context.GetEndpoint() is { RequestDelegate: { } run } endpoint && endpoint.Metadata.GetMetadata<OwnAdmission>() is not null
            ? run(context)
            : next(context));

    /// <param name="scope">What a management token needs for it; stated where the route takes one.</param>
    public static TBuilder Requires<TBuilder>(this TBuilder route, Credentials accepted, Scope? scope = null) where TBuilder : IEndpointConventionBuilder
    {
        if (accepted.HasFlag(Credentials.ManagementToken) != scope.HasValue)
            throw new InvalidOperationException("A route that takes management tokens states the scope it needs.");
        var auth = new RouteAuth(accepted, scope);
        return route.WithMetadata(auth).RequireAuthorization(policy => policy
            .AddAuthenticationSchemes([.. auth.Names.Where(name => name != RouteAuth.SchemeName(Credentials.Loopback))])
            .RequireAssertion(context => context.User.Identity?.IsAuthenticated == true
                ? context.User.May(scope) && (!accepted.HasFlag(Credentials.Operator) || context.User.IsOperator())
                : accepted.HasFlag(Credentials.Loopback) && context.Resource is HttpContext http && IsLoopback(http)));
    }

    private sealed class OwnAdmission
    {
        public static readonly OwnAdmission Mark = new();
    }

    /// <summary>An address that is none, or the framework's own 405 and 415: those are answered as such.</summary>
    private static bool IsNoRoute(AuthorizationHandlerContext context) =>
        context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint;

    private static bool IsLoopback(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && System.Net.IPAddress.IsLoopback(address);

    /// <summary>The framework would answer 401 and 403 with an empty body.</summary>
    private sealed class RefusingResultHandler : IAuthorizationMiddlewareResultHandler
    {
        public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
        {
            if (authorizeResult.Succeeded)
                return next(context);
            var route = context.GetEndpoint()?.Metadata.GetMetadata<RouteAuth>();
            if (authorizeResult.Forbidden && route?.Accepted.HasFlag(Credentials.Operator) == true)
            {
                return Refusals.OperatorRequired
                    .Because("Only an operator of this server may do this; the role is given at the server, with './run operator'.").ExecuteAsync(context);
            }
            var accepted = route?.Names ?? [];
            if (accepted is ["loopback"])
                return Refusals.NotAllowed.Because("This address answers callers on the server's own machine only.").ExecuteAsync(context);
            if (context.User.Identity?.IsAuthenticated == true)
                return RefuseKnown(context);
            var takes = accepted.Count == 0 ? "" : $" This route takes: {string.Join(", ", accepted)}.";
            return Refusals.CredentialRequired
                .Because($"No valid credential came with the request.{takes} Send it as 'Authorization: {(IsForApps(route) ? "Basic" : "Bearer")} …'.")
                .ExecuteAsync(context);
        }

        private static bool IsForApps(RouteAuth? route) => route?.Accepted == Credentials.App;

        /// <summary>The credential is one of ours, and does not do here.</summary>
        private static Task RefuseKnown(HttpContext context)
        {
            if (context.User.IsRevoked())
                return Refusals.Revoked.Because("This credential was revoked, or has expired: its owner can make another.").ExecuteAsync(context);
            var needed = context.GetEndpoint()?.Metadata.GetMetadata<RouteAuth>()?.Scope is { } scope ? RouteAuth.ScopeName(scope) : "";
            return Refusals.ScopeMissing.Because($"This token lacks the scope '{needed}': use one that has it, or sign in.").ExecuteAsync(context);
        }
    }
}
