using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace KeyPass.Server.Accounts;

/// <summary>The browsers that signed in to an account, by the hash of the mark each was given.</summary>
internal sealed class DeviceStore(Database database, TimeProvider clock)
{
    /// <summary>More browsers than a person signs in with by turns; the one not used for longest is a stranger again.</summary>
    private const int MostDevices = 10;

    /// <summary>The browser, if it signed in to the account of this address before. One question, whether or not there is an account.</summary>
    public async Task<Guid?> FindAsync(EmailAddress email, string mark, CancellationToken cancel)
    {
        await using var find = database.Source.CreateCommand(
            "SELECT d.id FROM devices d JOIN accounts a ON a.id = d.account_id WHERE a.email = $1 AND d.hash = $2");
        find.Parameters.Add(new NpgsqlParameter { Value = email.Normalized });
        find.Parameters.Add(new NpgsqlParameter { Value = DeviceMark.Hash(mark) });
        return await find.ExecuteScalarAsync(cancel) as Guid?;
    }

    /// <summary>
    /// Gives the mark the browser shows from now on: its present one, if that is one of ours (two people may share a browser), else a
    /// new one. A mark of the browser's own choosing is never taken over.
    /// </summary>
    public async Task<string> RememberAsync(Guid accountId, string? presented, CancellationToken cancel)
    {
        var mark = presented is not null && await IsOursAsync(presented, cancel) ? presented : DeviceMark.Fresh();
        var now = clock.GetUtcNow();
        await using var remember = database.Source.CreateBatch();
        Add(remember, """
            INSERT INTO devices (id, account_id, hash, last_used_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, hash) DO UPDATE SET last_used_at = excluded.last_used_at
            """, Guid.CreateVersion7(now), accountId, DeviceMark.Hash(mark), now);
        Add(remember, """
            DELETE FROM devices WHERE account_id = $1
            AND id NOT IN (SELECT id FROM devices WHERE account_id = $1 ORDER BY last_used_at DESC, id DESC LIMIT $2)
            """, accountId, MostDevices);
        await remember.ExecuteNonQueryAsync(cancel);
        return mark;
    }

    /// <summary>Joins the caller's unit of work: whoever signed in with the old password is a stranger again.</summary>
    public static async Task ForgetAsync(KeyPassDb context, Guid accountId, CancellationToken cancel) =>
        context.RemoveRange(await context.Set<DeviceRow>().Where(row => row.AccountId == accountId).ToListAsync(cancel));

    private async Task<bool> IsOursAsync(string mark, CancellationToken cancel)
    {
        var hash = DeviceMark.Hash(mark);
        await using var context = database.NewContext();
        return await context.Set<DeviceRow>().AnyAsync(row => row.Hash == hash, cancel);
    }

    private static void Add(NpgsqlBatch batch, string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(command);
    }

    internal sealed class DeviceRow
    {
        public required Guid Id { get; init; }
        public required Guid AccountId { get; init; }
        public required byte[] Hash { get; init; }
        public required DateTimeOffset LastUsedAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<DeviceRow>
    {
        public void Configure(EntityTypeBuilder<DeviceRow> builder)
        {
            builder.ToTable("devices");
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            builder.Property(row => row.Hash).HasColumnName("hash");
            builder.Property(row => row.LastUsedAt).HasColumnName("last_used_at");
            builder.HasIndex(row => new { row.AccountId, row.Hash }).IsUnique();
            builder.HasIndex(row => row.Hash);
            builder.HasOne<AccountStore.AccountRow>().WithMany().HasForeignKey(row => row.AccountId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
