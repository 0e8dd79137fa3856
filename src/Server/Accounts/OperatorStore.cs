using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace KeyPass.Server.Accounts;

/// <summary>
/// The addresses that are operators of this server. The role is given at the server only (<c>./run operator</c>) and counts
/// for an account once that account has verified the address.
/// </summary>
internal sealed class OperatorStore(Database database)
{
    /// <summary>False when the address had the role already.</summary>
    public async Task<bool> AddAsync(EmailAddress email, TimeProvider clock, CancellationToken cancel)
    {
        await using var insert = database.Source.CreateCommand("INSERT INTO operators (email, granted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        insert.Parameters.Add(new NpgsqlParameter { Value = email.Normalized });
        insert.Parameters.Add(new NpgsqlParameter { Value = clock.GetUtcNow() });
        return await insert.ExecuteNonQueryAsync(cancel) == 1;
    }

    /// <summary>False when the address did not have the role.</summary>
    public async Task<bool> RemoveAsync(EmailAddress email, CancellationToken cancel)
    {
        await using var delete = database.Source.CreateCommand("DELETE FROM operators WHERE email = $1");
        delete.Parameters.Add(new NpgsqlParameter { Value = email.Normalized });
        return await delete.ExecuteNonQueryAsync(cancel) == 1;
    }

    public async Task<bool> HasAsync(string email, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<OperatorRow>().AnyAsync(row => row.Email == email, cancel);
    }

    public async Task<IReadOnlyList<OperatorRow>> ListAsync(CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<OperatorRow>().AsNoTracking().OrderBy(row => row.Email).ToListAsync(cancel);
    }

    internal sealed class OperatorRow
    {
        public required string Email { get; init; }
        public required DateTimeOffset GrantedAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<OperatorRow>
    {
        public void Configure(EntityTypeBuilder<OperatorRow> builder)
        {
            builder.ToTable("operators");
            builder.HasKey(row => row.Email);
            builder.Property(row => row.Email).HasColumnName("email").HasMaxLength(EmailAddress.MaxLength);
            builder.Property(row => row.GrantedAt).HasColumnName("granted_at");
        }
    }
}
