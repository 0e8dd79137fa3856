using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Vault;

/// <summary>
/// Keeps ring and database together: the database remembers a fingerprint of every epoch it was written with, and a server
/// with another ring does not start. A new ring is made only for a database that has never seen one.
/// </summary>
internal sealed class RingStore(Database database, TimeProvider clock)
{
    public async Task<Ring> OpenAsync(string path, CancellationToken cancel)
    {
        // Two first servers at once must not make two rings.
        await using var turn = await database.TakeStartLockAsync(cancel);
        await using var context = database.NewContext();
        var written = await context.Set<EpochRow>().ToListAsync(cancel);
        var ring = Load(path, mayCreate: written.Count == 0);
        if (written.FirstOrDefault(row => !ring.Knows((uint)row.Kid, row.Fingerprint)) is { } unknown)
        {
            throw new StartFailure($"The ring file {path} is not the one this database was written with (its epoch {unknown.Kid} differs): "
                + "put the right one in its place, or name it with KeyPass__RingFile.");
        }
        foreach (var epoch in ring.Epochs.Where(epoch => epoch.State != RingState.Destroyed && written.TrueForAll(row => row.Kid != epoch.Kid)))
            context.Add(new EpochRow { Kid = epoch.Kid, Fingerprint = epoch.Fingerprint(), SeenAt = clock.GetUtcNow() });
        await context.SaveChangesAsync(cancel);
        return ring;
    }

    private Ring Load(string path, bool mayCreate)
    {
        try
        {
            return mayCreate && !File.Exists(path) ? RingFile.Create(path, clock.GetUtcNow()) : RingFile.Load(path);
        }
        catch (RingUnusable unusable)
        {
            throw new StartFailure(unusable.Message, unusable);
        }
    }

    internal sealed class EpochRow
    {
        public required long Kid { get; init; }
        public required byte[] Fingerprint { get; init; }
        public required DateTimeOffset SeenAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<EpochRow>
    {
        public void Configure(EntityTypeBuilder<EpochRow> builder)
        {
            builder.ToTable("ring_epochs");
            builder.HasKey(row => row.Kid);
            builder.Property(row => row.Kid).HasColumnName("kid").ValueGeneratedNever();
            builder.Property(row => row.Fingerprint).HasColumnName("fingerprint");
            builder.Property(row => row.SeenAt).HasColumnName("seen_at");
        }
    }
}
