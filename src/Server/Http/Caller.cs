using System.Security.Claims;

namespace KeyPass.Server.Http;

/// <summary>Who calls, as the credential told: the account, which session or token of it, and what a token may do.</summary>
internal static class Caller
{
    private const string AccountClaim = "account";
    private const string CredentialClaim = "credential";
    private const string ScopeClaim = "scope";
    private const string RevokedClaim = "revoked";
    private const string OperatorClaim = "operator";

    public static ClaimsPrincipal Principal(string scheme, Guid accountId, Guid credentialId) => new(new ClaimsIdentity(
        [new Claim(AccountClaim, accountId.ToString("N")), new Claim(CredentialClaim, credentialId.ToString("N"))], scheme));

    /// <summary>A management token: the credential is its grant.</summary>
    public static ClaimsPrincipal Principal(string scheme, Guid accountId, Guid grantId, IEnumerable<Scope> scopes) =>
        With(Principal(scheme, accountId, grantId), scopes.Select(scope => new Claim(ScopeClaim, RouteAuth.ScopeName(scope))));

    /// <summary>One that was known once: told so, and let in nowhere.</summary>
    public static ClaimsPrincipal Revoked(string scheme, Guid accountId, Guid grantId) =>
        With(Principal(scheme, accountId, grantId), [new Claim(RevokedClaim, "")]);

    public static ClaimsPrincipal AsOperator(this ClaimsPrincipal caller) => With(caller, [new Claim(OperatorClaim, "")]);

    public static bool IsOperator(this ClaimsPrincipal caller) => caller.HasClaim(claim => claim.Type == OperatorClaim);

    public static Guid AccountId(this ClaimsPrincipal caller) => Guid.ParseExact(caller.FindFirstValue(AccountClaim)!, "N");

    public static Guid CredentialId(this ClaimsPrincipal caller) => Guid.ParseExact(caller.FindFirstValue(CredentialClaim)!, "N");

    public static bool IsManagementToken(this ClaimsPrincipal caller) =>
        caller.Identity?.AuthenticationType == RouteAuth.SchemeName(Credentials.ManagementToken);

    /// <summary>An app's own server: the credential is the app, the account its developer's.</summary>
    public static bool IsApp(this ClaimsPrincipal caller) => caller.Identity?.AuthenticationType == RouteAuth.SchemeName(Credentials.App);

    public static bool IsRevoked(this ClaimsPrincipal caller) => caller.HasClaim(claim => claim.Type == RevokedClaim);

    /// <summary>A session may do everything that its route does.</summary>
    public static bool May(this ClaimsPrincipal caller, Scope? scope) =>
        !caller.IsRevoked() && (!caller.IsManagementToken() || (scope is { } needed && caller.HasClaim(ScopeClaim, RouteAuth.ScopeName(needed))));

    private static ClaimsPrincipal With(ClaimsPrincipal caller, IEnumerable<Claim> claims)
    {
        ((ClaimsIdentity)caller.Identity!).AddClaims(claims);
        return caller;
    }
}
