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
        RequireSame(ring, written, path);
        await RememberAsync(ring, context, written, cancel);
        return ring;
    }

    /// <summary>For the operator: the ring changes in its file and in what the database remembers, one operator at a time.</summary>
    public async Task<Ring> ChangeAsync(string path, Func<Ring, Task<Ring>> change, CancellationToken cancel)
    {
        await using var turn = await database.TakeStartLockAsync(cancel);
        await using var context = database.NewContext();
        var written = await context.Set<EpochRow>().ToListAsync(cancel);
        using var ring = Load(path, mayCreate: false);
        RequireSame(ring, written, path);
        try
        {
            var changed = await change(ring);
            RingFile.Save(path, changed);
            await RememberAsync(changed, context, written, cancel);
            return changed;
        }
        catch (RingUnusable unusable)
        {
            throw new StartFailure(unusable.Message, unusable);
        }
    }

    private static void RequireSame(Ring ring, List<EpochRow> written, string path)
    {
        if (written.FirstOrDefault(row => !ring.Knows((uint)row.Kid, row.Fingerprint)) is { } unknown)
        {
            throw new StartFailure($"The ring file {path} is not the one this database was written with (its epoch {unknown.Kid} differs): "
                + "put the right one in its place, or name it with KeyPass__RingFile.");
        }
        // Under an old copy a server would write rows that no other server can open.
        if (written.FirstOrDefault(row => row.DestroyedAt is not null && StateOf(ring, row.Kid) != RingState.Destroyed) is { } destroyed)
        {
            throw new StartFailure($"The ring file {path} is an old copy: epoch {destroyed.Kid} has been destroyed since. Copy the ring file of "
                + "another server here, and delete every copy of this one.");
        }
    }

    private async Task RememberAsync(Ring ring, KeyPassDb context, List<EpochRow> written, CancellationToken cancel)
    {
        // An epoch above the active one has no rows yet, and servers may start without it until it is copied to them.
        foreach (var epoch in ring.Epochs.Where(epoch => epoch.State != RingState.Destroyed && epoch.Kid <= ring.Active.Kid))
        {
            if (written.TrueForAll(row => row.Kid != epoch.Kid))
                context.Add(new EpochRow { Kid = epoch.Kid, Fingerprint = epoch.Fingerprint(), SeenAt = clock.GetUtcNow() });
        }
        foreach (var row in written.Where(row => row.DestroyedAt is null && StateOf(ring, row.Kid) == RingState.Destroyed))
            row.DestroyedAt = clock.GetUtcNow();
        await context.SaveChangesAsync(cancel);
    }

    private static RingState? StateOf(Ring ring, long kid) => ring.Epochs.FirstOrDefault(epoch => epoch.Kid == kid)?.State;

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
        public DateTimeOffset? DestroyedAt { get; set; }
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
            builder.Property(row => row.DestroyedAt).HasColumnName("destroyed_at");
        }
    }
}
