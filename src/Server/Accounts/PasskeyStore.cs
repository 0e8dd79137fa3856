using KeyPass.Server.Audit;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace KeyPass.Server.Accounts;

/// <summary>Passkeys, and the challenges that are open. A passkey and the unlock it opens come and go in one transaction.</summary>
internal sealed class PasskeyStore(Database database, VaultStore vaults, AuditStore audit, AccountLetters letters, TimeProvider clock)
{
    public const string AddPurpose = "add";
    public const string SignInPurpose = "sign-in";

    public const int NameMaxLength = 100;
    public const int MostTransports = 8;

    /// <summary>More devices than anyone carries; every one of them is in the options of the next.</summary>
    public const int MostPasskeys = 20;

    /// <summary>As long as browsers let people look for their authenticator.</summary>
    public static readonly TimeSpan ChallengeLifetime = TimeSpan.FromMinutes(5);

    /// <summary>A whole office behind one address opens its sign-in pages; a flood from one fills a few pages of a table.</summary>
    private const int MostOpenForAddress = 200;

    /// <summary>Enough to keep the table at what is open, little enough that nobody's sign-in page waits for it.</summary>
    private const int SweptAtOnce = 100;

    internal enum Change
    {
        Done,
        NotThere,
        Taken,
        TooMany,
    }

    /// <summary>Null when this address has too many open already.</summary>
    public async Task<Guid?> OpenChallengeAsync(string purpose, Guid? accountId, string address, string state, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await using var open = database.Source.CreateCommand("""
            WITH swept AS (
                DELETE FROM passkey_challenges WHERE id IN (
                    SELECT id FROM passkey_challenges WHERE expires_at <= $6 LIMIT $8 FOR UPDATE SKIP LOCKED))
            INSERT INTO passkey_challenges (id, purpose, account_id, address, state, expires_at)
            SELECT $1, $2, $3, $4, $5, $7
            WHERE (SELECT count(*) FROM passkey_challenges WHERE address = $4 AND expires_at > $6) < $9
            """);
        foreach (var value in new object?[] { id, purpose, accountId, address, state, now, now + ChallengeLifetime, SweptAtOnce, MostOpenForAddress })
            open.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        open.Parameters[2].NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid;
        return await open.ExecuteNonQueryAsync(cancel) == 1 ? id : null;
    }

