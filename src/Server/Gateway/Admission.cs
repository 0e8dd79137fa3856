using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Gateway;

/// <summary>Who calls: the credential, for as long as the call runs, and what it stands for.</summary>
internal sealed class Admitted(Credential credential, LiveGrant grant) : IDisposable
{
    public LiveGrant Grant => grant;

    /// <summary>The payload says which provider and origin it is for; a row that says otherwise opens nothing.</summary>
    public HeaderSecret Unseal(GrantKey held, Surface surface, Ring ring) => held.IsOfServer
        ? HeaderSecret.Of(KeyScheme.Bearer, SandboxHandler.UsualSecret)
        : new PresentedGrant(credential, grant.Found, ring).Use(
            held, (in KeyVersion version, KeyPayload payload) => HeaderSecret.Of(
                // Google's routes in OpenAI's words take the key as OpenAI's do.
                surface == Surface.OpenAi && payload.Scheme == KeyScheme.XGoogApiKey ? KeyScheme.Bearer : payload.Scheme, payload.Secret));

    public void Dispose()
    {
        grant.Life.Leave();
        credential.Dispose();
    }
}

/// <summary>The first step of a call.</summary>
internal sealed class Admission(LiveGrants grants, GrantWatch watch, RepairLinks repairs, TimeProvider clock)
{
    public async ValueTask<(Admitted? Caller, RefusalResult? Refusal)> AdmitAsync(HttpRequest request, bool alsoInQuery, CancellationToken cancel)
    {
        if (!Carriers.TryRead(request, alsoInQuery, out var presented))
            return (null, Refusals.InvalidRequest.Because("Two different KeyPass credentials came with this request: send one."));
        // The checksum is wrong in every typo: that costs no question to the database.
        if (!Credential.TryRead(presented, out var credential))
            return (null, Unknown());
        if (!MakesCalls(credential.Kind))
        {
            credential.Dispose();
            return (null, Unknown());
        }
        Admitted? admitted = null;
        try
        {
            if (!await watch.IsFreshAsync(cancel))
                return (null, Unavailable());
            LiveGrant? grant;
            do
            {
                if ((grant = await grants.FindAsync(credential, cancel)) is null)
                    return (null, Unknown());
            }
            while (!grant.Life.TryEnter());
            admitted = new Admitted(credential, grant);
            if (Refuse(grant, grant.StateAt(clock.GetUtcNow())) is not { } refusal)
                return (admitted, null);
            admitted.Dispose();
            return (null, repairs.Add(refusal, grant));
        }
        catch (Exception failure) when (Database.IsBehind(failure) && !cancel.IsCancellationRequested)
        {
            return (null, Unavailable());
        }
        finally
        {
            if (admitted is null)
                credential.Dispose();
        }
    }

    /// <summary>Whether what was read of the credential counts still, at the moment that its call goes out.</summary>
    public ValueTask<bool> IsFreshAsync(CancellationToken cancel) => watch.IsFreshAsync(cancel);

    public static RefusalResult Unavailable() => Refusals.LedgerUnavailable.Because(
        "This server cannot reach its database, and makes no calls that it could not account for. Try again shortly.", retryAfter: TimeSpan.FromSeconds(2));

    /// <summary>A public token wraps a grant too, until it is exchanged: it makes none.</summary>
    private static bool MakesCalls(CredentialKind kind) =>
        kind is CredentialKind.VirtualKey or CredentialKind.TestVirtualKey or CredentialKind.AccessToken;

    private static RefusalResult? Refuse(LiveGrant grant, LiveState state) => state switch
    {
        LiveState.Revoked when grant.Limits.ConnectionId is not null => Refusals.KeyRevoked.Because(
            "This connection was ended: ask its owner to link the account again."),
        LiveState.Disabled when grant.Limits.ConnectionId is not null => Refusals.ConnectionPaused.Because(
            "This connection is paused: its owner can let it go on."),
        LiveState.Expired when grant.Limits.ConnectionId is not null => Refusals.KeyExpired.Because(
            "This connection has ended with its time: an update session can renew it."),
        LiveState.Revoked => Refusals.KeyRevoked.Because("This key was revoked: its owner can make another."),
        LiveState.Disabled => Refusals.KeyDisabled.Because("This key is disabled: its owner can enable it again."),
        LiveState.Expired => Refusals.KeyExpired.Because("This key has expired, or a newer one took its place: ask its owner."),
        _ => null,
    };

    private static RefusalResult Unknown() => Refusals.InvalidApiKey.Because(
        "No valid KeyPass key came with this request. Send your virtual key (km_live_…) or access token (kp_at_…) where the SDK puts its API key.");
}
