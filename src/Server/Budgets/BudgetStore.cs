using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace KeyPass.Server.Budgets;

/// <summary>How the present window of a budget stands, over all servers.</summary>
/// <param name="Reserved">Leased by servers and not spent: for calls that run, and a little ahead.</param>
/// <param name="Unaccounted">Of what counts as spent: by servers that were lost, without a receipt.</param>
internal sealed record BudgetSpend(BudgetWindow Window, long Settled, long Reserved, long Unaccounted);

internal sealed record BudgetState(Budget Budget, BudgetSpend Spend);

/// <summary>The limits that people set. A trigger of the table tells every server of each change.</summary>
internal sealed class BudgetStore(Database database)
{
    /// <summary>Every budget that a call may have to ask, whichever of its keys serves.</summary>
    /// <param name="callerId">The virtual key's grant, or the connection.</param>
    public async Task<IReadOnlyList<Budget>> ListForCallsAsync(Guid accountId, Guid callerId, IReadOnlyList<Guid> keyIds, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = await Present(context).Where(row => row.AccountId == accountId
            && (row.Owner == OwnerName.Account || row.OwnerId == callerId || keyIds.Contains(row.OwnerId))).ToListAsync(cancel);
        return [.. rows.Select(row => row.ToBudget()).OrderBy(budget => budget.Breadth)];
    }

    /// <summary>The budgets of these, and how they stand.</summary>
    public async Task<ILookup<Guid, BudgetState>> ListAsync(Guid accountId, IReadOnlyCollection<Guid> ownerIds, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = await Present(context).Where(row => row.AccountId == accountId && ownerIds.Contains(row.OwnerId)).ToListAsync(cancel);
        var budgets = rows.ConvertAll(row => row.ToBudget());
        var spends = await ReadSpendsAsync(budgets.ConvertAll(budget => budget.Id), cancel);
        var now = spends.Now;
        return budgets.ToLookup(budget => budget.OwnerId, budget => new BudgetState(budget,
            spends.ById.TryGetValue(budget.Id, out var spend) && !(spend.Window.Ends <= now)
                ? spend
                : new BudgetSpend(budget.Period.WindowAt(now, budget.CreatedAt), 0, 0, 0)));
    }

    /// <summary>Joins the caller's transaction: sets, changes or takes away. What was spent in the present window stays spent.</summary>
    public static async Task SetAsync(
        KeyPassDb context, Guid accountId, BudgetOwner owner, Guid ownerId, BudgetKind kind, BudgetWish? wish, DateTimeOffset now, CancellationToken cancel)
    {
        var (ownerName, kindName) = (OwnerName.Of(owner), BudgetRow.KindName(kind));
        // Locked, so that a window opened in this moment has either the old limit, and is changed below, or the new one.
        var row = (await context.Set<BudgetRow>().FromSql($"""
            SELECT * FROM budgets WHERE account_id = {accountId} AND owner = {ownerName} AND owner_id = {ownerId} AND kind = {kindName}
            AND removed_at IS NULL FOR UPDATE
            """).ToListAsync(cancel)).SingleOrDefault();
        if (wish is null)
        {
            row?.RemovedAt = now;
            return;
        }
        if (row is null)
        {
            context.Add(new BudgetRow
            {
                Id = Guid.CreateVersion7(now),
                AccountId = accountId,
                Owner = ownerName,
                OwnerId = ownerId,
                Kind = kindName,
                CreatedAt = now,
                LimitNanoUsd = wish.LimitNanoUsd,
                Period = BudgetRow.PeriodName(wish.Period.Kind),
                TimeZone = wish.Period.TimeZone,
                Days = wish.Period.Days,
                AnchorDay = wish.Period.AnchorDay,
                Clamps = wish.Clamps,
            });
            return;
        }
        var isOtherPeriod = row.ToBudget().Period != wish.Period;
        row.Apply(wish);
        await ChangeWindowAsync(context, row.ToBudget(), isOtherPeriod, cancel);
    }

    /// <summary>The window that runs goes on under the new limit, to the end that the new period sets it.</summary>
    private static async Task ChangeWindowAsync(KeyPassDb context, Budget budget, bool isOtherPeriod, CancellationToken cancel)
    {
        await context.Database.ExecuteSqlAsync($"""
            UPDATE budget_windows SET limit_nano_usd = {budget.LimitNanoUsd} WHERE budget_id = {budget.Id}
            AND epoch = (SELECT max(epoch) FROM budget_windows WHERE budget_id = {budget.Id})
            """, cancel);
        if (!isOtherPeriod)
            return;
        var now = await context.Database.SqlQuery<DateTimeOffset>($"SELECT clock_timestamp() AS \"Value\"").SingleAsync(cancel);
        await context.Database.ExecuteSqlAsync($"""
            UPDATE budget_windows SET ends_at = {budget.Period.WindowAt(now, budget.CreatedAt).Ends} WHERE budget_id = {budget.Id}
            AND epoch = (SELECT max(epoch) FROM budget_windows WHERE budget_id = {budget.Id}) AND (ends_at IS NULL OR ends_at > clock_timestamp())
            """, cancel);
    }

