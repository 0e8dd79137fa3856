using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Audit;

/// <summary>Who did what to which thing of an account. The names of actions are a contract: people filter by them.</summary>
internal sealed record AuditEntry(Guid AccountId, string Actor, string Action, string Subject);

/// <summary>
/// The append-only journal of changes. An entry is written in the transaction of its change: there is no change without its
/// entry and no entry without its change. The database itself refuses to alter one.
/// </summary>
internal sealed class AuditStore(Database database, TimeProvider clock)
{
    /// <summary>Joins the caller's unit of work; its SaveChanges writes change and entry together.</summary>
    public void Append(KeyPassDb context, AuditEntry entry) => context.Add(new AuditRow
    {
        AccountId = entry.AccountId,
        At = clock.GetUtcNow(),
        Actor = entry.Actor,
        Action = entry.Action,
        Subject = entry.Subject,
    });

    /// <summary>Joins the caller's unit of work: how often something was done to something since then.</summary>
    public static Task<int> CountAsync(KeyPassDb context, AuditEntry like, DateTimeOffset since, CancellationToken cancel) =>
        context.Set<AuditRow>().CountAsync(
            row => row.AccountId == like.AccountId && row.Action == like.Action && row.Subject == like.Subject && row.At > since, cancel);

    /// <summary>
    /// The one way an entry goes: with its whole account, in the transaction that deletes it. The database's trigger lets only
    /// this by.
    /// </summary>
    public static async Task EraseAsync(KeyPassDb context, Guid accountId, CancellationToken cancel)
    {
        await context.Database.ExecuteSqlAsync($"SELECT set_config('keypass.erasing', {accountId.ToString("D")}, true)", cancel);
        await context.Set<AuditRow>().Where(row => row.AccountId == accountId).ExecuteDeleteAsync(cancel);
    }

    /// <summary>Newest first; those older than <paramref name="before"/>, the last id of the page shown before.</summary>
    public async Task<IReadOnlyList<AuditRow>> ListAsync(Guid accountId, int limit, long? before, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<AuditRow>().AsNoTracking()
            .Where(row => row.AccountId == accountId && (before == null || row.Id < before))
            .OrderByDescending(row => row.Id).Take(limit).ToListAsync(cancel);
    }

    internal sealed class AuditRow
    {
        public long Id { get; init; }
        public required Guid AccountId { get; init; }
        public required DateTimeOffset At { get; init; }
        public required string Actor { get; init; }
        public required string Action { get; init; }
        public required string Subject { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<AuditRow>
    {
        public void Configure(EntityTypeBuilder<AuditRow> builder)
        {
            builder.ToTable("audit_entries");
            builder.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.At).HasColumnName("at");
            builder.Property(row => row.Actor).HasColumnName("actor").HasMaxLength(80);
            builder.Property(row => row.Action).HasColumnName("action").HasMaxLength(40);
            builder.Property(row => row.Subject).HasColumnName("subject").HasMaxLength(80);
            builder.HasIndex(row => new { row.AccountId, row.Id });
        }
    }
}
