using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Grants;

/// <summary>
/// Grants: what a credential opens, as envelopes under the outer ring. A grant belongs to one vault; its credentials wrap its secret,
/// its sealed keys lie under that secret, and the vault holds the secret too. Management tokens are grants; so is every later credential.
/// </summary>
internal sealed class GrantStore(Database database, TimeProvider clock)
{
    /// <summary>The names of tables and columns are part of what wrapped rows are bound to.</summary>
    public const string EscrowColumn = "grants.escrow";
    public const string ChildColumn = "grants.child";
    public const string WrapTable = "token_wraps";
    public const string SealedKeyTable = "sealed_keys";

    /// <summary>"Last used" is shown to people in minutes: writing it more often would cost a write a request.</summary>
    private static readonly TimeSpan LastUsedStep = TimeSpan.FromMinutes(1);

    /// <summary>A credential as it was presented, by its hash.</summary>
    internal sealed record Found(GrantRow Grant, TokenWrapRow Wrap);

    /// <summary>Joins the caller's unit of work.</summary>
    public static void Add(KeyPassDb context, NewGrant made)
    {
        context.Add(made.Grant);
        context.Add(made.Wrap);
        context.AddRange(made.SealedKeys);
    }

    /// <summary>Joins the caller's unit of work: a further credential for a grant, whose present ones end then.</summary>
    public static async Task AddCredentialAsync(KeyPassDb context, TokenWrapRow next, DateTimeOffset ends, CancellationToken cancel)
    {
        var present = await context.Set<TokenWrapRow>().Where(row => row.GrantId == next.GrantId).ToListAsync(cancel);
        foreach (var row in present.Where(row => row.ExpiresAt is null || row.ExpiresAt > ends))
            row.ExpiresAt = ends;
        context.Add(next);
    }

