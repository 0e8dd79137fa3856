using System.Security.Claims;

namespace KeyPass.Server.Http;

/// <summary>Who calls, as the credential told: the account, and which session or token of it.</summary>
internal static class Caller
{
    private const string AccountClaim = "account";
    private const string CredentialClaim = "credential";

    public static ClaimsPrincipal Principal(string scheme, Guid accountId, Guid credentialId) => new(new ClaimsIdentity(
        [new Claim(AccountClaim, accountId.ToString("N")), new Claim(CredentialClaim, credentialId.ToString("N"))], scheme));

    public static Guid AccountId(this ClaimsPrincipal caller) => Guid.ParseExact(caller.FindFirstValue(AccountClaim)!, "N");

    public static Guid CredentialId(this ClaimsPrincipal caller) => Guid.ParseExact(caller.FindFirstValue(CredentialClaim)!, "N");
}
