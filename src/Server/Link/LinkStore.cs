using KeyPass.Server.Apps;
using KeyPass.Server.Audit;
using KeyPass.Server.Connections;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Link;

/// <summary>Link sessions and their events: what was asked, how far it came, and the ciphertext on its way to another browser.</summary>
internal sealed class LinkStore(Database database, AuditStore audit, TimeProvider clock)
{
    /// <summary>Of one app at the same time.</summary>
    private const int MostOpen = 10_000;

    /// <summary>Of the hash of a link token, what stands in addresses in its place.</summary>
    public const int AddressBytes = 16;

    public static readonly TimeSpan RelayLife = TimeSpan.FromMinutes(10);

    /// <summary>How long an app may read back what came of a session.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(24);

    /// <summary>How long its steps are counted.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>False where the app has too many open.</summary>
    public async Task<bool> AddAsync(SessionRow session, Guid accountId, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var now = clock.GetUtcNow();
        if (await context.Set<SessionRow>().CountAsync(row => row.AppId == session.AppId && row.ExpiresAt > now && LinkState.Open.Contains(row.Status), cancel)
            >= MostOpen)
            return false;
        context.Add(session);
        context.Add(new EventRow { SessionId = session.Id, Name = session.Status, At = now });
        audit.Append(context, new AuditEntry(accountId, actor, "link.asked", session.Id.ToString("N")));
        await context.SaveChangesAsync(cancel);
        return true;
    }

    public async Task<SessionRow?> FindAsync(Credential linkToken, CancellationToken cancel)
    {
        var hash = new byte[Credential.HashSize];
        linkToken.Hash(hash);
        await using var context = database.NewContext();
        return await CurrentAsync(context, await Rows(context).SingleOrDefaultAsync(row => row.LinkTokenHash == hash, cancel), cancel);
    }

    public async Task<SessionRow?> FindAsync(Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await CurrentAsync(context, await Rows(context).SingleOrDefaultAsync(row => row.Id == id, cancel), cancel);
    }

    /// <summary>By the beginning of its link token's hash: what stands in addresses opens nothing.</summary>
    public async Task<SessionRow?> FindByAddressAsync(byte[] beginning, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        byte[] first = [.. beginning, .. new byte[Credential.HashSize - AddressBytes]];
        byte[] last = [.. beginning, .. Enumerable.Repeat(byte.MaxValue, Credential.HashSize - AddressBytes)];
        return (await context.Set<SessionRow>().FromSql($"SELECT * FROM link_sessions WHERE link_token_hash BETWEEN {first} AND {last}")
            .AsNoTracking().ToListAsync(cancel)).SingleOrDefault();
    }

    public async Task<SessionRow?> FindByPublicTokenAsync(byte[] hash, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await Rows(context).SingleOrDefaultAsync(row => row.PublicTokenHash == hash, cancel);
    }

    public async Task<IReadOnlyList<EventRow>> ListEventsAsync(Guid sessionId, long after, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<EventRow>().AsNoTracking().Where(row => row.SessionId == sessionId && row.Id > after).OrderBy(row => row.Id)
            .ToListAsync(cancel);
    }

    /// <summary>Forward only, and once: reloading a page is no second step. One statement, also for steps that are taken together.</summary>
    public async Task MarkAsync(Guid id, IReadOnlyList<string> states, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var (order, steps, now) = (LinkState.Open.ToArray(), states.ToArray(), clock.GetUtcNow());
        await context.Database.ExecuteSqlAsync($"""
            WITH present AS (SELECT id, array_position({order}, status::text) AS place FROM link_sessions WHERE id = {id} AND expires_at > {now} FOR UPDATE),
            ahead AS (
                SELECT present.id, step.name, array_position({order}, step.name) AS place FROM present, unnest({steps}) AS step(name)
                WHERE array_position({order}, step.name) > present.place),
            moved AS (
                UPDATE link_sessions SET status = ({order})[last.place] FROM (SELECT id, max(place) AS place FROM ahead GROUP BY id) AS last
                WHERE link_sessions.id = last.id)
            INSERT INTO link_events (session_id, name, at) SELECT id, name, {now} FROM ahead ORDER BY place
            """, cancel);
    }

    /// <summary>What was approved, while the public token that is known of it can be exchanged: of those who ask at once, one changes it.</summary>
    public static IQueryable<SessionRow> Exchangeable(KeyPassDb context, SessionRow session, DateTimeOffset now) => context.Set<SessionRow>()
        .Where(row => row.Id == session.Id && row.Status == LinkState.Approved && row.PublicTokenHash == session.PublicTokenHash
            && row.PublicTokenEndsAt > now);

