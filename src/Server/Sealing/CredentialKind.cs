namespace KeyPass.Server.Sealing;

/// <summary>What a credential string is for; its prefix says it. Client ids have the same form and are no secret.</summary>
internal enum CredentialKind
{
    VirtualKey,
    TestVirtualKey,
    AccessToken,
    RefreshToken,
    PublicToken,
    ManagementToken,
    ClientSecret,
    LinkToken,
    SessionToken,
    ClientId,
}

internal static class CredentialPrefix
{
    public static string Of(CredentialKind kind) => kind switch
    {
        CredentialKind.VirtualKey => "km_live_",
        CredentialKind.TestVirtualKey => "km_test_",
        CredentialKind.AccessToken => "kp_at_",
        CredentialKind.RefreshToken => "kp_rt_",
        CredentialKind.PublicToken => "kp_pt_",
        CredentialKind.ManagementToken => "kp_pat_",
        CredentialKind.ClientSecret => "kp_cs_",
        CredentialKind.LinkToken => "kp_lt_",
        CredentialKind.SessionToken => "kp_ss_",
        CredentialKind.ClientId => "kp_cid_",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)), // no check: our own list
    };
}
