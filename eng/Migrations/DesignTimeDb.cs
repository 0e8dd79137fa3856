using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace KeyPass.Migrations;

/// <summary>How dotnet-ef gets a context: it reads the model only and never connects.</summary>
internal sealed class DesignTimeDb : IDesignTimeDbContextFactory<KeyPassDb>
{
    public KeyPassDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<KeyPassDb>().UseNpgsql("Host=none").Options);

    private static void Main()
    {
    }
}