    public async Task RelayAsync(Guid id, Guid accountId, byte[] envelope, string actor, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var now = clock.GetUtcNow();
        await context.Set<SessionRow>().Where(row => row.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Relay, envelope).SetProperty(row => row.RelayedAt, now), cancel);
        audit.Append(context, new AuditEntry(accountId, actor, "link.relayed", id.ToString("N")));
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    public async Task<byte[]?> FindRelayAsync(Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var since = clock.GetUtcNow() - RelayLife;
        return await context.Set<SessionRow>().Where(row => row.Id == id && row.RelayedAt > since).Select(row => row.Relay).SingleOrDefaultAsync(cancel);
    }

    /// <summary>Joins the caller's transaction where there is one. One statement: of many at once one moves it.</summary>
    public static async Task<bool> MoveAsync(
        KeyPassDb context, Guid id, IReadOnlyList<string> from, string to, DateTimeOffset now, CancellationToken cancel)
    {
        var states = from.ToArray();
        return await context.Database.ExecuteSqlAsync($"""
            WITH moved AS (
                UPDATE link_sessions SET status = {to} WHERE id = {id} AND status = ANY({states}) AND expires_at > {now} RETURNING id)
            INSERT INTO link_events (session_id, name, at) SELECT id, {to}, {now} FROM moved
            """, cancel) == 1;
    }

    /// <summary>One that ran out is told as such, whenever somebody looks.</summary>
    private async Task<SessionRow?> CurrentAsync(KeyPassDb context, SessionRow? row, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (row is null || !LinkState.IsOpen(row.Status) || row.ExpiresAt > now)
            return row;
        await EndOverdueAsync(context, now, cancel);
        return await Rows(context).SingleAsync(one => one.Id == row.Id, cancel);
    }

    public static Task EndOverdueAsync(KeyPassDb context, DateTimeOffset now, CancellationToken cancel)
    {
        var open = LinkState.Open.ToArray();
        return context.Database.ExecuteSqlAsync($"""
            WITH moved AS (
                UPDATE link_sessions SET status = CASE WHEN status = {LinkState.Created} THEN {LinkState.Expired} ELSE {LinkState.Abandoned} END
                WHERE status = ANY({open}) AND expires_at <= {now} RETURNING id, status)
            INSERT INTO link_events (session_id, name, at) SELECT id, status, {now} FROM moved
            """, cancel);
    }

    private static IQueryable<SessionRow> Rows(KeyPassDb context) => context.Set<SessionRow>().AsNoTracking();

    internal sealed class SessionRow
    {
        public const int ReasonMaxLength = 200;

        public required Guid Id { get; init; }
        public required Guid AppId { get; init; }
        public required byte[] LinkTokenHash { get; init; }
        public required string Status { get; set; }

        // What was asked, which never changes.
        public required string[] Providers { get; init; }
        public required string[] Models { get; init; }
        public required long BudgetCents { get; init; }
        public required string Period { get; init; }
        public string? Reason { get; init; }
        public string? ClientUserId { get; init; }
        public string? Origin { get; init; }
        public string? RedirectUri { get; init; }
        public byte[]? CodeChallenge { get; init; }

        /// <summary>Until when the app asks for it; null for no end.</summary>
        public DateTimeOffset? WantedUntil { get; init; }

        /// <summary>Of an update the connection that is to change; else the one that came of it.</summary>
        public Guid? ConnectionId { get; set; }

        public required bool IsUpdate { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required DateTimeOffset ExpiresAt { get; init; }

        // What was decided.
        public Guid? AccountId { get; set; }
        public string? ExitReason { get; set; }
        public Guid? GrantId { get; set; }
        public byte[]? PublicTokenHash { get; set; }
        public DateTimeOffset? PublicTokenEndsAt { get; set; }
        public long? GrantedCents { get; set; }
        public string? GrantedPeriod { get; set; }
        public long? GrantedCentsPerHour { get; set; }
        public DateTimeOffset? GrantedUntil { get; set; }
        public DateTimeOffset? ExchangedAt { get; set; }

        /// <summary>Of the request's name, where it had one: who lost the answer asks again under the same.</summary>
        public byte[]? ExchangeMark { get; set; }

        /// <summary>The public token for another browser, under a key that the server never has.</summary>
        public byte[]? Relay { get; set; }

        public DateTimeOffset? RelayedAt { get; set; }
    }

