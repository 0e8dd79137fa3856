using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Persistence;

/// <summary>
/// The control plane's map of the database. It knows no slice: each <c>*Store</c> carries the mapping of its own tables as a
/// nested <see cref="IEntityTypeConfiguration{T}"/>, and is found here. (Such a class needs a parameterless constructor; EF
/// passes over one that has none without a word, which a test watches.)
/// </summary>
internal sealed class KeyPassDb(DbContextOptions<KeyPassDb> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(KeyPassDb).Assembly);
}
