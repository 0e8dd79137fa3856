using KeyPass.Server.Audit;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace KeyPass.Server.Accounts;

/// <summary>Who may sign in. Never a password, nor anything a password can be guessed from without the ring.</summary>
internal sealed class AccountStore(Database database, AuditStore audit)
{
    public const string Table = "accounts";

    private const string EmailIndex = "ix_accounts_email";

    /// <summary>Null when it is done; otherwise why not.</summary>
    public async Task<RefusalResult?> AddAsync(Registration registration, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        context.Add(registration.Account);
        VaultStore.Add(context, registration.Vault, registration.Unlocks, registration.Items);
        var id = registration.Account.Id;
        audit.Append(context, new AuditEntry(id, "account", "account.created", id.ToString("N")));
        try
        {
            await context.SaveChangesAsync(cancel);
            return null;
        }
        catch (DbUpdateException failure) when (failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken)
        {
            return taken.ConstraintName == EmailIndex
                ? Refusals.EmailTaken.Because("An account has this address already: sign in, or recover it with its recovery code.", "email")
                : Refusals.InvalidRequest.Because("An id in this sign-up is in use: make every id anew, at random.");
        }
    }

    /// <summary>
    /// A new password, and with it every session ended: whoever knew the old one is out. Null when it is done; otherwise why not.
    /// </summary>
    public async Task<RefusalResult?> ChangePasswordAsync(PasswordChange change, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var account = await context.Set<AccountRow>().SingleAsync(row => row.Id == change.AccountId, cancel);
        (account.KdfParameters, account.Verifier) = (change.Kdf, change.Verifier);
        if (!await VaultStore.ReplaceAsync(context, change.VaultId, change.Unlocks, change.Account, cancel))
            return Changed();
        context.RemoveRange(await context.Set<SessionStore.SessionRow>().Where(row => row.AccountId == account.Id).ToListAsync(cancel));
        audit.Append(context, new AuditEntry(account.Id, "account", "password.changed", account.Id.ToString("N")));
        try
        {
            await context.SaveChangesAsync(cancel);
            return null;
        }
        catch (DbUpdateConcurrencyException)
        {
            return Changed();
        }
    }

    private static RefusalResult Changed() =>
        Refusals.VersionConflict.Because("The account was changed meanwhile: read the vault again, and change it from there.");

    /// <summary>Everything of the account, its journal too. What backups hold goes with the ring's epochs.</summary>
    public async Task DeleteAsync(Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await VaultStore.DeleteAsync(context, id, cancel);
        await AuditStore.EraseAsync(context, id, cancel);
        await context.Set<AccountRow>().Where(row => row.Id == id).ExecuteDeleteAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    public async Task<AccountRow?> FindByEmailAsync(EmailAddress email, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<AccountRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Email == email.Normalized, cancel);
    }

    public async Task<AccountRow> GetAsync(Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<AccountRow>().AsNoTracking().SingleAsync(row => row.Id == id, cancel);
    }

    internal sealed class AccountRow
    {
        public required Guid Id { get; init; }
        public required string Email { get; init; }
        public required byte[] KdfParameters { get; set; }
        public required byte[] Verifier { get; set; }
        public required byte[] PublicKey { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<AccountRow>
    {
        public void Configure(EntityTypeBuilder<AccountRow> builder)
        {
            builder.ToTable(Table);
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.Email).HasColumnName("email").HasMaxLength(EmailAddress.MaxLength);
            builder.Property(row => row.KdfParameters).HasColumnName("kdf_parameters");
            builder.Property(row => row.Verifier).HasColumnName("verifier");
            builder.Property(row => row.PublicKey).HasColumnName("public_key");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.HasIndex(row => row.Email).IsUnique().HasDatabaseName(EmailIndex);
        }
    }
}