    internal sealed class EventRow
    {
        public long Id { get; init; }
        public required Guid SessionId { get; init; }
        public required string Name { get; init; }
        public required DateTimeOffset At { get; init; }
    }

    internal sealed class SessionMapping : IEntityTypeConfiguration<SessionRow>
    {
        private const int StateMaxLength = 20;

        public void Configure(EntityTypeBuilder<SessionRow> builder)
        {
            builder.ToTable("link_sessions");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AppId).HasColumnName("app_id");
            builder.Property(row => row.LinkTokenHash).HasColumnName("link_token_hash");
            builder.Property(row => row.Status).HasColumnName("status").HasMaxLength(StateMaxLength);
            builder.Property(row => row.Providers).HasColumnName("providers");
            builder.Property(row => row.Models).HasColumnName("models");
            builder.Property(row => row.BudgetCents).HasColumnName("budget_cents");
            builder.Property(row => row.Period).HasColumnName("period").HasMaxLength(StateMaxLength);
            builder.Property(row => row.Reason).HasColumnName("reason").HasMaxLength(SessionRow.ReasonMaxLength);
            builder.Property(row => row.ClientUserId).HasColumnName("client_user_id")
                .HasMaxLength(ConnectionStore.ConnectionRow.ClientUserIdMaxLength);
            builder.Property(row => row.Origin).HasColumnName("origin").HasMaxLength(WebAddresses.LongestAddress);
            builder.Property(row => row.RedirectUri).HasColumnName("redirect_uri").HasMaxLength(WebAddresses.LongestAddress);
            builder.Property(row => row.CodeChallenge).HasColumnName("code_challenge");
            builder.Property(row => row.WantedUntil).HasColumnName("wanted_until");
            builder.Property(row => row.ConnectionId).HasColumnName("connection_id");
            builder.Property(row => row.IsUpdate).HasColumnName("is_update");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.ExpiresAt).HasColumnName("expires_at");
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.ExitReason).HasColumnName("exit_reason").HasMaxLength(SessionRow.ReasonMaxLength);
            builder.Property(row => row.GrantId).HasColumnName("grant_id");
            builder.Property(row => row.PublicTokenHash).HasColumnName("public_token_hash");
            builder.Property(row => row.PublicTokenEndsAt).HasColumnName("public_token_ends_at");
            builder.Property(row => row.GrantedCents).HasColumnName("granted_cents");
            builder.Property(row => row.GrantedPeriod).HasColumnName("granted_period").HasMaxLength(StateMaxLength);
            builder.Property(row => row.GrantedCentsPerHour).HasColumnName("granted_cents_per_hour");
            builder.Property(row => row.GrantedUntil).HasColumnName("granted_until");
            builder.Property(row => row.ExchangedAt).HasColumnName("exchanged_at");
            builder.Property(row => row.ExchangeMark).HasColumnName("exchange_mark");
            builder.Property(row => row.Relay).HasColumnName("relay");
            builder.Property(row => row.RelayedAt).HasColumnName("relayed_at");
            builder.HasIndex(row => row.LinkTokenHash).IsUnique();
            builder.HasIndex(row => row.PublicTokenHash).IsUnique();
            builder.HasIndex(row => new { row.AppId, row.ExpiresAt });
            builder.HasIndex(row => row.CreatedAt);
            // Who is forgotten after a day is sought each minute, among a month of those who are.
            builder.HasIndex(row => row.CreatedAt, "IX_link_sessions_remembered")
                .HasFilter("account_id IS NOT NULL OR client_user_id IS NOT NULL OR reason IS NOT NULL OR exit_reason IS NOT NULL OR relay IS NOT NULL");
            builder.HasOne<AppStore.AppRow>().WithMany().HasForeignKey(row => row.AppId).OnDelete(DeleteBehavior.Cascade);
        }
    }

    internal sealed class EventMapping : IEntityTypeConfiguration<EventRow>
    {
        private const int NameMaxLength = 20;

        public void Configure(EntityTypeBuilder<EventRow> builder)
        {
            builder.ToTable("link_events");
            builder.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
            builder.Property(row => row.SessionId).HasColumnName("session_id");
            builder.Property(row => row.Name).HasColumnName("name").HasMaxLength(NameMaxLength);
            builder.Property(row => row.At).HasColumnName("at");
            builder.HasIndex(row => row.SessionId);
            builder.HasOne<SessionRow>().WithMany().HasForeignKey(row => row.SessionId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