    /// <summary>
    /// What the answer must fit, once: of two answers at the same time one gets it. Null when it was used, is too old, or was made for
    /// something or somebody else.
    /// </summary>
    public async Task<string?> TakeChallengeAsync(string id, string purpose, Guid? accountId, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "N", out var challengeId))
            return null;
        await using var take = database.Source.CreateCommand("""
            DELETE FROM passkey_challenges
            WHERE id = $1 AND purpose = $2 AND account_id IS NOT DISTINCT FROM $3 AND expires_at > $4
            RETURNING state
            """);
        foreach (var value in new object?[] { challengeId, purpose, accountId, clock.GetUtcNow() })
            take.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        take.Parameters[2].NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid;
        return await take.ExecuteScalarAsync(cancel) as string;
    }

    public async Task<Change> AddAsync(VaultStore.VaultRow vault, PasskeyRow passkey, VaultStore.UnlockRow unlock, CancellationToken cancel)
    {
        var outcome = await vaults.ChangeAsync(vault, async context =>
        {
            if (await context.Set<PasskeyRow>().CountAsync(row => row.AccountId == passkey.AccountId, cancel) >= MostPasskeys)
                return VaultChange.TooMany;
            context.Add(passkey);
            context.Add(unlock);
            Note(context, passkey, "passkey.added");
            var account = await context.Set<AccountStore.AccountRow>().SingleAsync(row => row.Id == passkey.AccountId, cancel);
            letters.PasskeyAdded(context, account.Email);
            return VaultChange.Done;
        }, cancel);
        return outcome switch
        {
            VaultChange.Done => Change.Done,
            VaultChange.TooMany => Change.TooMany,
            _ => Change.Taken,
        };
    }

    public async Task<IReadOnlyList<PasskeyRow>> ListAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<PasskeyRow>().AsNoTracking().Where(row => row.AccountId == accountId).OrderBy(row => row.CreatedAt).ToListAsync(cancel);
    }

    public async Task<PasskeyRow?> FindAsync(byte[] credentialId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<PasskeyRow>().AsNoTracking().SingleOrDefaultAsync(row => row.CredentialId == credentialId, cancel);
    }

    /// <summary>False when the counter has reached that number meanwhile: two answers with one number are two authenticators.</summary>
    public async Task<bool> UseAsync(Guid accountId, byte[] credentialId, uint signCounter, bool backedUp, CancellationToken cancel)
    {
        var (now, counter) = (clock.GetUtcNow(), (long)signCounter);
        await using var context = database.NewContext();
        return await context.Set<PasskeyRow>()
            .Where(row => row.AccountId == accountId && row.CredentialId == credentialId)
            .Where(row => row.SignCounter < counter || (row.SignCounter == 0 && counter == 0))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.SignCounter, counter).SetProperty(row => row.BackedUp, backedUp)
                .SetProperty(row => row.LastUsedAt, now), cancel) == 1;
    }

    public Task<Change> RenameAsync(Guid accountId, Guid id, string name, CancellationToken cancel) =>
        ChangeAsync(accountId, id, "passkey.renamed", (_, row) =>
        {
            row.Name = name;
            return Task.CompletedTask;
        }, cancel);

    public Task<Change> DeleteAsync(Guid accountId, Guid id, CancellationToken cancel) =>
        ChangeAsync(accountId, id, "passkey.deleted", async (context, row) =>
        {
            await VaultStore.RemovePasskeyUnlockAsync(context, accountId, row.CredentialId, cancel);
            context.Remove(row);
        }, cancel);

    private async Task<Change> ChangeAsync(Guid accountId, Guid id, string action, Func<KeyPassDb, PasskeyRow, Task> change, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        if (await context.Set<PasskeyRow>().SingleOrDefaultAsync(row => row.Id == id && row.AccountId == accountId, cancel) is not { } passkey)
            return Change.NotThere;
        await change(context, passkey);
        Note(context, passkey, action);
        try
        {
            await context.SaveChangesAsync(cancel);
            return Change.Done;
        }
        catch (DbUpdateConcurrencyException) // deleted by another browser meanwhile
        {
            return Change.NotThere;
        }
    }

    private void Note(KeyPassDb context, PasskeyRow passkey, string action) =>
        audit.Append(context, new AuditEntry(passkey.AccountId, "account", action, passkey.Id.ToString("N")));

    internal sealed class PasskeyRow
    {
        public required Guid Id { get; init; }
        public required Guid AccountId { get; init; }
        public required byte[] CredentialId { get; init; }
        public required byte[] PublicKey { get; init; }
        public required long SignCounter { get; init; }
        public required string Name { get; set; }
        public required string[] Transports { get; init; }
        public required bool BackupEligible { get; init; }
        public required bool BackedUp { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? LastUsedAt { get; init; }
    }

    internal sealed class ChallengeRow
    {
        public required Guid Id { get; init; }
        public required string Purpose { get; init; }
        public required Guid? AccountId { get; init; }
        public required string Address { get; init; }

        /// <summary>What Identity's handler wants back with the answer: the challenge, and for a new passkey whose it will be.</summary>
        public required string State { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<PasskeyRow>
    {
        public void Configure(EntityTypeBuilder<PasskeyRow> builder)
        {
            builder.ToTable("passkeys");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.CredentialId).HasColumnName("credential_id");
            builder.Property(row => row.PublicKey).HasColumnName("public_key");
            builder.Property(row => row.SignCounter).HasColumnName("sign_counter");
            builder.Property(row => row.Name).HasColumnName("name").HasMaxLength(NameMaxLength);
            builder.Property(row => row.Transports).HasColumnName("transports");
            builder.Property(row => row.BackupEligible).HasColumnName("backup_eligible");
            builder.Property(row => row.BackedUp).HasColumnName("backed_up");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.LastUsedAt).HasColumnName("last_used_at");
            builder.HasIndex(row => row.CredentialId).IsUnique();
            builder.HasOne<AccountStore.AccountRow>().WithMany().HasForeignKey(row => row.AccountId).OnDelete(DeleteBehavior.Cascade);
        }
    }

    internal sealed class ChallengeMapping : IEntityTypeConfiguration<ChallengeRow>
    {
        public void Configure(EntityTypeBuilder<ChallengeRow> builder)
        {
            builder.ToTable("passkey_challenges");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.Purpose).HasColumnName("purpose").HasMaxLength(16);
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Address).HasColumnName("address").HasMaxLength(64);
            builder.Property(row => row.State).HasColumnName("state");
            builder.Property(row => row.ExpiresAt).HasColumnName("expires_at");
            builder.HasIndex(row => row.Address);
            builder.HasIndex(row => row.ExpiresAt);
            builder.HasOne<AccountStore.AccountRow>().WithMany().HasForeignKey(row => row.AccountId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
