using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Persistence;

internal static class PersistenceSetup
{
    public static void AddPersistence(this IServiceCollection services, Database database)
    {
        services.AddSingleton(database);
        services.AddSingleton(database.Source);
        services.AddDbContext<KeyPassDb>(options => options.UseNpgsql(database.Source));
        if (database.Embedded is not null)
            services.AddHostedService<PostgresWatch>();
    }
}
