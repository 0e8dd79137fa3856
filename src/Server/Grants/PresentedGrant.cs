using KeyPass.Server.Sealing;

namespace KeyPass.Server.Grants;

/// <summary>What is done with an opened key. It is zeroed when this returns.</summary>
internal delegate TResult UsePayload<out TResult>(in KeyVersion version, KeyPayload payload);

/// <summary>
/// A grant whose credential came with the request. Only so does the server ever hold a sealed grant's secret: in the stack room of one
/// of these steps, zeroed on every way out. Each step computes rows; storing them is the caller's.
/// </summary>
internal sealed class PresentedGrant(Credential presented, GrantStore.Found found, Ring ring)
{
    public GrantStore.GrantRow Grant => found.Grant;

    /// <summary>
    /// F8: a provider key to the vault's public point, which this server cannot open again; and, for a credential that hands keys
    /// on, the same key under its own grant.
    /// </summary>
    public (byte[] Deposit, GrantStore.SealedKeyRow? SealedKey) Deposit(
        in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret, VaultPoint point, int? priority, DateTimeOffset now)
    {
        using var grantSecret = Open(stackalloc byte[GrantSecret.Size]);
        RequirePoint(grantSecret, point);
        var deposit = Sealing.Deposit.Seal(point.PublicKey, version, scheme, secret);
        if (priority is not { } place)
            return (deposit, null);
        return (deposit, GrantSeals.SealKey(ring, Grant.Id, grantSecret, version, scheme, secret, place, now));
    }

    /// <summary>
    /// F7: a grant of its own for a new credential, narrower or equal. Its secret lies under this grant's too, so that this credential
    /// can change the new one without the vault; and under the vault's public point, where the owner confirms it.
    /// </summary>
    public NewGrant Delegate(Credential child, string label, VaultPoint point, IReadOnlyList<GrantKey> keys, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        using var grantSecret = Open(stackalloc byte[GrantSecret.Size]);
        RequirePoint(grantSecret, point);
        using var childSecret = GrantSecret.Fresh(stackalloc byte[GrantSecret.Size]);
        var (vault, id) = (point.VaultId, Guid.CreateVersion7(now));
        var grant = new GrantStore.GrantRow
        {
            Id = id,
            AccountId = Grant.AccountId,
            VaultId = vault,
            Label = label,
            Escrow = ring.Wrap(GrantStore.EscrowColumn, id, EscrowDeposit.Seal(point.PublicKey, vault, id, label, childSecret)),
            Approved = false,
            VaultPointTag = VaultPointTag.Make(childSecret, vault, (uint)point.Epoch, point.PublicKey),
            ParentId = Grant.Id,
            Child = ring.Wrap(GrantStore.ChildColumn, id, Child.Seal(grantSecret, vault, Grant.Id, id, childSecret)),
            CreatedAt = now,
        };
        var sealedKeys = new List<GrantStore.SealedKeyRow>(keys.Count);
        Span<byte> room = stackalloc byte[KeyPayload.MaxSize];
        foreach (var held in keys)
        {
            var version = held.Of(vault);
            using var payload = OpenKey(grantSecret, held, version, room);
            sealedKeys.Add(GrantSeals.SealKey(ring, id, childSecret, version, payload.Scheme, payload.Secret, held.Row.Priority, now));
        }
        return new NewGrant(grant, GrantSeals.Wrap(ring, child, vault, id, childSecret, now, expiresAt), sealedKeys);
    }

    /// <summary>One of its keys, for the length of what it is used for.</summary>
    public TResult Use<TResult>(GrantKey held, UsePayload<TResult> use)
    {
        using var grantSecret = Open(stackalloc byte[GrantSecret.Size]);
        var version = held.Of(Grant.VaultId);
        using var payload = OpenKey(grantSecret, held, version, stackalloc byte[KeyPayload.MaxSize]);
        return use(version, payload);
    }

    /// <summary>F10: the same grant under a new credential.</summary>
    public GrantStore.TokenWrapRow Rewrap(Credential next, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        using var grantSecret = Open(stackalloc byte[GrantSecret.Size]);
        return GrantSeals.Wrap(ring, next, Grant.VaultId, Grant.Id, grantSecret, now, expiresAt);
    }

    /// <summary>F10 for a grant that this one made: its secret comes out of CHILD, and no credential of it is needed.</summary>
    public GrantStore.TokenWrapRow RewrapChild(GrantStore.GrantRow child, Credential next, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        using var grantSecret = Open(stackalloc byte[GrantSecret.Size]);
        var envelope = ring.Unwrap(GrantStore.ChildColumn, child.Id, child.Child ?? throw new SealBroken());
        using var childSecret = Child.Open(grantSecret, child.VaultId, Grant.Id, child.Id, envelope, stackalloc byte[GrantSecret.Size]);
        return GrantSeals.Wrap(ring, next, child.VaultId, child.Id, childSecret, now, expiresAt);
    }

    private GrantSecret Open(Span<byte> room)
    {
        var envelope = ring.Unwrap(GrantStore.WrapTable, found.Wrap.Id, found.Wrap.Envelope ?? throw new SealBroken());
        return TokenWrap.Open(presented, Grant.VaultId, Grant.Id, found.Wrap.Id, envelope, room);
    }

    /// <summary>Before anything is sealed to a vault's point: a row changed in the database would send it to somebody else.</summary>
    private void RequirePoint(GrantSecret grantSecret, VaultPoint point)
    {
        if (!VaultPointTag.Verify(grantSecret, point.VaultId, (uint)point.Epoch, point.PublicKey, Grant.VaultPointTag))
            throw new SealBroken();
    }

    private KeyPayload OpenKey(scoped GrantSecret grantSecret, GrantKey held, in KeyVersion version, Span<byte> room)
    {
        var envelope = ring.Unwrap(GrantStore.SealedKeyTable, held.Row.Id, held.Row.Envelope);
        return SealedKey.Open(grantSecret, Grant.Id, version, envelope, room);
    }
}
