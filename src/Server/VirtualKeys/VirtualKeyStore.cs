using System.Text.RegularExpressions;
using KeyPass.Server.Audit;
using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.VirtualKeys;

/// <summary>Virtual keys: a grant each with its scope, and beside it what people call it.</summary>
internal sealed class VirtualKeyStore(Database database, VaultStore vaults, GrantStore grants, AuditStore audit)
{
    /// <summary>Enough for one a customer of a large team; a list of them is paged.</summary>
    public const int MostKeys = 10_000;

    /// <summary>A budget's share is counted in parts of it.</summary>
    private const long Whole = 1_000_000;

    internal sealed record Listed(
        VirtualKeyRow Row, GrantStore.GrantRow Grant, ScopeStore.ScopeRow Scope, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt,
        IReadOnlyList<Guid> KeyIds);

    /// <param name="Place">In the order that was asked for: the next page begins after it.</param>
    internal sealed record Placed(Listed One, long Place);

    public Task<VaultChange> AddAsync(
        VaultStore.VaultRow vault, NewGrant made, ScopeStore.ScopeRow scope, VirtualKeyRow row, VirtualKeyLimits limits, DateTimeOffset now, string actor,
        CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (await Living(context, vault.AccountId).CountAsync(cancel) >= MostKeys)
                return VaultChange.TooMany;
            if (!await VaultStore.HasKeysAsync(context, vault.Id, made.SealedKeys, cancel))
                return VaultChange.NotThere;
            GrantStore.Add(context, made);
            context.Add(scope);
            context.Add(row);
            await limits.ApplyAsync(context, vault.AccountId, scope, now, cancel);
            Note(context, vault.AccountId, actor, "created", row.GrantId);
            return VaultChange.Done;
        }, cancel);

    /// <summary>Newest first, after the one named. Deleted ones only where asked for: their receipts are still found.</summary>
    /// <param name="part">Of the name, in whichever case; null does not narrow.</param>
    public async Task<IReadOnlyList<Placed>> ListAsync(
        Guid accountId, int limit, (DateTimeOffset CreatedAt, Guid Id)? after, bool deleted, string? part, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = Rows(context).Where(one => one.row.AccountId == accountId && (deleted || one.grant.RevokedAt == null));
        if (part is not null)
            rows = rows.Where(one => EF.Functions.ILike(one.row.Name, Literal(part), @"\"));
        if (after is { } last)
            rows = rows.Where(one => one.grant.CreatedAt < last.CreatedAt || (one.grant.CreatedAt == last.CreatedAt && one.grant.Id.CompareTo(last.Id) < 0));
        var found = await ReadAsync(context, rows.OrderByDescending(one => one.grant.CreatedAt).ThenByDescending(one => one.grant.Id).Take(limit), cancel);
        return [.. found.Select(one => new Placed(one, one.Grant.CreatedAt.UtcTicks))];
    }

    /// <summary>
    /// Those that spent most of their budgets come first; those without one come last. Of all of them, which are
    /// <see cref="MostKeys"/> at most: a share changes with every call, so that no index can keep them in order.
    /// </summary>
    public async Task<IReadOnlyList<Placed>> ListNearestAsync(
        Guid accountId, int limit, (long Place, Guid Id)? after, bool deleted, string? part, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var (pattern, place, last) = (part is null ? null : Literal(part), after?.Place ?? long.MaxValue, after?.Id ?? Guid.AllBitsSet);
        var places = await context.Database.SqlQuery<Near>($"""
            SELECT id AS "Id", place AS "Place" FROM (
                SELECT v.grant_id AS id, CASE
                    WHEN b.id IS NULL THEN 0
                    WHEN b.limit_nano_usd = 0 THEN 1 + {Whole}
                    WHEN w.ends_at <= clock_timestamp() THEN 1
                    ELSE 1 + (COALESCE((SELECT sum(l.settled) FROM leases l WHERE l.budget_id = b.id AND l.epoch = w.epoch), 0) * {Whole}
                        / b.limit_nano_usd)::bigint END AS place
                FROM virtual_keys v JOIN grants g ON g.id = v.grant_id
                LEFT JOIN budgets b ON b.account_id = v.account_id AND b.owner = {BudgetStore.OwnerName.VirtualKey} AND b.owner_id = v.grant_id
                    AND b.kind = {BudgetStore.BudgetRow.Spend} AND b.removed_at IS NULL
                LEFT JOIN LATERAL (SELECT epoch, ends_at FROM budget_windows WHERE budget_id = b.id ORDER BY epoch DESC LIMIT 1) w ON true
                WHERE v.account_id = {accountId} AND ({deleted} OR g.revoked_at IS NULL) AND ({pattern}::text IS NULL OR v.name ILIKE {pattern})) AS near
            WHERE (place, id) < ({place}, {last}) ORDER BY place DESC, id DESC LIMIT {limit}
            """).ToListAsync(cancel);
        var ids = places.ConvertAll(near => near.Id);
        var found = (await ReadAsync(context, Rows(context).Where(one => ids.Contains(one.row.GrantId)), cancel)).ToDictionary(one => one.Row.GrantId);
        return [.. places.Where(near => found.ContainsKey(near.Id)).Select(near => new Placed(found[near.Id], near.Place))];
    }

    public async Task<Listed?> FindAsync(Guid accountId, Guid id, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return (await ReadAsync(context, Rows(context).Where(one => one.row.AccountId == accountId && one.row.GrantId == id), cancel)).SingleOrDefault();
    }

    /// <summary>One change of a living key, named in the journal.</summary>
    /// <param name="change">Of the tracked rows; the credentials' rows come newest first.</param>
    public Task<VaultChange> ChangeAsync(
        VaultStore.VaultRow vault, Guid id, string actor, string action, Func<KeyPassDb, Tracked, Task<VaultChange>> change, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            if (await Living(context, vault.AccountId).SingleOrDefaultAsync(row => row.GrantId == id, cancel) is not { } row)
                return VaultChange.NotThere;
            var wraps = await context.Set<GrantStore.TokenWrapRow>().Where(wrap => wrap.GrantId == id)
                .OrderByDescending(wrap => wrap.CreatedAt).ToListAsync(cancel);
            var scope = await context.Set<ScopeStore.ScopeRow>().SingleAsync(one => one.GrantId == id, cancel);
            Note(context, vault.AccountId, actor, action, id);
            return await change(context, new Tracked(row, scope, wraps));
        }, cancel);

    /// <summary>Joins a change: exactly these keys from now on; those it did not hold come sealed.</summary>
    public static async Task<VaultChange> HoldAsync(
        KeyPassDb context, Guid vaultId, Guid grantId, IReadOnlyList<Guid> keyIds, IReadOnlyList<GrantStore.SealedKeyRow> sealedKeys, CancellationToken cancel)
    {
        if (sealedKeys.Count > 0 && (!await VaultStore.HasKeysAsync(context, vaultId, sealedKeys, cancel)
            || !await GrantStore.ReplaceAsync(context, vaultId, sealedKeys, cancel)))
            return VaultChange.NotThere;
        var present = await context.Set<GrantStore.SealedKeyRow>().Where(row => row.GrantId == grantId).ToListAsync(cancel);
        context.RemoveRange(present.Where(row => !keyIds.Contains(row.KeyId)));
        foreach (var (id, priority) in keyIds.Select((id, place) => (id, place)))
        {
            if (present.Find(row => row.KeyId == id) is { } row)
                row.Priority = priority;
        }
        return keyIds.All(id => present.Exists(row => row.KeyId == id) || sealedKeys.Any(row => row.KeyId == id)) ? VaultChange.Done : VaultChange.NotThere;
    }

    public Task<VaultChange> DeleteAsync(VaultStore.VaultRow vault, Guid id, string actor, CancellationToken cancel) =>
        ChangeAsync(vault, id, actor, "deleted", async (context, _) =>
        {
            await grants.RevokeAsync(context, id, cancel);
            return VaultChange.Done;
        }, cancel);

    /// <summary>A pattern for exactly these characters, anywhere.</summary>
    private static string Literal(string part) => $"%{Regex.Replace(part, @"[\\%_]", @"\$0")}%";

    private static IQueryable<VirtualKeyRow> Living(KeyPassDb context, Guid accountId) =>
        from row in context.Set<VirtualKeyRow>()
        join grant in context.Set<GrantStore.GrantRow>() on row.GrantId equals grant.Id
        where row.AccountId == accountId && grant.RevokedAt == null
        select row;

    private static IQueryable<Joined> Rows(KeyPassDb context) =>
        from row in context.Set<VirtualKeyRow>()
        join grant in context.Set<GrantStore.GrantRow>() on row.GrantId equals grant.Id
        join scope in context.Set<ScopeStore.ScopeRow>() on row.GrantId equals scope.GrantId
        select new Joined { row = row, grant = grant, scope = scope };

    private static async Task<IReadOnlyList<Listed>> ReadAsync(KeyPassDb context, IQueryable<Joined> rows, CancellationToken cancel)
    {
        var found = await rows.AsNoTracking().ToListAsync(cancel);
        var ids = found.ConvertAll(one => one.row.GrantId);
        var wraps = (await context.Set<GrantStore.TokenWrapRow>().AsNoTracking().Where(wrap => ids.Contains(wrap.GrantId))
            .Select(wrap => new { wrap.GrantId, wrap.CreatedAt, wrap.ExpiresAt, wrap.LastUsedAt }).ToListAsync(cancel)).ToLookup(wrap => wrap.GrantId);
        var keys = (await context.Set<GrantStore.SealedKeyRow>().AsNoTracking().Where(one => ids.Contains(one.GrantId)).OrderBy(one => one.Priority)
            .Select(one => new { one.GrantId, one.KeyId }).ToListAsync(cancel)).ToLookup(one => one.GrantId, one => one.KeyId);
        return found.ConvertAll(one => new Listed(
            one.row, one.grant, one.scope, wraps[one.row.GrantId].MaxBy(wrap => wrap.CreatedAt)?.ExpiresAt,
            wraps[one.row.GrantId].Max(wrap => wrap.LastUsedAt), [.. keys[one.row.GrantId].Distinct()]));
    }

    private void Note(KeyPassDb context, Guid accountId, string actor, string action, Guid id) =>
        audit.Append(context, new AuditEntry(accountId, actor, "virtual_key." + action, id.ToString("N")));

    internal sealed record Tracked(VirtualKeyRow Row, ScopeStore.ScopeRow Scope, IReadOnlyList<GrantStore.TokenWrapRow> Wraps);

    private sealed class Near
    {
        public required Guid Id { get; init; }
        public required long Place { get; init; }
    }

    private sealed class Joined
    {
        public required VirtualKeyRow row { get; init; }
        public required GrantStore.GrantRow grant { get; init; }
        public required ScopeStore.ScopeRow scope { get; init; }
    }

    internal sealed class VirtualKeyRow
    {
        public const int HintLength = 4;

        public required Guid GrantId { get; init; }
        public required Guid AccountId { get; init; }
        public required string Name { get; set; }

        /// <summary>The last characters of its present credential, by which people tell them apart.</summary>
        public required string Hint { get; set; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<VirtualKeyRow>
    {
        public void Configure(EntityTypeBuilder<VirtualKeyRow> builder)
        {
            builder.ToTable("virtual_keys");
            builder.HasKey(row => row.GrantId);
            builder.Property(row => row.GrantId).HasColumnName("grant_id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Name).HasColumnName("name").HasMaxLength(GrantStore.GrantRow.LabelMaxLength);
            builder.Property(row => row.Hint).HasColumnName("hint").HasMaxLength(VirtualKeyRow.HintLength);
            builder.HasIndex(row => row.AccountId);
            builder.HasOne<GrantStore.GrantRow>().WithOne().HasForeignKey<VirtualKeyRow>(row => row.GrantId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
