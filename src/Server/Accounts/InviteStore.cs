using KeyPass.Server.Audit;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Accounts;

/// <summary>Codes that let one person sign up each. They belong to the server, not to the operator who made them.</summary>
internal sealed class InviteStore(Database database, AuditStore audit, TimeProvider clock)
{
    /// <summary>Used and expired ones are shown this long, then swept: an address in one is somebody's.</summary>
    private static readonly TimeSpan ShownAfterEnd = TimeSpan.FromDays(30);

    /// <param name="madeBy">Null when it is made at the server's command line, which has no account.</param>
    /// <param name="write">What joins the transaction: the letter that carries it.</param>
    public async Task<InviteRow> AddAsync(
        byte[] codeHash, EmailAddress? email, int expiresAfterDays, Guid? madeBy, Action<KeyPassDb, InviteRow> write, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var invite = new InviteRow
        {
            Id = Guid.CreateVersion7(now),
            CodeHash = codeHash,
            Email = email?.Normalized,
            CreatedAt = now,
            ExpiresAt = now.AddDays(expiresAfterDays),
        };
        await using var context = database.NewContext();
        context.Add(invite);
        if (madeBy is { } accountId)
            audit.Append(context, new AuditEntry(accountId, "account", "invite.created", invite.Id.ToString("N")));
        write(context, invite);
        await context.SaveChangesAsync(cancel);
        return invite;
    }

    /// <summary>Newest first; those after the last of the page shown before.</summary>
    public async Task<IReadOnlyList<InviteRow>> ListAsync(int limit, Guid? after, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<InviteRow>().AsNoTracking()
            .Where(row => after == null || row.Id < after).OrderByDescending(row => row.Id).Take(limit).ToListAsync(cancel);
    }

    /// <summary>The invite that lets this address in now; null when there is none.</summary>
    public async Task<InviteRow?> FindAsync(byte[] codeHash, EmailAddress email, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        return await context.Set<InviteRow>().AsNoTracking().SingleOrDefaultAsync(row =>
            row.CodeHash == codeHash && row.UsedAt == null && row.ExpiresAt > now && (row.Email == null || row.Email == email.Normalized), cancel);
    }

    /// <summary>
    /// Joins the caller's transaction. False when another has used it, or it was taken back. (That it had not expired was seen when the
    /// sign-up came; one that waited for its mail still counts.)
    /// </summary>
    public static async Task<bool> UseAsync(KeyPassDb context, Guid id, DateTimeOffset now, CancellationToken cancel) =>
        await context.Set<InviteRow>().Where(row => row.Id == id && row.UsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), cancel) == 1;

    /// <summary>False when there is none; one that was used stays in the list, and what it opened stays open.</summary>
    public async Task<bool> RevokeAsync(Guid id, Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        if (await context.Set<InviteRow>().SingleOrDefaultAsync(row => row.Id == id && row.UsedAt == null, cancel) is not { } invite)
            return false;
        context.Remove(invite);
        audit.Append(context, new AuditEntry(accountId, "account", "invite.revoked", id.ToString("N")));
        try
        {
            await context.SaveChangesAsync(cancel);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            return false;
        }
    }

    /// <summary>Joins the caller's transaction: what was used for an address that is deleted.</summary>
    public static Task ForgetAsync(KeyPassDb context, string email, CancellationToken cancel) =>
        context.Set<InviteRow>().Where(row => row.Email == email && row.UsedAt != null).ExecuteDeleteAsync(cancel);

    public async Task SweepAsync(CancellationToken cancel)
    {
        var shownUntil = clock.GetUtcNow() - ShownAfterEnd;
        await using var context = database.NewContext();
        await context.Set<InviteRow>().Where(row => row.ExpiresAt < shownUntil || row.UsedAt < shownUntil).ExecuteDeleteAsync(cancel);
    }

    public static RefusalResult NotThere() => Refusals.InviteRequired.Because(
        "This invite was used already, has expired, is for another address or is not whole: ask the operator for a new one.", "invite");

    internal sealed class InviteRow
    {
        public required Guid Id { get; init; }
        public required byte[] CodeHash { get; init; }
        public required string? Email { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required DateTimeOffset ExpiresAt { get; init; }
        public DateTimeOffset? UsedAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<InviteRow>
    {
        public void Configure(EntityTypeBuilder<InviteRow> builder)
        {
            builder.ToTable("invites");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.CodeHash).HasColumnName("code_hash");
            builder.Property(row => row.Email).HasColumnName("email").HasMaxLength(EmailAddress.MaxLength);
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.ExpiresAt).HasColumnName("expires_at");
            // Used and taken back at once: one of the two finds it changed.
            builder.Property(row => row.UsedAt).HasColumnName("used_at").IsConcurrencyToken();
            builder.HasIndex(row => row.CodeHash).IsUnique();
        }
    }
}
