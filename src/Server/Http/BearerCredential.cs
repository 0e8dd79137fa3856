using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace KeyPass.Server.Http;

/// <summary>Who a presented credential stands for; null when it stands for nobody. Each slice that issues credentials gives one.</summary>
internal delegate Task<ClaimsPrincipal?> FindCaller(IServiceProvider services, string presented, CancellationToken cancel);

/// <summary><c>Authorization: Bearer …</c> of one kind, told from the others by its prefix; a session may also come as a cookie.</summary>
internal static class BearerCredential
{
    private const string HeaderPrefix = "Bearer ";

    public static void AddBearerCredential(this IServiceCollection services, Credentials kind, string prefix, FindCaller find)
    {
        var scheme = RouteAuth.SchemeName(kind);
        services.AddAuthenticationCore(options => options.AddScheme<Reader>(scheme, displayName: null));
        services.Configure<ReaderOptions>(scheme, options => (options.Prefix, options.Find) = (prefix, find));
        services.AddTransient<Reader>();
    }

    /// <summary>What a header carries, for the few steps that open something with it. Two are not better than one: which counts would be a guess.</summary>
    public static string? Presented(HttpRequest request) =>
        request.Headers.Authorization is [{ } value] && value.StartsWith(HeaderPrefix, StringComparison.Ordinal) ? value[HeaderPrefix.Length..] : null;

    /// <summary>The management token that came, for what is made with its own secret; null where a session did.</summary>
    public static string? PresentedToken(ClaimsPrincipal caller, HttpContext http) => caller.IsManagementToken() ? Presented(http.Request) : null;

    internal sealed class ReaderOptions : AuthenticationSchemeOptions
    {
        public string Prefix { get; set; } = "";
        public FindCaller Find { get; set; } = (_, _, _) => Task.FromResult<ClaimsPrincipal?>(null);
    }

    internal sealed class Reader(IOptionsMonitor<ReaderOptions> options, ILoggerFactory logger)
        : AuthenticationHandler<ReaderOptions>(options, logger, UrlEncoder.Default)
    {
        protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var presented = Request.Headers.Authorization.Count > 0 ? Presented(Request) : FromCookie();
            if (presented is null || !presented.StartsWith(Options.Prefix, StringComparison.Ordinal))
                return AuthenticateResult.NoResult();
            var caller = await Options.Find(Context.RequestServices, presented, Context.RequestAborted);
            return caller is null ? AuthenticateResult.NoResult() : AuthenticateResult.Success(new AuthenticationTicket(caller, Scheme.Name));
        }

        private string? FromCookie() =>
            Scheme.Name == RouteAuth.SchemeName(Credentials.Session) || Scheme.Name == RouteAuth.SchemeName(Credentials.Operator)
            ? SessionCookie.Read(Request)
            : null;
    }
}
