namespace KeyPass.Server.Persistence;

internal static class PersistenceSetup
{
    public static void AddPersistence(this IServiceCollection services, Database database)
    {
        services.AddSingleton(database);
        if (database.Embedded is not null)
            services.AddHostedService<PostgresWatch>();
    }
}
