using KeyPass.Server.Grants;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// F19: a vault that its owner lets the server open. It is the same vault with one more unlock, under the ring, by which the server plays
/// the browser's part: seals what comes in the clear, and re-seals for grants. Each step opens the vault anew and wipes its secret.
/// </summary>
internal sealed class ManagedVault(VaultStore.VaultRow vault, VaultStore.UnlockRow unlock, Ring ring)
{
    /// <summary>A vault that was managed from its first day.</summary>
    public static (VaultStore.VaultRow Vault, VaultStore.UnlockRow Unlock) Create(Guid accountId, Ring ring, DateTimeOffset now)
    {
        using var secret = VaultSecret.Fresh(stackalloc byte[VaultSecret.Size]);
        var vault = new VaultStore.VaultRow
        {
            Id = Guid.CreateVersion7(now),
            AccountId = accountId,
            Custody = VaultStore.Managed,
            Epoch = 1,
            PublicKey = secret.PublicPoint(),
            CreatedAt = now,
        };
        return (vault, UnlockFor(vault, secret, ring, now));
    }

    /// <summary>For a vault that becomes managed. Null where the secret is not this vault's.</summary>
    public static VaultStore.UnlockRow? TakeOver(VaultStore.VaultRow vault, Span<byte> secretBytes, Ring ring, DateTimeOffset now)
    {
        using var secret = new VaultSecret(secretBytes);
        return secret.PublicPoint().AsSpan().SequenceEqual(vault.PublicKey) ? UnlockFor(vault, secret, ring, now) : null;
    }

    public byte[] SealItem(in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret)
    {
        using var opened = Open(stackalloc byte[VaultSecret.Size]);
        return ring.Wrap(VaultStore.ItemTable, version.KeyId, VaultItem.Seal(opened, version, scheme, secret));
    }

    /// <summary>One version of a key for grants the vault vouches for.</summary>
    public IReadOnlyList<GrantStore.SealedKeyRow> SealFor(
        IReadOnlyList<(GrantStore.GrantRow Grant, int Priority)> grants, in KeyVersion version, KeyScheme scheme, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        using var opened = Open(stackalloc byte[VaultSecret.Size]);
        var rows = new List<GrantStore.SealedKeyRow>(grants.Count);
        Span<byte> room = stackalloc byte[GrantSecret.Size];
        foreach (var (grant, priority) in grants)
        {
            using var grantSecret = OpenEscrow(opened, grant, room);
            rows.Add(GrantSeals.SealKey(ring, grant.Id, grantSecret, version, scheme, secret, priority, now));
        }
        return rows;
    }

    /// <summary>One of its keys, for the length of what it is used for.</summary>
    public TResult Use<TResult>(VaultStore.ItemRow item, UsePayload<TResult> use)
    {
        using var opened = Open(stackalloc byte[VaultSecret.Size]);
        var version = VersionOf(item);
        using var payload = OpenItem(opened, item, version, stackalloc byte[KeyPayload.MaxSize]);
        return use(version, payload);
    }

    /// <summary>F6 by the server: a grant for a fresh credential, over some of the vault's keys in their order.</summary>
    public NewGrant Grant(Credential credential, string label, IReadOnlyList<VaultStore.ItemRow> keys, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        using var opened = Open(stackalloc byte[VaultSecret.Size]);
        using var grantSecret = GrantSecret.Fresh(stackalloc byte[GrantSecret.Size]);
        var id = Guid.CreateVersion7(now);
        var grant = new GrantStore.GrantRow
        {
            Id = id,
            AccountId = vault.AccountId,
            VaultId = vault.Id,
            Label = label,
            Escrow = ring.Wrap(GrantStore.EscrowColumn, id, Escrow.Seal(opened, vault.Id, id, label, grantSecret)),
            Approved = true,
            VaultPointTag = VaultPointTag.Make(grantSecret, vault.Id, (uint)vault.Epoch, vault.PublicKey),
            CreatedAt = now,
        };
        var rows = new List<GrantStore.SealedKeyRow>(keys.Count);
        Span<byte> room = stackalloc byte[KeyPayload.MaxSize];
        for (var place = 0; place < keys.Count; place++)
        {
            var version = VersionOf(keys[place]);
            using var payload = OpenItem(opened, keys[place], version, room);
            rows.Add(GrantSeals.SealKey(ring, id, grantSecret, version, payload.Scheme, payload.Secret, place, now));
        }
        return new NewGrant(grant, GrantSeals.Wrap(ring, credential, vault.Id, id, grantSecret, now, expiresAt), rows);
    }

