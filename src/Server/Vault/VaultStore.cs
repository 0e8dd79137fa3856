using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Vault;

/// <summary>
/// A vault's envelopes, as its owner's browser made them. Every envelope column is under the outer ring; nothing here can be
/// opened with what the database holds.
/// </summary>
internal sealed class VaultStore(Database database)
{
    /// <summary>The names of tables are part of what wrapped rows are bound to.</summary>
    public const string UnlockTable = "vault_unlocks";
    public const string ItemTable = "vault_items";
    public const string VerifierTable = "vault_unlocks.verifier";

    public const string PasswordMethod = "pw";
    public const string RecoveryMethod = "recovery";
    public const string AccountKind = "account";

    /// <summary>Joins the caller's unit of work.</summary>
    public static void Add(KeyPassDb context, VaultRow vault, IEnumerable<UnlockRow> unlocks, IEnumerable<ItemRow> items)
    {
        context.Add(vault);
        context.AddRange(unlocks);
        context.AddRange(items);
    }

    /// <summary>
    /// Joins the caller's unit of work: new unlocks in the place of those of the same method, and the account's own item anew.
    /// False when that item was changed meanwhile.
    /// </summary>
    public static async Task<bool> ReplaceAsync(KeyPassDb context, Guid vaultId, IReadOnlyList<UnlockRow> unlocks, ItemRow account, CancellationToken cancel)
    {
        var methods = unlocks.Select(row => row.Method).ToList();
        context.RemoveRange(await context.Set<UnlockRow>().Where(row => row.VaultId == vaultId && methods.Contains(row.Method)).ToListAsync(cancel));
        context.AddRange(unlocks);
        var present = await context.Set<ItemRow>()
            .SingleOrDefaultAsync(row => row.Id == account.Id && row.VaultId == vaultId && row.Kind == AccountKind, cancel);
        if (present is null || present.Version != account.Version - 1)
            return false;
        (present.Version, present.Envelope) = (account.Version, account.Envelope);
        return true;
    }

    /// <summary>Joins the caller's transaction. Unlocks and items go with their vault.</summary>
    public static Task DeleteAsync(KeyPassDb context, Guid accountId, CancellationToken cancel) =>
        context.Set<VaultRow>().Where(row => row.AccountId == accountId).ExecuteDeleteAsync(cancel);

    public async Task<VaultRow> GetAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<VaultRow>().AsNoTracking().SingleAsync(row => row.AccountId == accountId, cancel);
    }

    public async Task<UnlockRow?> FindRecoveryAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = from unlock in context.Set<UnlockRow>()
                   join vault in context.Set<VaultRow>() on unlock.VaultId equals vault.Id
                   where vault.AccountId == accountId && unlock.Method == RecoveryMethod
                   select unlock;
        return await rows.AsNoTracking().SingleOrDefaultAsync(cancel);
    }

    public async Task<IReadOnlyList<UnlockRow>> ListUnlocksAsync(Guid vaultId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<UnlockRow>().AsNoTracking().Where(row => row.VaultId == vaultId).OrderBy(row => row.CreatedAt).ToListAsync(cancel);
    }

    public async Task<IReadOnlyList<ItemRow>> ListItemsAsync(Guid vaultId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<ItemRow>().AsNoTracking().Where(row => row.VaultId == vaultId).OrderBy(row => row.CreatedAt).ToListAsync(cancel);
    }

    internal sealed class VaultRow
    {
        public required Guid Id { get; init; }
        public required Guid AccountId { get; init; }
        public required int Epoch { get; init; }
        public required byte[] PublicKey { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
    }

    internal sealed class UnlockRow
    {
        public required Guid Id { get; init; }
        public required Guid VaultId { get; init; }
        public required string Method { get; init; }
        public required byte[] KdfParameters { get; init; }
        public required byte[] Commitment { get; init; }
        public required byte[] Envelope { get; init; }

        /// <summary>A recovery code's, which signs in as a password does; wrapped under a table name of its own.</summary>
        public byte[]? Verifier { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
    }

    /// <summary>What stands beside the envelope stands inside it too, authenticated: a row that was altered does not open.</summary>
    internal sealed class ItemRow
    {
        public const int NameMaxLength = 128;
        public const int OriginMaxLength = 270;
        public const int LabelMaxLength = 100;

        public required Guid Id { get; init; }
        public required Guid VaultId { get; init; }
        public required string Kind { get; init; }
        public required int Version { get; set; }
        public required byte[] Envelope { get; set; }
        public string? Provider { get; init; }
        public string? Origin { get; init; }

        /// <summary>The owner's own words for it; the only part that no envelope holds.</summary>
        public string? Label { get; set; }

        public required DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? RotatedAt { get; set; }
    }

    internal sealed class VaultMapping : IEntityTypeConfiguration<VaultRow>
    {
        public void Configure(EntityTypeBuilder<VaultRow> builder)
        {
            builder.ToTable("vaults");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Epoch).HasColumnName("epoch");
            builder.Property(row => row.PublicKey).HasColumnName("public_key");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.HasIndex(row => row.AccountId).IsUnique();
        }
    }

    internal sealed class UnlockMapping : IEntityTypeConfiguration<UnlockRow>
    {
        public void Configure(EntityTypeBuilder<UnlockRow> builder)
        {
            builder.ToTable(UnlockTable);
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.VaultId).HasColumnName("vault_id");
            builder.Property(row => row.Method).HasColumnName("method").HasMaxLength(16);
            builder.Property(row => row.KdfParameters).HasColumnName("kdf_parameters");
            builder.Property(row => row.Commitment).HasColumnName("commitment");
            builder.Property(row => row.Envelope).HasColumnName("envelope");
            builder.Property(row => row.Verifier).HasColumnName("verifier");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.HasOne<VaultRow>().WithMany().HasForeignKey(row => row.VaultId).OnDelete(DeleteBehavior.Cascade);
        }
    }

    internal sealed class ItemMapping : IEntityTypeConfiguration<ItemRow>
    {
        public void Configure(EntityTypeBuilder<ItemRow> builder)
        {
            builder.ToTable(ItemTable);
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.VaultId).HasColumnName("vault_id");
            builder.Property(row => row.Kind).HasColumnName("kind").HasMaxLength(16);
            // Two rotations at once: the second finds another version than it read, and says so.
            builder.Property(row => row.Version).HasColumnName("version").IsConcurrencyToken();
            builder.Property(row => row.Envelope).HasColumnName("envelope");
            builder.Property(row => row.Provider).HasColumnName("provider").HasMaxLength(ItemRow.NameMaxLength);
            builder.Property(row => row.Origin).HasColumnName("origin").HasMaxLength(ItemRow.OriginMaxLength);
            builder.Property(row => row.Label).HasColumnName("label").HasMaxLength(ItemRow.LabelMaxLength);
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.RotatedAt).HasColumnName("rotated_at");
            builder.HasOne<VaultRow>().WithMany().HasForeignKey(row => row.VaultId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
