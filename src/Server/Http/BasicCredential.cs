using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace KeyPass.Server.Http;

/// <summary><c>Authorization: Basic …</c>: how an app's own server proves itself. What it holds is for the slice that gave it out to read.</summary>
internal static class BasicCredential
{
    private const string HeaderPrefix = "Basic ";

    public static void AddBasicCredential(this IServiceCollection services, Credentials kind, FindCaller find)
    {
        var scheme = RouteAuth.SchemeName(kind);
        services.AddAuthenticationCore(options => options.AddScheme<Reader>(scheme, displayName: null));
        services.Configure<ReaderOptions>(scheme, options => options.Find = find);
        services.AddTransient<Reader>();
    }

    /// <summary>"id:secret"; null where the header is none such. Two headers are not better than one.</summary>
    private static string? Presented(HttpRequest request)
    {
        if (request.Headers.Authorization is not [{ } value] || !value.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase))
            return null;
        var room = new byte[value.Length];
        return Convert.TryFromBase64String(value[HeaderPrefix.Length..].Trim(), room, out var size) ? Encoding.UTF8.GetString(room, 0, size) : null;
    }

    internal sealed class ReaderOptions : AuthenticationSchemeOptions
    {
        public FindCaller Find { get; set; } = (_, _, _) => Task.FromResult<System.Security.Claims.ClaimsPrincipal?>(null);
    }

    internal sealed class Reader(IOptionsMonitor<ReaderOptions> options, ILoggerFactory logger)
        : AuthenticationHandler<ReaderOptions>(options, logger, UrlEncoder.Default)
    {
        protected override async Task<AuthenticateResult> HandleAuthenticateAsync() =>
            Presented(Request) is { } presented && await Options.Find(Context.RequestServices, presented, Context.RequestAborted) is { } caller
                ? AuthenticateResult.Success(new AuthenticationTicket(caller, Scheme.Name))
                : AuthenticateResult.NoResult();
    }
}
