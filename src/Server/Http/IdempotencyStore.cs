using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace KeyPass.Server.Http;

/// <summary>Which requests with an <c>Idempotency-Key</c> an account made within the last day, and how they were answered.</summary>
internal sealed class IdempotencyStore(Database database, TimeProvider clock)
{
    /// <summary>Answers to writes are a few hundred bytes.</summary>
    public const int LongestAnswer = 16 * 1024;

    /// <summary>A script that changes something every minute of a day.</summary>
    public const int MostForAccount = 1500;

    private static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>Whether the request may run now, and if not, the one before it. Of many at once one may: the table's key decides.</summary>
    /// <returns>Neither, where the account has too many remembered.</returns>
    public async Task<(bool MayRun, WriteRow? Before)> BeginAsync(Guid account, byte[] mark, byte[] fingerprint, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (await TryInsertAsync(account, mark, fingerprint, now, cancel))
            return (true, null);
        await using var context = database.NewContext();
        var before = await context.Set<WriteRow>().AsNoTracking()
            .SingleOrDefaultAsync(row => row.AccountId == account && row.Mark == mark && row.BegunAt > now - Life, cancel);
        // Refused and forgotten between the two questions, it may be.
        return (before is null && await TryInsertAsync(account, mark, fingerprint, now, cancel), before);
    }

    /// <summary>Nothing happens where the account itself went meanwhile.</summary>
    public async Task FinishAsync(Guid account, byte[] mark, int status, string? location, byte[]? answer)
    {
        await using var context = database.NewContext();
        await context.Set<WriteRow>().Where(row => row.AccountId == account && row.Mark == mark).ExecuteUpdateAsync(
            row => row.SetProperty(one => one.Status, status).SetProperty(one => one.Location, location).SetProperty(one => one.Answer, answer));
    }

    /// <summary>It changed nothing: its name is free again.</summary>
    public async Task ForgetAsync(Guid account, byte[] mark)
    {
        await using var context = database.NewContext();
        await context.Set<WriteRow>().Where(row => row.AccountId == account && row.Mark == mark).ExecuteDeleteAsync();
    }

    /// <summary>Joins the transaction that deletes the account.</summary>
    public static Task EraseAsync(KeyPassDb context, Guid account, CancellationToken cancel) =>
        context.Set<WriteRow>().Where(row => row.AccountId == account).ExecuteDeleteAsync(cancel);

    public async Task SweepAsync(CancellationToken cancel)
    {
        var end = clock.GetUtcNow() - Life;
        await using var context = database.NewContext();
        await context.Set<WriteRow>().Where(row => row.BegunAt <= end).ExecuteDeleteAsync(cancel);
    }

    private async Task<bool> TryInsertAsync(Guid account, byte[] mark, byte[] fingerprint, DateTimeOffset now, CancellationToken cancel)
    {
        await using var begin = database.Source.CreateCommand("""
            INSERT INTO idempotent_writes AS w (account_id, mark, fingerprint, begun_at)
            SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM idempotent_writes WHERE account_id = $1 AND begun_at > $5) < $6
            ON CONFLICT (account_id, mark) DO UPDATE
                SET fingerprint = excluded.fingerprint, begun_at = excluded.begun_at, status = NULL, location = NULL, answer = NULL
                WHERE w.begun_at <= $5
            RETURNING 1
            """);
        foreach (var value in new object[] { account, mark, fingerprint, now, now - Life, MostForAccount })
            begin.Parameters.Add(new NpgsqlParameter { Value = value });
        return await begin.ExecuteScalarAsync(cancel) is not null;
    }

    internal sealed class WriteRow
    {
        public required Guid AccountId { get; init; }
        public required byte[] Mark { get; init; }
        public required byte[] Fingerprint { get; init; }
        public required DateTimeOffset BegunAt { get; init; }

        /// <summary>Null while it runs, and where it broke.</summary>
        public int? Status { get; init; }

        public string? Location { get; init; }

        /// <summary>Null where it was not kept.</summary>
        public byte[]? Answer { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<WriteRow>
    {
        public void Configure(EntityTypeBuilder<WriteRow> builder)
        {
            builder.ToTable("idempotent_writes");
            builder.HasKey(row => new { row.AccountId, row.Mark });
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Mark).HasColumnName("mark");
            builder.Property(row => row.Fingerprint).HasColumnName("fingerprint");
            builder.Property(row => row.BegunAt).HasColumnName("begun_at");
            builder.Property(row => row.Status).HasColumnName("status");
            builder.Property(row => row.Location).HasColumnName("location").HasMaxLength(300);
            builder.Property(row => row.Answer).HasColumnName("answer");
            builder.HasIndex(row => row.BegunAt);
        }
    }
}
