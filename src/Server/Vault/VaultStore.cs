using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

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
    public const string RingMethod = "ring";
    public const string PasskeyMethod = "prf";
    public const string AccountKind = "account";

    /// <summary>The kind of a vault item that is a provider key.</summary>
    public const string ProviderKeyKind = "key";

    /// <summary>A provider key that came by API, sealed to the vault's public point: waits for its owner.</summary>
    public const string DepositKind = "deposit";

    public const string Sealed = "sealed";
    public const string Managed = "managed";

    /// <summary>
    /// One change of what lies under a vault's key, and what belongs to it, in one transaction. It is refused where the vault has a new
    /// key since the caller read it: what was sealed for the old one would never open. Changes of one vault come one after another.
    /// </summary>
    public async Task<VaultChange> ChangeAsync(VaultRow vault, Func<KeyPassDb, Task<VaultChange>> change, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var touched = await context.Set<VaultRow>().Where(row => row.Id == vault.Id && row.Epoch == vault.Epoch)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Changes, row => row.Changes + 1), cancel);
        if (touched == 0)
            return VaultChange.Conflict;
        try
        {
            var outcome = await change(context);
            if (outcome != VaultChange.Done)
                return outcome;
            await context.SaveChangesAsync(cancel);
            await transaction.CommitAsync(cancel);
            return VaultChange.Done;
        }
        catch (DbUpdateConcurrencyException)
        {
            return VaultChange.Conflict;
        }
        catch (DbUpdateException failure) when (failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return VaultChange.IdInUse;
        }
    }

    /// <summary>Joins the caller's unit of work.</summary>
    public static void Add(KeyPassDb context, VaultRow vault, IEnumerable<UnlockRow> unlocks, IEnumerable<ItemRow> items)
    {
        context.Add(vault);
        context.AddRange(unlocks);
        context.AddRange(items);
    }

    /// <summary>Whether these are sealed for keys of this vault, in a version that it has had.</summary>
    public static async Task<bool> HasKeysAsync(
        KeyPassDb context, Guid vaultId, IReadOnlyList<GrantStore.SealedKeyRow> sealedKeys, CancellationToken cancel)
    {
        var ids = sealedKeys.Select(row => row.KeyId).ToList();
        var versions = await context.Set<ItemRow>().Where(row => row.VaultId == vaultId && row.Kind != AccountKind && ids.Contains(row.Id))
            .ToDictionaryAsync(row => row.Id, row => row.Version, cancel);
        return sealedKeys.All(row => versions.TryGetValue(row.KeyId, out var version) && row.Version <= version);
    }

    /// <summary>
    /// Joins the caller's unit of work: new unlocks in the place of those of the same method, and the account's own item anew. What
    /// passkeys open stays: the vault's secret is the same one.
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

    /// <summary>Joins the caller's unit of work: what that passkey opened goes with it.</summary>
    public static async Task RemovePasskeyUnlockAsync(KeyPassDb context, Guid accountId, byte[] credentialId, CancellationToken cancel)
    {
        var rows = from unlock in context.Set<UnlockRow>()
                   join vault in context.Set<VaultRow>() on unlock.VaultId equals vault.Id
                   where vault.AccountId == accountId && unlock.Method == PasskeyMethod && unlock.CredentialId == credentialId
                   select unlock;
        context.RemoveRange(await rows.ToListAsync(cancel));
    }

    /// <summary>Joins the caller's transaction. Unlocks and items go with their vault.</summary>
    public static Task DeleteAsync(KeyPassDb context, Guid accountId, CancellationToken cancel) =>
        context.Set<VaultRow>().Where(row => row.AccountId == accountId).ExecuteDeleteAsync(cancel);

    public async Task<VaultRow> GetAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<VaultRow>().AsNoTracking().SingleAsync(row => row.AccountId == accountId, cancel);
    }

    /// <summary>Null where only its owner's browser can open it.</summary>
    public async Task<ManagedVault?> FindManagedAsync(VaultRow vault, Ring ring, CancellationToken cancel)
    {
        if (vault.Custody != Managed)
            return null;
        await using var context = database.NewContext();
        return new ManagedVault(vault, await context.Set<UnlockRow>().AsNoTracking().SingleAsync(
            row => row.VaultId == vault.Id && row.Method == RingMethod, cancel), ring);
    }

    /// <summary>What a grant holds, in the order it is asked; of one key the newest version first.</summary>
    public async Task<IReadOnlyList<GrantKey>> ListGrantKeysAsync(Guid grantId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = from sealedKey in context.Set<GrantStore.SealedKeyRow>()
                   join item in context.Set<ItemRow>() on sealedKey.KeyId equals item.Id
                   where sealedKey.GrantId == grantId
                   orderby sealedKey.Priority, sealedKey.Version descending
                   select new { sealedKey, item.Provider, item.Origin };
        return [.. (await rows.AsNoTracking().ToListAsync(cancel)).Select(one => new GrantKey(one.sealedKey, one.Provider!, one.Origin!))];
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
        public required string Custody { get; set; }
        public required int Epoch { get; set; }
        public required byte[] PublicKey { get; set; }

        /// <summary>Grows with every change of what lies under the vault's key: a rotation that has not seen one is refused.</summary>
        public long Changes { get; set; }

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

        /// <summary>Which passkey opens it; of that method only.</summary>
        public byte[]? CredentialId { get; init; }

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
        public required string Kind { get; set; }
        public required int Version { get; set; }
        public required byte[] Envelope { get; set; }
        public string? Provider { get; init; }
        public string? Origin { get; init; }

        /// <summary>The owner's own words for it; the only part that no envelope holds.</summary>
        public string? Label { get; set; }

        public required DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? RotatedAt { get; set; }

        /// <summary>The grant whose credential deposited it.</summary>
        public Guid? DepositedBy { get; init; }

        /// <summary>When it was last tried at its provider, and what came of it.</summary>
        public DateTimeOffset? TestedAt { get; set; }
        public string? TestStatus { get; set; }
    }

    internal sealed class VaultMapping : IEntityTypeConfiguration<VaultRow>
    {
        public void Configure(EntityTypeBuilder<VaultRow> builder)
        {
            builder.ToTable("vaults");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Custody).HasColumnName("custody").HasMaxLength(16);
            builder.Property(row => row.Epoch).HasColumnName("epoch");
            builder.Property(row => row.PublicKey).HasColumnName("public_key");
            builder.Property(row => row.Changes).HasColumnName("changes");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.HasIndex(row => row.AccountId).IsUnique();
            builder.HasMany<GrantStore.GrantRow>().WithOne().HasForeignKey(row => row.VaultId).OnDelete(DeleteBehavior.Cascade);
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
            builder.Property(row => row.CredentialId).HasColumnName("credential_id");
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
            builder.Property(row => row.DepositedBy).HasColumnName("deposited_by");
            builder.Property(row => row.TestedAt).HasColumnName("tested_at");
            builder.Property(row => row.TestStatus).HasColumnName("test_status").HasMaxLength(20);
            builder.HasMany<GrantStore.SealedKeyRow>().WithOne().HasForeignKey(row => row.KeyId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<VaultRow>().WithMany().HasForeignKey(row => row.VaultId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
