using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Connections;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Accounts;

/// <summary>Who may sign in. Never a password, nor anything a password can be guessed from without the ring.</summary>
internal sealed class AccountStore(Database database, AuditStore audit, AccountLetters letters, ConnectionStore connections, TimeProvider clock)
{
    public const string Table = "accounts";

    public const string EmailIndex = "ix_accounts_email";

    public const int NameMaxLength = 100;

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
        await DeviceStore.ForgetAsync(context, account.Id, cancel);
        audit.Append(context, new AuditEntry(account.Id, "account", "password.changed", account.Id.ToString("N")));
        letters.PasswordChanged(context, account.Email);
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

    /// <summary>The same for a managed account: whoever knew the old password is out.</summary>
    public async Task ChangeManagedPasswordAsync(Guid id, byte[] passwordHash, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var account = await context.Set<AccountRow>().SingleAsync(row => row.Id == id, cancel);
        account.PasswordHash = passwordHash;
        context.RemoveRange(await context.Set<SessionStore.SessionRow>().Where(row => row.AccountId == id).ToListAsync(cancel));
        await DeviceStore.ForgetAsync(context, id, cancel);
        audit.Append(context, new AuditEntry(id, "account", "password.changed", id.ToString("N")));
        letters.PasswordChanged(context, account.Email);
        await context.SaveChangesAsync(cancel);
    }

    private static RefusalResult Changed() =>
        Refusals.VersionConflict.Because("The account was changed meanwhile: read the vault again, and change it from there.");

    /// <summary>Everything of the account, its journal too. What backups hold goes with the ring's epochs.</summary>
    public async Task DeleteAsync(Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await connections.EndAppsOfAsync(context, id, cancel);
        await VaultStore.DeleteAsync(context, id, cancel);
        await AuditStore.EraseAsync(context, id, cancel);
        await IdempotencyStore.EraseAsync(context, id, cancel);
        var account = await context.Set<AccountRow>().SingleOrDefaultAsync(row => row.Id == id, cancel);
        if (account is null)
            return; // another request was first, and its letter is on the way
        await InviteStore.ForgetAsync(context, account.Email, cancel);
        context.Remove(account);
        letters.AccountDeleted(context, account.Email);
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>What is null stays; an empty name is none.</summary>
    public async Task ChangeProfileAsync(Guid id, string? name, string? timeZone, (bool IsGiven, BudgetWish? Wish) budget, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var account = await context.Set<AccountRow>().SingleAsync(row => row.Id == id, cancel);
        (account.Name, account.TimeZone) = (name is "" ? null : name ?? account.Name, timeZone ?? account.TimeZone);
        if (budget.IsGiven)
            await BudgetStore.SetAsync(context, id, BudgetOwner.Account, id, BudgetKind.Spend, budget.Wish, clock.GetUtcNow(), cancel);
        audit.Append(context, new AuditEntry(id, "account", budget.IsGiven ? "account.limited" : "account.changed", id.ToString("N")));
        await context.SaveChangesAsync(cancel);
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

        /// <summary>Null, like the two below, where the account signs in with a password that arrives as it was typed.</summary>
        public byte[]? KdfParameters { get; set; }
        public byte[]? Verifier { get; set; }
        public byte[]? PublicKey { get; set; }

        /// <summary>Of such a password, under the ring; null where the browser keeps the password to itself.</summary>
        public byte[]? PasswordHash { get; set; }

        public required DateTimeOffset CreatedAt { get; init; }

        /// <summary>When its owner showed that the address is his; null while it is only what somebody typed in.</summary>
        public DateTimeOffset? EmailVerifiedAt { get; set; }

        public string? Name { get; set; }
        public string TimeZone { get; set; } = IanaZone.Usual;
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
            builder.Property(row => row.PasswordHash).HasColumnName("password_hash");
            builder.Property(row => row.PublicKey).HasColumnName("public_key");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.EmailVerifiedAt).HasColumnName("email_verified_at");
            builder.Property(row => row.Name).HasColumnName("name").HasMaxLength(NameMaxLength);
            builder.Property(row => row.TimeZone).HasColumnName("time_zone").HasMaxLength(IanaZone.MaxLength).HasDefaultValue(IanaZone.Usual);
            builder.HasIndex(row => row.Email).IsUnique().HasDatabaseName(EmailIndex);
        }
    }
}
