using KeyPass.Server.Audit;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Apps;

internal enum AppChange
{
    Done,
    NotThere,

    /// <summary>Somebody else changed it meanwhile.</summary>
    Conflict,
    TooMany,
}

/// <summary>Third-party programs, as their developers registered them, and what their servers prove themselves with.</summary>
internal sealed class AppStore(Database database, AuditStore audit, TimeProvider clock)
{
    public const int MostApps = 100;

    /// <summary>The one in use, and the next: so an app changes it without a pause.</summary>
    public const int MostSecrets = 2;

    public const int ChecksAnHour = 10;

    /// <summary>"Last used" is shown to people in minutes.</summary>
    private static readonly TimeSpan LastUsedStep = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Counted = TimeSpan.FromDays(30);

    /// <summary>Of an app that asked more often, the latest sessions count.</summary>
    public const int MostCounted = 100_000;

    internal sealed class Counts
    {
        public required Guid Id { get; init; }
        public required long Connections { get; init; }
        public required long Asked { get; init; }
        public required long Opened { get; init; }
        public required long Approved { get; init; }
    }

    internal sealed record Listed(AppRow App, IReadOnlyList<SecretRow> Secrets);

    public async Task<bool> AddAsync(AppRow app, SecretRow secret, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        if (await Living(context).CountAsync(row => row.AccountId == app.AccountId, cancel) >= MostApps)
            return false;
        context.Add(app);
        context.Add(secret);
        Note(context, app, actor, "created");
        await context.SaveChangesAsync(cancel);
        return true;
    }

