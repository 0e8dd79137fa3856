using KeyPass.Server.Audit;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Accounts;

/// <summary>
/// The codes by which an account that is open already proves its address: it was opened while this server sent no mail, or by an invite for
/// nobody in particular. One code an account; a new letter makes the one before it worthless.
/// </summary>
internal sealed class AddressProofStore(Database database, AuditStore audit, AccountLetters letters, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    /// <summary>Code, letter and entry are one transaction.</summary>
    public async Task AskAsync(AccountStore.AccountRow account, CancellationToken cancel)
    {
        var (code, hash) = OneUseCode.Make();
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        // The account's row first: of two that ask at once, one comes after the other.
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM accounts WHERE id = {account.Id} FOR UPDATE", cancel);
        await context.Set<ProofRow>().Where(row => row.AccountId == account.Id).ExecuteDeleteAsync(cancel);
        context.Add(new ProofRow { AccountId = account.Id, CodeHash = hash, ExpiresAt = clock.GetUtcNow() + Lifetime });
        letters.ProveOwnAddress(context, account.Email, code);
        audit.Append(context, new AuditEntry(account.Id, Actor.Account, "address.asked", account.Id.ToString("N")));
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Whether the code was one of these, and its address is proved now.</summary>
    public async Task<bool> ProveAsync(byte[] codeHash, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        // Locked: of two that come at once, the second finds it gone.
        var found = await context.Set<ProofRow>()
            .FromSql($"SELECT * FROM address_proofs WHERE code_hash = {codeHash} AND expires_at > {now} FOR UPDATE").ToListAsync(cancel);
        if (found is not [var proof])
            return false;
        context.Remove(proof);
        var account = await context.Set<AccountStore.AccountRow>().SingleAsync(row => row.Id == proof.AccountId, cancel);
        account.EmailVerifiedAt = now;
        audit.Append(context, new AuditEntry(account.Id, Actor.Account, "address.proved", account.Id.ToString("N")));
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    public async Task SweepAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        await context.Set<ProofRow>().Where(row => row.ExpiresAt <= now).ExecuteDeleteAsync(cancel);
    }

    internal sealed class ProofRow
    {
        public required Guid AccountId { get; init; }
        public required byte[] CodeHash { get; init; }
        public required DateTimeOffset ExpiresAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<ProofRow>
    {
        public void Configure(EntityTypeBuilder<ProofRow> builder)
        {
            builder.ToTable("address_proofs");
            builder.HasKey(row => row.AccountId);
            builder.Property(row => row.AccountId).HasColumnName("account_id").ValueGeneratedNever();
            builder.Property(row => row.CodeHash).HasColumnName("code_hash");
            builder.Property(row => row.ExpiresAt).HasColumnName("expires_at");
            builder.HasIndex(row => row.CodeHash).IsUnique();
            builder.HasIndex(row => row.ExpiresAt);
            builder.HasOne<AccountStore.AccountRow>().WithMany().HasForeignKey(row => row.AccountId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
