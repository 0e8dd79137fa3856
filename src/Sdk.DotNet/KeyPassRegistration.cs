using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Sdk;

/// <summary>KeyPass in a program with dependency injection.</summary>
public static class KeyPassRegistration
{
    /// <summary>Makes a <see cref="KeyPassClient"/> available, on connections of the program's IHttpClientFactory.</summary>
    public static IHttpClientBuilder AddKeyPass(this IServiceCollection services, KeyPassOptions options) => services.AddKeyPass(_ => options);

    /// <summary>The same with options that come from what the program has registered, its configuration for instance.</summary>
    public static IHttpClientBuilder AddKeyPass(this IServiceCollection services, Func<IServiceProvider, KeyPassOptions> options) =>
        services.AddHttpClient(nameof(KeyPassClient), KeyPassClient.Prepare)
            .ConfigurePrimaryHttpMessageHandler(KeyPassClient.CreateHandler)
            // The factory logs headers where a program turns its log up to Trace.
            .RedactLoggedHeaders(["Authorization"])
            .AddTypedClient((http, provider) => new KeyPassClient(options(provider), http));
}
