using KeyPass.Server.Accounts;
using KeyPass.Server.Audit;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Prices;

/// <summary>Prices that people set: the operators for everybody, an account for models of its own servers.</summary>
internal sealed class PriceStore(Database database, AuditStore audit, TimeProvider clock)
{
    /// <summary>Every running server holds them all.</summary>
    public const int MostOfAnAccount = 200;

    /// <summary>Any number, the same for ever: under it changes come one after the other, and so their ids in the order of their commits.</summary>
    private const long ChangeLock = 0x4B70_7072_6963_65; // "Kpprice"

    /// <summary>No two states have the same: ids only rise, and a deletion leaves fewer.</summary>
    public async Task<(long Count, long Last)> MarkAsync(CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var mark = await context.Set<PriceRow>().GroupBy(_ => 1).Select(all => new { Count = all.LongCount(), Last = all.Max(row => row.Id) })
            .SingleOrDefaultAsync(cancel);
        return mark is null ? default : (mark.Count, mark.Last);
    }

    public async Task<IReadOnlyList<PriceRow>> ListAsync(CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<PriceRow>().AsNoTracking().OrderBy(row => row.Id).ToListAsync(cancel);
    }

    /// <summary>False where the account has as many as it may.</summary>
    /// <param name="owner">Whose price it is; null for everybody's.</param>
    public async Task<bool> SetAsync(Guid? owner, string provider, string model, string price, Guid by, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await TakeTurnAsync(context, cancel);
        await Of(context, owner, provider, model).ExecuteDeleteAsync(cancel);
        if (owner is not null && await context.Set<PriceRow>().CountAsync(row => row.AccountId == owner, cancel) >= MostOfAnAccount)
            return false;
        context.Add(new PriceRow
        {
            AccountId = owner, Provider = provider, Model = model, Price = price, SetAt = clock.GetUtcNow(), SetBy = by,
        });
        audit.Append(context, new AuditEntry(by, Actor.Account, "price.set", Subject(provider, model)));
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <summary>False where there is none.</summary>
    public async Task<bool> RemoveAsync(Guid? owner, string provider, string model, Guid by, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await TakeTurnAsync(context, cancel);
        if (await Of(context, owner, provider, model).ExecuteDeleteAsync(cancel) == 0)
            return false;
        audit.Append(context, new AuditEntry(by, Actor.Account, "price.removed", Subject(provider, model)));
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    private static Task<int> TakeTurnAsync(KeyPassDb context, CancellationToken cancel) =>
        context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({ChangeLock})", cancel);

    /// <summary>Names differ by more than case, as the book has them.</summary>
    private static IQueryable<PriceRow> Of(KeyPassDb context, Guid? owner, string provider, string model)
    {
        var lower = model.ToLowerInvariant();
#pragma warning disable CA1304, CA1311, CA1862 // becomes SQL's lower(): there is no culture, and no other comparison, to translate
        return context.Set<PriceRow>().Where(row => row.AccountId == owner && row.Provider == provider && row.Model.ToLower() == lower);
#pragma warning restore CA1304, CA1311, CA1862
    }

    /// <summary>As much as an entry of the journal holds; the end of a long name says more than its beginning.</summary>
    private static string Subject(string provider, string model) => $"{provider}/{model}" is { Length: > 80 } name ? "…" + name[^79..] : $"{provider}/{model}";

    internal sealed class PriceRow
    {
        public long Id { get; init; }

        /// <summary>Null for the server's own.</summary>
        public required Guid? AccountId { get; init; }
        public required string Provider { get; init; }
        public required string Model { get; init; }

        /// <summary>As it was set, in JSON.</summary>
        public required string Price { get; init; }
        public required DateTimeOffset SetAt { get; init; }

        /// <summary>Null where that account is gone, or set it before this was kept.</summary>
        public Guid? SetBy { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<PriceRow>
    {
        public void Configure(EntityTypeBuilder<PriceRow> builder)
        {
            builder.ToTable("prices");
            builder.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Provider).HasColumnName("provider").HasMaxLength(40);
            builder.Property(row => row.Model).HasColumnName("model").HasMaxLength(PriceForm.LongestModel);
            builder.Property(row => row.Price).HasColumnName("price").HasColumnType("jsonb");
            builder.Property(row => row.SetAt).HasColumnName("set_at");
            builder.Property(row => row.SetBy).HasColumnName("set_by");
            builder.HasIndex(row => new { row.AccountId, row.Provider, row.Model }).IsUnique().AreNullsDistinct(false);
            builder.HasOne<AccountStore.AccountRow>().WithMany().HasForeignKey(row => row.AccountId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<AccountStore.AccountRow>().WithMany().HasForeignKey(row => row.SetBy).OnDelete(DeleteBehavior.SetNull);
        }
    }
}