    /// <summary>F10 by the server: the same grant under a new credential.</summary>
    public GrantStore.TokenWrapRow Rewrap(GrantStore.GrantRow grant, Credential next, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        using var opened = Open(stackalloc byte[VaultSecret.Size]);
        using var grantSecret = OpenEscrow(opened, grant, stackalloc byte[GrantSecret.Size]);
        return GrantSeals.Wrap(ring, next, vault.Id, grant.Id, grantSecret, now, expiresAt);
    }

    /// <summary>A deposit, as a key of the vault.</summary>
    public byte[] TakeDeposit(VaultStore.ItemRow deposit)
    {
        using var opened = Open(stackalloc byte[VaultSecret.Size]);
        var version = VersionOf(deposit);
        var envelope = ring.Unwrap(VaultStore.ItemTable, deposit.Id, deposit.Envelope);
        using var payload = Deposit.Open(opened, version, envelope, stackalloc byte[KeyPayload.MaxSize]);
        return ring.Wrap(VaultStore.ItemTable, deposit.Id, VaultItem.Seal(opened, version, payload.Scheme, payload.Secret));
    }

    /// <summary>A grant that a token made, as one the vault vouches for.</summary>
    public (byte[] Escrow, byte[] PointTag) TakeGrant(GrantStore.GrantRow grant)
    {
        using var opened = Open(stackalloc byte[VaultSecret.Size]);
        var envelope = ring.Unwrap(GrantStore.EscrowColumn, grant.Id, grant.Escrow ?? throw new SealBroken());
        using var grantSecret = EscrowDeposit.Open(opened, vault.Id, grant.Id, grant.Label, envelope, stackalloc byte[GrantSecret.Size]);
        return (ring.Wrap(GrantStore.EscrowColumn, grant.Id, Escrow.Seal(opened, vault.Id, grant.Id, grant.Label, grantSecret)),
            VaultPointTag.Make(grantSecret, vault.Id, (uint)vault.Epoch, vault.PublicKey));
    }

    /// <summary>The vault's secret for its owner's browser, which is about to put one in its place that no server knows.</summary>
    public byte[] HandOver()
    {
        using var opened = Open(stackalloc byte[VaultSecret.Size]);
        return opened.Bytes.ToArray();
    }

    private static VaultStore.UnlockRow UnlockFor(VaultStore.VaultRow vault, scoped VaultSecret secret, Ring ring, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        return new VaultStore.UnlockRow
        {
            Id = id,
            VaultId = vault.Id,
            Method = VaultStore.RingMethod,
            KdfParameters = new byte[Unlock.KdfSize],
            Commitment = [],
            Envelope = ring.Wrap(VaultStore.UnlockTable, id, Unlock.SealForRing(ring, vault.AccountId, vault.Id, secret)),
            CreatedAt = now,
        };
    }

    private VaultSecret Open(Span<byte> room) =>
        Unlock.OpenForRing(ring, vault.AccountId, vault.Id, ring.Unwrap(VaultStore.UnlockTable, unlock.Id, unlock.Envelope), room);

    private GrantSecret OpenEscrow(scoped VaultSecret opened, GrantStore.GrantRow grant, Span<byte> room) => Escrow.Open(
        opened, vault.Id, grant.Id, grant.Label, ring.Unwrap(GrantStore.EscrowColumn, grant.Id, grant.Escrow ?? throw new SealBroken()), room);

    private KeyPayload OpenItem(scoped VaultSecret opened, VaultStore.ItemRow item, in KeyVersion version, Span<byte> room) =>
        VaultItem.Open(opened, version, ring.Unwrap(VaultStore.ItemTable, item.Id, item.Envelope), room);

    private KeyVersion VersionOf(VaultStore.ItemRow item) => new(vault.Id, item.Id, (uint)item.Version, item.Provider!, item.Origin!);
}