    public async Task<IReadOnlyList<Listed>> ListAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await ReadAsync(context, Living(context).Where(row => row.AccountId == accountId).OrderBy(row => row.CreatedAt), cancel);
    }

    /// <summary>
    /// Of each app how many connections have not ended, and of those it asked in the last days how many looked and said yes. A session tells by itself how far
    /// it came: its events need not be read for that.
    /// </summary>
    public async Task<IReadOnlyList<Counts>> CountAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var now = clock.GetUtcNow();
        var since = now - Counted;
        return await context.Database.SqlQuery<Counts>($"""
            SELECT app.id AS "Id", people.connections AS "Connections", asked.sessions AS "Asked", asked.opened AS "Opened", asked.approved AS "Approved"
            FROM apps app
            CROSS JOIN LATERAL (
                SELECT count(*) AS connections FROM connections WHERE app_id = app.id AND activated_at IS NOT NULL AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > {now})) AS people
            CROSS JOIN LATERAL (
                SELECT count(*) AS sessions, count(grant_id) AS approved,
                    count(*) FILTER (WHERE grant_id IS NOT NULL OR status NOT IN ('created', 'expired')) AS opened
                FROM (SELECT status, grant_id FROM link_sessions WHERE app_id = app.id AND created_at > {since} AND expires_at > {since}
                    AND NOT is_update ORDER BY expires_at DESC LIMIT {MostCounted}) AS latest) AS asked
            WHERE app.account_id = {accountId} AND app.deleted_at IS NULL
            """).ToListAsync(cancel);
    }

    public async Task<Listed?> FindAsync(Guid accountId, Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return (await ReadAsync(context, Living(context).Where(row => row.AccountId == accountId && row.Id == id), cancel)).SingleOrDefault();
    }

    /// <summary>Also one that was deleted: what it was called is told to those who gave it something.</summary>
    public async Task<AppRow> GetAsync(Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<AppRow>().AsNoTracking().SingleAsync(row => row.Id == id, cancel);
    }

    /// <summary>One question, whether the app is there or not, so that the answer's time tells nothing.</summary>
    public async Task<AppRow?> FindByClientAsync(string clientId, Credential secret, CancellationToken cancel)
    {
        var hash = new byte[Credential.HashSize];
        secret.Hash(hash);
        await using var context = database.NewContext();
        var rows = from one in context.Set<SecretRow>()
                   join app in Living(context) on one.AppId equals app.Id
                   where one.Hash == hash && app.ClientId == clientId
                   select new { app, one.Id, one.LastUsedAt };
        if (await rows.AsNoTracking().SingleOrDefaultAsync(cancel) is not { } found)
            return null;
        var now = clock.GetUtcNow();
        if (found.LastUsedAt is null || now - found.LastUsedAt > LastUsedStep)
        {
            await context.Set<SecretRow>().Where(row => row.Id == found.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, now), cancel);
        }
        return found.app;
    }

    public async Task<AppChange> ChangeAsync(Guid accountId, Guid id, string actor, string action, Action<AppRow> change, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        if (await Living(context).SingleOrDefaultAsync(row => row.AccountId == accountId && row.Id == id, cancel) is not { } app)
            return AppChange.NotThere;
        change(app);
        app.Changes++;
        Note(context, app, actor, action);
        try
        {
            await context.SaveChangesAsync(cancel);
            return AppChange.Done;
        }
        catch (DbUpdateConcurrencyException)
        {
            return AppChange.Conflict;
        }
    }

    /// <summary>Notes that an app's address is about to be looked at, unless that was done too often lately.</summary>
    public async Task<AppChange> BeginCheckAsync(AppRow app, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var like = new AuditEntry(app.AccountId, actor, "app.domain_checked", app.Id.ToString("N"));
        if (await AuditStore.CountAsync(context, like, clock.GetUtcNow() - TimeSpan.FromHours(1), cancel) >= ChecksAnHour)
            return AppChange.TooMany;
        audit.Append(context, like);
        await context.SaveChangesAsync(cancel);
        return AppChange.Done;
    }

    public async Task<AppChange> AddSecretAsync(Guid accountId, SecretRow secret, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        // Two at once see each other's.
        var touched = await Living(context).Where(row => row.AccountId == accountId && row.Id == secret.AppId)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Name, row => row.Name), cancel);
        if (touched == 0)
            return AppChange.NotThere;
        if (await context.Set<SecretRow>().CountAsync(row => row.AppId == secret.AppId, cancel) >= MostSecrets)
            return AppChange.TooMany;
        context.Add(secret);
        audit.Append(context, new AuditEntry(accountId, actor, "app.secret_added", secret.AppId.ToString("N")));
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return AppChange.Done;
    }

    public async Task<AppChange> RemoveSecretAsync(Guid accountId, Guid id, Guid secretId, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = from secret in context.Set<SecretRow>()
                   join app in Living(context) on secret.AppId equals app.Id
                   where app.AccountId == accountId && app.Id == id && secret.Id == secretId
                   select secret;
        if (await rows.SingleOrDefaultAsync(cancel) is not { } found)
            return AppChange.NotThere;
        context.Remove(found);
        audit.Append(context, new AuditEntry(accountId, actor, "app.secret_removed", id.ToString("N")));
        await context.SaveChangesAsync(cancel);
        return AppChange.Done;
    }

    /// <summary>Joins the caller's unit of work. Its name stays, for those who gave it something; its server proves itself no more.</summary>
    public async Task<bool> DeleteAsync(KeyPassDb context, Guid accountId, Guid id, string actor, CancellationToken cancel)
    {
        if (await Living(context).SingleOrDefaultAsync(row => row.AccountId == accountId && row.Id == id, cancel) is not { } app)
            return false;
        app.DeletedAt = clock.GetUtcNow();
        await context.Set<SecretRow>().Where(row => row.AppId == id).ExecuteDeleteAsync(cancel);
        Note(context, app, actor, "deleted");
        return true;
    }

    /// <summary>Joins the deletion of an account, whose apps have no connections any more.</summary>
    public static Task EraseAsync(KeyPassDb context, Guid accountId, CancellationToken cancel) =>
        context.Set<AppRow>().Where(row => row.AccountId == accountId).ExecuteDeleteAsync(cancel);

    public static IQueryable<AppRow> Living(KeyPassDb context) => context.Set<AppRow>().Where(row => row.DeletedAt == null);

    private static async Task<IReadOnlyList<Listed>> ReadAsync(KeyPassDb context, IQueryable<AppRow> rows, CancellationToken cancel)
    {
        var apps = await rows.AsNoTracking().ToListAsync(cancel);
        var ids = apps.ConvertAll(app => app.Id);
        var secrets = (await context.Set<SecretRow>().AsNoTracking().Where(row => ids.Contains(row.AppId)).OrderBy(row => row.CreatedAt).ToListAsync(cancel))
            .ToLookup(row => row.AppId);
        return apps.ConvertAll(app => new Listed(app, [.. secrets[app.Id]]));
    }

    private void Note(KeyPassDb context, AppRow app, string actor, string action) =>
        audit.Append(context, new AuditEntry(app.AccountId, actor, "app." + action, app.Id.ToString("N")));

    internal sealed class AppRow
    {
        public const int NameMaxLength = 60;

        public required Guid Id { get; init; }
        public required Guid AccountId { get; init; }
        public required string ClientId { get; init; }
        public required string Name { get; set; }
        public string? Homepage { get; set; }
        public string? Logo { get; set; }

        /// <summary>Its connections reach the sandbox only.</summary>
        public required bool IsTest { get; init; }

        public required string[] Origins { get; set; }
        public required string[] RedirectUris { get; set; }

        /// <summary>The host of its homepage, once its developer showed that it is his.</summary>
        public string? Domain { get; set; }

        public DateTimeOffset? DomainVerifiedAt { get; set; }

        /// <summary>Grows with every change: what a person was shown is what he approves.</summary>
        public int Changes { get; set; }

        public required DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? DeletedAt { get; set; }
    }

    internal sealed class SecretRow
    {
        public const int HintLength = 4;

        public required Guid Id { get; init; }
        public required Guid AppId { get; init; }
        public required byte[] Hash { get; init; }
        public required string Hint { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? LastUsedAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<AppRow>
    {
        private const int ClientIdLength = 56;
        private const int HostMaxLength = 270;

        public void Configure(EntityTypeBuilder<AppRow> builder)
        {
            builder.ToTable("apps");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.ClientId).HasColumnName("client_id").HasMaxLength(ClientIdLength);
            builder.Property(row => row.Name).HasColumnName("name").HasMaxLength(AppRow.NameMaxLength);
            builder.Property(row => row.Homepage).HasColumnName("homepage").HasMaxLength(WebAddresses.LongestAddress);
            builder.Property(row => row.Logo).HasColumnName("logo");
            builder.Property(row => row.IsTest).HasColumnName("is_test");
            builder.Property(row => row.Origins).HasColumnName("origins");
            builder.Property(row => row.RedirectUris).HasColumnName("redirect_uris");
            builder.Property(row => row.Domain).HasColumnName("domain").HasMaxLength(HostMaxLength);
            builder.Property(row => row.DomainVerifiedAt).HasColumnName("domain_verified_at");
            // Two changes at once: the second finds another number than it read.
            builder.Property(row => row.Changes).HasColumnName("changes").IsConcurrencyToken();
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.DeletedAt).HasColumnName("deleted_at");
            builder.HasIndex(row => row.AccountId);
            builder.HasIndex(row => row.ClientId).IsUnique();
        }
    }

    internal sealed class SecretMapping : IEntityTypeConfiguration<SecretRow>
    {
        public void Configure(EntityTypeBuilder<SecretRow> builder)
        {
            builder.ToTable("app_secrets");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AppId).HasColumnName("app_id");
            builder.Property(row => row.Hash).HasColumnName("hash");
            builder.Property(row => row.Hint).HasColumnName("hint").HasMaxLength(SecretRow.HintLength);
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.LastUsedAt).HasColumnName("last_used_at");
            builder.HasIndex(row => row.Hash).IsUnique();
            builder.HasIndex(row => row.AppId);
            builder.HasOne<AppRow>().WithMany().HasForeignKey(row => row.AppId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
