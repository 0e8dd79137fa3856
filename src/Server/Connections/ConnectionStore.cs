using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Connections;

/// <summary>
/// The standing agreements between accounts and apps. A connection outlives its grant: linking again puts another in its place, and its
/// budgets go on. What an app may do stands in the grant's scope, whose changes reach every server by themselves.
/// </summary>
internal sealed class ConnectionStore(Database database, GrantStore grants, AppStore apps, AuditStore audit, TimeProvider clock)
{
    internal sealed record Listed(
        ConnectionRow Row, AppStore.AppRow App, ScopeStore.ScopeRow Scope, IReadOnlyList<Guid> KeyIds, DateTimeOffset? LastUsedAt);

    /// <summary>By what the receipts of its calls are found, whichever grant they were made with.</summary>
    public static string TagOf(Guid id) => $"connection:{id:N}";

    /// <summary>Those that an app's exchange made real; newest first.</summary>
    public async Task<IReadOnlyList<Listed>> ListAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await ReadAsync(context, Made(context).Where(row => row.AccountId == accountId), cancel);
    }

    public async Task<Listed?> FindAsync(Guid accountId, Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return (await ReadAsync(context, Made(context).Where(row => row.AccountId == accountId && row.Id == id), cancel)).SingleOrDefault();
    }

    public async Task<IReadOnlyList<Listed>> ListOfAppAsync(Guid appId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await ReadAsync(context, Made(context).Where(row => row.AppId == appId), cancel);
    }

    /// <summary>How many have each status; a status that none has is not there.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountOfAppAsync(Guid appId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var now = clock.GetUtcNow();
        var rows = from row in Made(context)
                   join scope in context.Set<ScopeStore.ScopeRow>() on row.GrantId equals scope.GrantId
                   where row.AppId == appId
                   group row by row.RevokedAt != null ? "revoked" : row.ExpiresAt <= now ? "expired" : scope.DisabledAt != null ? "paused" : "active";
        return await rows.Select(group => new { Status = group.Key, Count = group.Count() }).ToDictionaryAsync(one => one.Status, one => one.Count, cancel);
    }

    public async Task<Listed?> FindOfAppAsync(Guid appId, Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return (await ReadAsync(context, Made(context).Where(row => row.AppId == appId && row.Id == id), cancel)).SingleOrDefault();
    }

    /// <summary>What linking again renews; null where the app does not say who its user is, or has nothing of that account's.</summary>
    public async Task<ConnectionRow?> FindOfUserAsync(Guid appId, Guid accountId, string? clientUserId, CancellationToken cancel)
    {
        if (clientUserId is null)
            return null;
        await using var context = database.NewContext();
        return await Made(context).AsNoTracking().Where(row => row.AppId == appId && row.AccountId == accountId && row.ClientUserId == clientUserId
            && row.RevokedAt == null).OrderByDescending(row => row.CreatedAt).FirstOrDefaultAsync(cancel);
    }

    /// <summary>One change of a living connection, named in the journal. False where there is none of theirs.</summary>
    public async Task<bool> ChangeAsync(
        Guid accountId, Guid id, string actor, string action, Func<KeyPassDb, ConnectionRow, ScopeStore.ScopeRow, Task> change, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        if (await LockAsync(context, id, cancel) is not { } row || row.AccountId != accountId)
            return false;
        await change(context, row, await context.Set<ScopeStore.ScopeRow>().SingleAsync(scope => scope.GrantId == row.GrantId, cancel));
        Touch(row);
        Note(context, row, actor, action);
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <summary>For good. Its running calls are cut as soon as the servers hear of it.</summary>
    public Task<bool> RevokeAsync(Guid accountId, Guid id, string actor, CancellationToken cancel) =>
        ChangeAsync(accountId, id, actor, "revoked", (context, row, _) => EndAsync(context, row, cancel), cancel);

    /// <summary>The app, and every connection to it.</summary>
    public async Task<bool> EndAppAsync(Guid accountId, Guid appId, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        if (!await apps.DeleteAsync(context, accountId, appId, actor, cancel))
            return false;
        await EndAllAsync(context, appId, actor, cancel);
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <summary>Joins the deletion of an account: nobody answers for its apps any more.</summary>
    public async Task EndAppsOfAsync(KeyPassDb context, Guid accountId, CancellationToken cancel)
    {
        var ids = await AppStore.Living(context).Where(app => app.AccountId == accountId).Select(app => app.Id).ToListAsync(cancel);
        foreach (var id in ids)
            await EndAllAsync(context, id, $"app {id:N}", cancel);
        await context.SaveChangesAsync(cancel);
        await AppStore.EraseAsync(context, accountId, cancel);
    }

    /// <summary>Joins the caller's transaction. Null where it is not there, or revoked.</summary>
    public static async Task<ConnectionRow?> LockAsync(KeyPassDb context, Guid id, CancellationToken cancel) =>
        (await context.Set<ConnectionRow>().FromSql($"SELECT * FROM connections WHERE id = {id} AND revoked_at IS NULL FOR UPDATE").ToListAsync(cancel))
        .SingleOrDefault();

    /// <summary>Joins the caller's transaction.</summary>
    public async Task EndAsync(KeyPassDb context, ConnectionRow row, CancellationToken cancel)
    {
        await grants.RevokeAsync(context, row.GrantId, cancel);
        row.RevokedAt = clock.GetUtcNow();
    }

    /// <summary>What was shown of it is old from now on.</summary>
    public void Touch(ConnectionRow row)
    {
        row.Changes++;
        row.UpdatedAt = clock.GetUtcNow();
    }

    public void Note(KeyPassDb context, ConnectionRow row, string actor, string action) =>
        audit.Append(context, new AuditEntry(row.AccountId, actor, "connection." + action, row.Id.ToString("N")));

    private async Task EndAllAsync(KeyPassDb context, Guid appId, string actor, CancellationToken cancel)
    {
        foreach (var row in await context.Set<ConnectionRow>().Where(row => row.AppId == appId && row.RevokedAt == null).ToListAsync(cancel))
        {
            await EndAsync(context, row, cancel);
            Touch(row);
            Note(context, row, actor, "revoked");
        }
    }

    private static IQueryable<ConnectionRow> Made(KeyPassDb context) => context.Set<ConnectionRow>().Where(row => row.ActivatedAt != null);

    private static async Task<IReadOnlyList<Listed>> ReadAsync(KeyPassDb context, IQueryable<ConnectionRow> rows, CancellationToken cancel)
    {
        var found = await (
            from row in rows
            join app in context.Set<AppStore.AppRow>() on row.AppId equals app.Id
            join scope in context.Set<ScopeStore.ScopeRow>() on row.GrantId equals scope.GrantId
            orderby row.CreatedAt descending, row.Id
            select new { row, app, scope }).AsNoTracking().ToListAsync(cancel);
        var ids = found.ConvertAll(one => one.row.GrantId);
        var used = (await context.Set<GrantStore.TokenWrapRow>().AsNoTracking().Where(wrap => ids.Contains(wrap.GrantId))
            .Select(wrap => new { wrap.GrantId, wrap.LastUsedAt }).ToListAsync(cancel)).ToLookup(wrap => wrap.GrantId, wrap => wrap.LastUsedAt);
        var keys = (await context.Set<GrantStore.SealedKeyRow>().AsNoTracking().Where(one => ids.Contains(one.GrantId)).OrderBy(one => one.Priority)
            .Select(one => new { one.GrantId, one.KeyId }).ToListAsync(cancel)).ToLookup(one => one.GrantId, one => one.KeyId);
        return found.ConvertAll(one => new Listed(one.row, one.app, one.scope, [.. keys[one.row.GrantId].Distinct()], used[one.row.GrantId].Max()));
    }

    internal sealed class ConnectionRow
    {
        public const int ClientUserIdMaxLength = 200;

        public required Guid Id { get; init; }
        public required Guid AppId { get; init; }
        public required Guid AccountId { get; init; }

        /// <summary>As the app calls its user; it tells the app's users of one account apart.</summary>
        public string? ClientUserId { get; init; }

        /// <summary>Whose secret its access token wraps. Another, once it was linked again.</summary>
        public required Guid GrantId { get; set; }

        public required DateTimeOffset CreatedAt { get; init; }

        /// <summary>When the app first got an access token; until then it is a consent that may lapse.</summary>
        public DateTimeOffset? ActivatedAt { get; set; }

        public required DateTimeOffset UpdatedAt { get; set; }
        public DateTimeOffset? ExpiresAt { get; set; }
        public DateTimeOffset? RevokedAt { get; set; }

        /// <summary>Grows with every change: what a person was shown is what he approves.</summary>
        public int Changes { get; set; }

        public string StatusAt(DateTimeOffset now, bool isPaused) => this switch
        {
            { RevokedAt: not null } => "revoked",
            { ExpiresAt: { } ends } when ends <= now => "expired",
            _ => isPaused ? "paused" : "active",
        };
    }

    internal sealed class Mapping : IEntityTypeConfiguration<ConnectionRow>
    {
        public void Configure(EntityTypeBuilder<ConnectionRow> builder)
        {
            builder.ToTable("connections");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AppId).HasColumnName("app_id");
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.ClientUserId).HasColumnName("client_user_id").HasMaxLength(ConnectionRow.ClientUserIdMaxLength);
            builder.Property(row => row.GrantId).HasColumnName("grant_id");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.ActivatedAt).HasColumnName("activated_at");
            builder.Property(row => row.UpdatedAt).HasColumnName("updated_at");
            builder.Property(row => row.ExpiresAt).HasColumnName("expires_at");
            builder.Property(row => row.RevokedAt).HasColumnName("revoked_at");
            builder.Property(row => row.Changes).HasColumnName("changes");
            builder.HasIndex(row => row.AccountId);
            builder.HasIndex(row => new { row.AppId, row.AccountId });
            // With the vault that it opens, and so with its owner's account.
            builder.HasOne<GrantStore.GrantRow>().WithMany().HasForeignKey(row => row.GrantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<AppStore.AppRow>().WithMany().HasForeignKey(row => row.AppId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
