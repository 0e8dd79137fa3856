using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace KeyPass.Server.Accounts;

/// <summary>
/// Failed attempts by account and by address, in the database: N servers must not give N times the guesses. An attempt is
/// counted as failed before it is tried, in one statement, so that a thousand at once do not all see a clean slate.
/// </summary>
internal sealed class ThrottleStore(Database database, TimeProvider clock)
{
    /// <summary>A person mistypes a few times.</summary>
    public const int FreeForAccount = 5;

    /// <summary>An office or a carrier shares one address.</summary>
    public const int FreeForAddress = 60;

    /// <summary>The pause doubles from one second up to this. Never for ever: a lock-out would be a weapon against the owner.</summary>
    private const int LongestPauseSeconds = 900;

    /// <summary>A quiet hour forgets.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    /// <summary>Null when the attempt may go on; otherwise how long to wait first. Asking while waiting does not lengthen the wait.</summary>
    public async Task<TimeSpan?> BeginAsync(string subject, int free, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var count = database.Source.CreateCommand("""
            INSERT INTO throttles AS t (subject, failures, last_at, open_at) VALUES ($1, 1, $2, $3)
            ON CONFLICT (subject) DO UPDATE SET
                failures = CASE WHEN t.last_at < $3 THEN 1 ELSE t.failures + 1 END,
                last_at = $2,
                open_at = CASE
                    -- Open long since: the clock of an attempt at the same time may be a little behind ours.
                    WHEN t.last_at < $3 OR t.failures < $4 THEN $3
                    ELSE $2 + make_interval(secs => least($5, power(2, least(t.failures - $4, 20)))) END
            WHERE t.open_at <= $2
            RETURNING failures
            """);
        foreach (var value in new object[] { subject, now, now - Memory, free, LongestPauseSeconds })
            count.Parameters.Add(new NpgsqlParameter { Value = value });
        if (await count.ExecuteScalarAsync(cancel) is not null)
            return null;

        await using var ask = database.Source.CreateCommand("SELECT open_at FROM throttles WHERE subject = $1");
        ask.Parameters.Add(new NpgsqlParameter { Value = subject });
        var openAt = await ask.ExecuteScalarAsync(cancel) is DateTime at ? new DateTimeOffset(at) : now;
        return openAt > now ? openAt - now : TimeSpan.FromSeconds(1);
    }

    /// <summary>The attempt was right, and is taken back. Only that one: guesses beside it stay counted.</summary>
    public async Task ForgiveAsync(string subject, CancellationToken cancel)
    {
        await using var update = database.Source.CreateCommand(
            "UPDATE throttles SET failures = greatest(failures - 1, 0), open_at = least(open_at, $2) WHERE subject = $1");
        update.Parameters.Add(new NpgsqlParameter { Value = subject });
        update.Parameters.Add(new NpgsqlParameter { Value = clock.GetUtcNow() });
        await update.ExecuteNonQueryAsync(cancel);
    }

    internal sealed class ThrottleRow
    {
        public required string Subject { get; init; }
        public required int Failures { get; init; }
        public required DateTimeOffset LastAt { get; init; }
        public required DateTimeOffset OpenAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<ThrottleRow>
    {
        public void Configure(EntityTypeBuilder<ThrottleRow> builder)
        {
            builder.ToTable("throttles");
            builder.HasKey(row => row.Subject);
            builder.Property(row => row.Subject).HasColumnName("subject").HasMaxLength(300);
            builder.Property(row => row.Failures).HasColumnName("failures");
            builder.Property(row => row.LastAt).HasColumnName("last_at");
            builder.Property(row => row.OpenAt).HasColumnName("open_at");
        }
    }
}