    /// <summary>
    /// Joins the caller's transaction. What could open anything is gone; the row and the credentials' hashes stay, so that whoever
    /// still presents one is told that it was revoked. Grants it made, which the vault's owner never confirmed, go with it: they stood on
    /// its word alone.
    /// </summary>
    public async Task RevokeAsync(KeyPassDb context, Guid grantId, CancellationToken cancel)
    {
        var lost = new List<Guid> { grantId };
        for (var made = lost; made.Count > 0; lost.AddRange(made))
        {
            var parents = made;
            made = await context.Set<GrantRow>()
                .Where(row => row.ParentId != null && parents.Contains(row.ParentId.Value) && !row.Approved && row.RevokedAt == null)
                .Select(row => row.Id).ToListAsync(cancel);
        }
        await context.Set<SealedKeyRow>().Where(row => lost.Contains(row.GrantId)).ExecuteDeleteAsync(cancel);
        await context.Set<TokenWrapRow>().Where(row => lost.Contains(row.GrantId))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Envelope, (byte[]?)null), cancel);
        var now = clock.GetUtcNow();
        await context.Set<GrantRow>().Where(row => lost.Contains(row.Id) && row.RevokedAt == null).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.Escrow, (byte[]?)null).SetProperty(row => row.Child, (byte[]?)null)
            .SetProperty(row => row.RevokedAt, now), cancel);
    }

    /// <summary>
    /// Joins the caller's unit of work: a key's new version for those grants it was sealed for. Each loses its older version with it;
    /// a grant that is not named keeps what it has. False when one of them is not a grant of this vault.
    /// </summary>
    public static async Task<bool> ReplaceAsync(KeyPassDb context, Guid vaultId, IReadOnlyList<SealedKeyRow> sealedKeys, CancellationToken cancel)
    {
        var grants = sealedKeys.Select(row => row.GrantId).Distinct().ToList();
        var theirs = await context.Set<GrantRow>().CountAsync(row => grants.Contains(row.Id) && row.VaultId == vaultId && row.RevokedAt == null, cancel);
        if (theirs != grants.Count)
            return false;
        foreach (var sealedKey in sealedKeys)
        {
            await context.Set<SealedKeyRow>().Where(row => row.GrantId == sealedKey.GrantId && row.KeyId == sealedKey.KeyId)
                .ExecuteDeleteAsync(cancel);
        }
        context.AddRange(sealedKeys);
        return true;
    }

    /// <summary>Also when it is revoked or expired: the caller says which.</summary>
    public async Task<Found?> FindAsync(byte[] hash, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = from wrap in context.Set<TokenWrapRow>()
                   join grant in context.Set<GrantRow>() on wrap.GrantId equals grant.Id
                   where wrap.Hash == hash
                   select new { grant, wrap };
        if (await rows.AsNoTracking().SingleOrDefaultAsync(cancel) is not { } found)
            return null;
        var now = clock.GetUtcNow();
        if (found.wrap.LastUsedAt is null || now - found.wrap.LastUsedAt > LastUsedStep)
        {
            await context.Set<TokenWrapRow>().Where(row => row.Id == found.wrap.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, now), cancel);
        }
        return new Found(found.grant, found.wrap);
    }

    public async Task<GrantRow> GetAsync(Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<GrantRow>().AsNoTracking().SingleAsync(row => row.Id == id, cancel);
    }

    /// <summary>A vault's grants that are not revoked, oldest first.</summary>
    public async Task<IReadOnlyList<GrantRow>> ListAsync(Guid vaultId, bool approved, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<GrantRow>().AsNoTracking().Where(row => row.VaultId == vaultId && row.RevokedAt == null && row.Approved == approved)
            .OrderBy(row => row.CreatedAt).ToListAsync(cancel);
    }

    /// <summary>Of all a vault's grants, the revoked ones too: what they once sent still waits under their name.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Label)>> ListNamesAsync(Guid vaultId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = await context.Set<GrantRow>().Where(row => row.VaultId == vaultId).Select(row => new { row.Id, row.Label }).ToListAsync(cancel);
        return [.. rows.Select(row => (row.Id, row.Label))];
    }

    /// <summary>Which keys each of a vault's grants has, and in which version.</summary>
    public async Task<ILookup<Guid, SealedKeyRow>> SealedKeysOfAsync(Guid vaultId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = from sealedKey in context.Set<SealedKeyRow>()
                   join grant in context.Set<GrantRow>() on sealedKey.GrantId equals grant.Id
                   where grant.VaultId == vaultId && grant.RevokedAt == null
                   orderby sealedKey.Priority, sealedKey.Version
                   select sealedKey;
        return (await rows.AsNoTracking().ToListAsync(cancel)).ToLookup(row => row.GrantId);
    }

    internal sealed class GrantRow
    {
        public const int LabelMaxLength = 100;

        public required Guid Id { get; init; }
        public required Guid AccountId { get; init; }
        public required Guid VaultId { get; init; }

        /// <summary>The app's client id, or the name of a token: bound into the escrow, and so never changed.</summary>
        public required string Label { get; init; }

        /// <summary>ESCROW once the vault vouches for the grant; until then ESCROW_DEPOSIT. Gone when revoked.</summary>
        public required byte[]? Escrow { get; set; }

        public required bool Approved { get; set; }

        /// <summary>Vouches for the vault's public point, of one epoch.</summary>
        public required byte[] VaultPointTag { get; set; }

        /// <summary>The grant whose credential made this one; null where the vault's owner did.</summary>
        public Guid? ParentId { get; init; }

        /// <summary>This grant's secret under its parent's.</summary>
        public byte[]? Child { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? RevokedAt { get; init; }
    }

    internal sealed class TokenWrapRow
    {
        public required Guid Id { get; init; }
        public required Guid GrantId { get; init; }
        public required byte[] Hash { get; init; }

        /// <summary>Gone when the grant is revoked; the hash stays.</summary>
        public required byte[]? Envelope { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? ExpiresAt { get; set; }
        public DateTimeOffset? LastUsedAt { get; init; }
    }

    internal sealed class SealedKeyRow
    {
        public required Guid Id { get; init; }
        public required Guid GrantId { get; init; }
        public required Guid KeyId { get; init; }
        public required int Version { get; init; }

        /// <summary>Lower is asked first.</summary>
        public required int Priority { get; set; }

        public required byte[] Envelope { get; init; }
    }

    internal sealed class GrantMapping : IEntityTypeConfiguration<GrantRow>
    {
        public void Configure(EntityTypeBuilder<GrantRow> builder)
        {
            builder.ToTable("grants");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.VaultId).HasColumnName("vault_id");
            builder.Property(row => row.Label).HasColumnName("label").HasMaxLength(GrantRow.LabelMaxLength);
            builder.Property(row => row.Escrow).HasColumnName("escrow");
            builder.Property(row => row.Approved).HasColumnName("approved");
            builder.Property(row => row.VaultPointTag).HasColumnName("vault_point_tag");
            builder.Property(row => row.ParentId).HasColumnName("parent_id");
            builder.Property(row => row.Child).HasColumnName("child");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.RevokedAt).HasColumnName("revoked_at");
            builder.HasIndex(row => row.ParentId);
        }
    }

    internal sealed class TokenWrapMapping : IEntityTypeConfiguration<TokenWrapRow>
    {
        public void Configure(EntityTypeBuilder<TokenWrapRow> builder)
        {
            builder.ToTable(WrapTable);
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.GrantId).HasColumnName("grant_id");
            builder.Property(row => row.Hash).HasColumnName("hash");
            builder.Property(row => row.Envelope).HasColumnName("envelope");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.ExpiresAt).HasColumnName("expires_at");
            builder.Property(row => row.LastUsedAt).HasColumnName("last_used_at");
            builder.HasIndex(row => row.Hash).IsUnique();
            builder.HasOne<GrantRow>().WithMany().HasForeignKey(row => row.GrantId).OnDelete(DeleteBehavior.Cascade);
        }
    }

    internal sealed class SealedKeyMapping : IEntityTypeConfiguration<SealedKeyRow>
    {
        public void Configure(EntityTypeBuilder<SealedKeyRow> builder)
        {
            builder.ToTable(SealedKeyTable);
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.GrantId).HasColumnName("grant_id");
            builder.Property(row => row.KeyId).HasColumnName("key_id");
            builder.Property(row => row.Version).HasColumnName("version");
            builder.Property(row => row.Priority).HasColumnName("priority");
            builder.Property(row => row.Envelope).HasColumnName("envelope");
            builder.HasIndex(row => new { row.GrantId, row.KeyId, row.Version }).IsUnique();
            builder.HasOne<GrantRow>().WithMany().HasForeignKey(row => row.GrantId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
