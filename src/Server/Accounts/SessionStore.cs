using KeyPass.Server.Audit;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Accounts;

/// <summary>Where an account is signed in. A session opens no key: what it fetches, its browser must still unlock.</summary>
internal sealed class SessionStore(Database database, AuditStore audit, AccountLetters letters, TimeProvider clock)
{
    /// <summary>Long enough that a daily user never signs in again; a forgotten browser is out after a month.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>"Last used" is shown to people in minutes: writing it more often would cost a write a request.</summary>
    private static readonly TimeSpan LastUsedStep = TimeSpan.FromMinutes(1);

    /// <summary>More browsers than anyone has; the one not used for longest is signed out.</summary>
    private const int MostSessions = 100;

    public const int DeviceMaxLength = 200;

    /// <summary>Until when it holds.</summary>
    /// <param name="byRecovery">By the recovery code, of which the owner hears.</param>
    public async Task<DateTimeOffset> AddAsync(AccountStore.AccountRow account, byte[] hash, string device, CancellationToken cancel, bool byRecovery = false)
    {
        var accountId = account.Id;
        var now = clock.GetUtcNow();
        var session = new SessionRow
        {
            Id = Guid.CreateVersion7(now),
            AccountId = accountId,
            Hash = hash,
            Device = device.Length > DeviceMaxLength ? device[..DeviceMaxLength] : device,
            CreatedAt = now,
            LastUsedAt = now,
            ExpiresAt = now + Lifetime,
        };
        await using var context = database.NewContext();
        // The list stays one that a person can read, and one page of it is all.
        var surplus = await context.Set<SessionRow>().Where(row => row.AccountId == accountId)
            .OrderByDescending(row => row.LastUsedAt).Skip(MostSessions - 1).ToListAsync(cancel);
        context.RemoveRange(surplus);
        context.Add(session);
        audit.Append(context, new AuditEntry(accountId, "account", "session.started", session.Id.ToString("N")));
        if (byRecovery)
            letters.RecoveryUsed(context, account.Email);
        await context.SaveChangesAsync(cancel);
        return session.ExpiresAt;
    }

    /// <summary>The account and session a presented credential stands for; null when it is unknown, ended or expired.</summary>
    public async Task<SessionRow?> FindAsync(string presented, CancellationToken cancel)
    {
        if (!Credential.TryRead(presented, out var credential))
            return null;
        var hash = new byte[Credential.HashSize];
        using (credential)
            credential.Hash(hash);
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        var session = await context.Set<SessionRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Hash == hash && row.ExpiresAt > now, cancel);
        if (session is not null && now - session.LastUsedAt > LastUsedStep)
            await context.Set<SessionRow>().Where(row => row.Id == session.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, now), cancel);
        return session;
    }

    public async Task<IReadOnlyList<SessionRow>> ListAsync(Guid accountId, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        return await context.Set<SessionRow>().AsNoTracking().Where(row => row.AccountId == accountId && row.ExpiresAt > now)
            .OrderByDescending(row => row.LastUsedAt).ToListAsync(cancel);
    }

    /// <summary>False when the account has no such session.</summary>
    public async Task<bool> EndAsync(Guid accountId, Guid sessionId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var session = await context.Set<SessionRow>().SingleOrDefaultAsync(row => row.Id == sessionId && row.AccountId == accountId, cancel);
        if (session is null)
            return false;
        context.Remove(session);
        audit.Append(context, new AuditEntry(accountId, "account", "session.ended", sessionId.ToString("N")));
        await context.SaveChangesAsync(cancel);
        return true;
    }

    internal sealed class SessionRow
    {
        public required Guid Id { get; init; }
        public required Guid AccountId { get; init; }
        public required byte[] Hash { get; init; }
        public required string Device { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required DateTimeOffset LastUsedAt { get; init; }
        public required DateTimeOffset ExpiresAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<SessionRow>
    {
        public void Configure(EntityTypeBuilder<SessionRow> builder)
        {
            builder.ToTable("sessions");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Hash).HasColumnName("hash");
            builder.Property(row => row.Device).HasColumnName("device").HasMaxLength(DeviceMaxLength);
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.LastUsedAt).HasColumnName("last_used_at");
            builder.Property(row => row.ExpiresAt).HasColumnName("expires_at");
            builder.HasIndex(row => row.Hash).IsUnique();
            builder.HasOne<AccountStore.AccountRow>().WithMany().HasForeignKey(row => row.AccountId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
