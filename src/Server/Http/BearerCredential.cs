using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace KeyPass.Server.Http;

/// <summary>Who a presented credential stands for; null when it stands for nobody. Each slice that issues credentials gives one.</summary>
internal delegate Task<ClaimsPrincipal?> FindCaller(IServiceProvider services, string presented, CancellationToken cancel);

/// <summary><c>Authorization: Bearer …</c> of one kind, told from the others by its prefix.</summary>
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
            var header = Request.Headers.Authorization;
            if (header.Count != 1 || header[0] is not { } value || !value.StartsWith(HeaderPrefix + Options.Prefix, StringComparison.Ordinal))
                return AuthenticateResult.NoResult();
            var caller = await Options.Find(Context.RequestServices, value[HeaderPrefix.Length..], Context.RequestAborted);
            return caller is null ? AuthenticateResult.NoResult() : AuthenticateResult.Success(new AuthenticationTicket(caller, Scheme.Name));
        }
    }
}
