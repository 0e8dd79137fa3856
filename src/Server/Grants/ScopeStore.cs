using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Grants;

/// <summary>The scopes of those grants that make calls. A change of one reaches every server by the table's trigger.</summary>
internal static class ScopeStore
{
    internal sealed class ScopeRow
    {
        public required Guid GrantId { get; init; }

        /// <summary>Reaches the sandbox only, and counts as no real money.</summary>
        public required bool IsTest { get; init; }

        public required string[] Providers { get; set; }
        public required string[] Models { get; set; }
        public required string[] Routes { get; set; }

        /// <summary>Whether an answer that nobody reads any more is cut at the provider; otherwise it is read to its end, which tells its cost.</summary>
        public required bool CancelsOnHangUp { get; set; }

        /// <summary>What its calls are counted under.</summary>
        public required string[] Tags { get; set; }

        /// <summary>The connection whose access token it is; null for virtual keys. Its budgets are the connection's, which outlives a grant.</summary>
        public Guid? ConnectionId { get; init; }

        public DateTimeOffset? DisabledAt { get; set; }

        /// <summary>Null where nothing limits it.</summary>
        public int? RequestsPerMinute { get; set; }

        public int? TokensPerMinute { get; set; }

        /// <summary>Calls that run at the same time.</summary>
        public int? Concurrent { get; set; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<ScopeRow>
    {
        public void Configure(EntityTypeBuilder<ScopeRow> builder)
        {
            builder.ToTable("grant_scopes");
            builder.HasKey(row => row.GrantId);
            builder.Property(row => row.GrantId).HasColumnName("grant_id").ValueGeneratedNever();
            builder.Property(row => row.IsTest).HasColumnName("is_test");
            builder.Property(row => row.Providers).HasColumnName("providers");
            builder.Property(row => row.Models).HasColumnName("models");
            builder.Property(row => row.Routes).HasColumnName("routes");
            builder.Property(row => row.CancelsOnHangUp).HasColumnName("cancels_on_hang_up");
            builder.Property(row => row.Tags).HasColumnName("tags");
            builder.Property(row => row.ConnectionId).HasColumnName("connection_id");
            builder.Property(row => row.DisabledAt).HasColumnName("disabled_at");
            builder.Property(row => row.RequestsPerMinute).HasColumnName("requests_per_minute");
            builder.Property(row => row.TokensPerMinute).HasColumnName("tokens_per_minute");
            builder.Property(row => row.Concurrent).HasColumnName("concurrent");
            builder.HasOne<GrantStore.GrantRow>().WithOne().HasForeignKey<ScopeRow>(row => row.GrantId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
