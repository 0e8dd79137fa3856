using System.Security.Claims;
using KeyPass.Server.Http;

namespace KeyPass.Server.Audit;

/// <summary>Who did it, in the journal's words.</summary>
internal static class Actor
{
    /// <summary>The account's owner, signed in.</summary>
    public const string Account = "account";

    public static string Of(ClaimsPrincipal caller) => caller switch
    {
        _ when caller.IsManagementToken() => $"token {caller.CredentialId():N}",
        _ when caller.IsApp() => $"app {caller.CredentialId():N}",
        _ => Account,
    };
}
