using KeyPass.Server.Audit;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Accounts;

/// <summary>Management tokens: a grant each, with what it may do beside it.</summary>
internal sealed class TokenStore(Database database, VaultStore vaults, GrantStore grants, AuditStore audit, TimeProvider clock)
{
    /// <summary>More than anyone keeps in mind; the list stays one page.</summary>
    public const int MostTokens = 200;

    internal sealed record Listed(GrantStore.GrantRow Grant, TokenRow Row, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, IReadOnlyList<Guid> KeyIds);

    /// <summary>With its entry in the journal. The keys must be the vault's own, in the version they have there.</summary>
    public Task<VaultChange> AddAsync(VaultStore.VaultRow vault, NewGrant made, TokenRow row, string actor, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            var living = from one in context.Set<TokenRow>()
                         join grant in context.Set<GrantStore.GrantRow>() on one.GrantId equals grant.Id
                         where one.AccountId == vault.AccountId && grant.RevokedAt == null
                         select one;
            if (await living.CountAsync(cancel) >= MostTokens)
                return VaultChange.TooMany;
            if (!await VaultStore.HasKeysAsync(context, vault.Id, made.SealedKeys, cancel))
                return VaultChange.NotThere;
            GrantStore.Add(context, made);
            context.Add(row);
            Note(context, vault.AccountId, actor, "token.created", made.Grant.Id);
            return VaultChange.Done;
        }, cancel);

    /// <summary>Those that were revoked too: their rows say what became of them.</summary>
    public async Task<IReadOnlyList<Listed>> ListAsync(Guid accountId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var rows = await (
            from row in context.Set<TokenRow>()
            join grant in context.Set<GrantStore.GrantRow>() on row.GrantId equals grant.Id
            where row.AccountId == accountId
            orderby grant.CreatedAt
            select new
            {
                row,
                grant,
                Wraps = context.Set<GrantStore.TokenWrapRow>().Where(wrap => wrap.GrantId == row.GrantId).ToList(),
                Keys = context.Set<GrantStore.SealedKeyRow>().Where(one => one.GrantId == row.GrantId).Select(one => one.KeyId).Distinct().ToList(),
            }).AsNoTracking().ToListAsync(cancel);
        return [.. rows.Select(one => new Listed(
            one.grant, one.row, one.Wraps.MaxBy(wrap => wrap.CreatedAt)?.ExpiresAt, one.Wraps.Max(wrap => wrap.LastUsedAt), one.Keys))];
    }

    public async Task<TokenRow?> FindAsync(Guid accountId, Guid grantId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<TokenRow>().AsNoTracking().SingleOrDefaultAsync(row => row.AccountId == accountId && row.GrantId == grantId, cancel);
    }

    public async Task<GrantStore.GrantRow?> FindGrantAsync(Guid accountId, Guid grantId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        return await context.Set<GrantStore.GrantRow>().AsNoTracking()
            .SingleOrDefaultAsync(row => row.AccountId == accountId && row.Id == grantId && row.RevokedAt == null, cancel);
    }

    /// <summary>A second credential for the same grant; the present ones end with the overlap.</summary>
    public Task<VaultChange> RotateAsync(
        VaultStore.VaultRow vault, GrantStore.TokenWrapRow next, TimeSpan overlap, string actor, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            await GrantStore.AddCredentialAsync(context, next, clock.GetUtcNow() + overlap, cancel);
            Note(context, vault.AccountId, actor, "token.rotated", next.GrantId);
            return VaultChange.Done;
        }, cancel);

    public Task<VaultChange> RevokeAsync(VaultStore.VaultRow vault, Guid grantId, string actor, CancellationToken cancel) =>
        vaults.ChangeAsync(vault, async context =>
        {
            var there = context.Set<TokenRow>().Where(row => row.AccountId == vault.AccountId && row.GrantId == grantId);
            var living = context.Set<GrantStore.GrantRow>().Where(row => row.Id == grantId && row.RevokedAt == null);
            if (!await there.AnyAsync(cancel) || !await living.AnyAsync(cancel))
                return VaultChange.NotThere;
            await grants.RevokeAsync(context, grantId, cancel);
            Note(context, vault.AccountId, actor, "token.revoked", grantId);
            return VaultChange.Done;
        }, cancel);

    private void Note(KeyPassDb context, Guid accountId, string actor, string action, Guid grantId) =>
        audit.Append(context, new AuditEntry(accountId, actor, action, grantId.ToString("N")));

    internal sealed class TokenRow
    {
        public required Guid GrantId { get; init; }
        public required Guid AccountId { get; init; }
        public required Scope[] Scopes { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<TokenRow>
    {
        public void Configure(EntityTypeBuilder<TokenRow> builder)
        {
            builder.ToTable("management_tokens");
            builder.HasKey(row => row.GrantId);
            builder.Property(row => row.GrantId).HasColumnName("grant_id").ValueGeneratedNever();
            builder.Property(row => row.AccountId).HasColumnName("account_id");
            // By name: a number would mean something else after a reordering.
            builder.PrimitiveCollection(row => row.Scopes).HasColumnName("scopes").ElementType().HasConversion<string>();
            builder.HasIndex(row => row.AccountId);
            builder.HasOne<GrantStore.GrantRow>().WithOne().HasForeignKey<TokenRow>(row => row.GrantId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
