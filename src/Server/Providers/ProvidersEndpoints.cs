using KeyPass.Server.Http;

namespace KeyPass.Server.Providers;

internal static class ProvidersEndpoints
{
    internal sealed record ProviderList(IReadOnlyList<Provider> Items, string? NextCursor);

    public static void AddProviders(this IServiceCollection services, ProviderSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<KeyProbe>();
        services.AddSingleton<CustomModels>();
        services.AddSingleton<OwnerProof>();
    }

    public static void MapProviders(this WebApplication app) =>
        app.MapGet("/v1/providers", () => TypedResults.Ok(Envelope.Of(new ProviderList(ProviderCatalog.All, NextCursor: null))))
            .OpenToAnyone()
            .WithTags("Keys").WithName("listProviders").WithSummary("The vendors whose keys the vault takes")
            .WithDescription("With what to ask for, where the vendor shows its keys, and where a key of theirs may be sent.")
            .Produces<Envelope<ProviderList>>();
}