    private async Task<(DateTimeOffset Now, Dictionary<Guid, BudgetSpend> ById)> ReadSpendsAsync(List<Guid> ids, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("""
            SELECT clock_timestamp(), last.budget_id, starts_at, ends_at, coalesce(sum(settled), 0)::bigint,
                coalesce(sum(amount - settled) FILTER (WHERE state = 'open'), 0)::bigint, coalesce(sum(unaccounted), 0)::bigint
            FROM (SELECT 1) AS one
            LEFT JOIN (SELECT DISTINCT ON (budget_id) * FROM budget_windows WHERE budget_id = ANY($1) ORDER BY budget_id, epoch DESC) AS last ON true
            LEFT JOIN leases ON leases.budget_id = last.budget_id AND leases.epoch = last.epoch
            GROUP BY last.budget_id, starts_at, ends_at
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var (now, byId) = (default(DateTimeOffset), new Dictionary<Guid, BudgetSpend>());
        while (await reader.ReadAsync(cancel))
        {
            now = reader.GetFieldValue<DateTimeOffset>(0);
            if (reader.IsDBNull(1))
                continue;
            var window = new BudgetWindow(reader.GetFieldValue<DateTimeOffset>(2), reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3));
            byId[reader.GetGuid(1)] = new BudgetSpend(window, reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6));
        }
        return (now, byId);
    }

    private static IQueryable<BudgetRow> Present(KeyPassDb context) => context.Set<BudgetRow>().AsNoTracking().Where(row => row.RemovedAt == null);

    internal static class OwnerName
    {
        public const string Account = "account";
        public const string ProviderKey = "provider_key";
        public const string VirtualKey = "virtual_key";
        public const string Connection = "connection";

        public static string Of(BudgetOwner owner) => owner switch
        {
            BudgetOwner.Account => Account,
            BudgetOwner.ProviderKey => ProviderKey,
            BudgetOwner.Connection => Connection,
            _ => VirtualKey,
        };

        public static BudgetOwner Read(string name) => name switch
        {
            Account => BudgetOwner.Account,
            ProviderKey => BudgetOwner.ProviderKey,
            Connection => BudgetOwner.Connection,
            _ => BudgetOwner.VirtualKey,
        };
    }

    internal sealed class BudgetRow
    {
        private const string Velocity = "velocity";
        public const string Spend = "spend";

        public required Guid Id { get; init; }
        public required Guid AccountId { get; init; }
        public required string Owner { get; init; }

        /// <summary>Of the account, the provider key, the virtual key's grant, or the connection.</summary>
        public required Guid OwnerId { get; init; }

        public required string Kind { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required long LimitNanoUsd { get; set; }
        public required string Period { get; set; }
        public required string TimeZone { get; set; }
        public required int Days { get; set; }
        public required int AnchorDay { get; set; }
        public required bool Clamps { get; set; }

        /// <summary>It limits nothing any more; what was spent under it stays on record.</summary>
        public DateTimeOffset? RemovedAt { get; set; }

        public static string KindName(BudgetKind kind) => kind == BudgetKind.Velocity ? Velocity : Spend;

        public static string PeriodName(PeriodKind kind) => BudgetForm.NameOf(kind);

        public Budget ToBudget() => new(
            Id, AccountId, OwnerName.Read(Owner), OwnerId, Kind == Velocity ? BudgetKind.Velocity : BudgetKind.Spend, LimitNanoUsd,
            new BudgetPeriod(BudgetForm.KindOf(Period), TimeZone, Days, AnchorDay), Clamps, CreatedAt);

        public void Apply(BudgetWish wish)
        {
            (LimitNanoUsd, Clamps) = (wish.LimitNanoUsd, wish.Clamps);
            (Period, TimeZone, Days, AnchorDay) = (PeriodName(wish.Period.Kind), wish.Period.TimeZone, wish.Period.Days, wish.Period.AnchorDay);
        }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<BudgetRow>
    {
        private const int NameMaxLength = 16;
        private const int ZoneMaxLength = 64;

        public void Configure(EntityTypeBuilder<BudgetRow> builder)
        {
            builder.ToTable("budgets");
            builder.HasKey(row => row.Id);
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Owner).HasColumnName("owner").HasMaxLength(NameMaxLength);
            builder.Property(row => row.OwnerId).HasColumnName("owner_id");
            builder.Property(row => row.Kind).HasColumnName("kind").HasMaxLength(NameMaxLength);
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.LimitNanoUsd).HasColumnName("limit_nano_usd");
            builder.Property(row => row.Period).HasColumnName("period").HasMaxLength(NameMaxLength);
            builder.Property(row => row.TimeZone).HasColumnName("time_zone").HasMaxLength(ZoneMaxLength);
            builder.Property(row => row.Days).HasColumnName("days");
            builder.Property(row => row.AnchorDay).HasColumnName("anchor_day");
            builder.Property(row => row.Clamps).HasColumnName("clamps");
            builder.Property(row => row.RemovedAt).HasColumnName("removed_at");
            builder.HasIndex(row => new { row.AccountId, row.OwnerId });
            builder.HasIndex(row => new { row.Owner, row.OwnerId, row.Kind }).IsUnique().HasFilter("removed_at IS NULL");
        }
    }
}
