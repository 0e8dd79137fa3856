using Microsoft.AspNetCore.HttpOverrides;

namespace KeyPass.Server.Http;

/// <summary>
/// Who may say on whose behalf a request comes. Without a configured proxy the headers are ignored: anyone can send them.
/// </summary>
internal static class TrustedProxies
{
    public static void UseTrustedProxies(this WebApplication app, IReadOnlyList<System.Net.IPNetwork> proxies)
    {
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions
        {
            // Not the host: links are built from KeyPass__PublicUrl, never from what a request claims.
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            // Every hop that is trusted is stepped over; the first that is not is the client.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in proxies)
            options.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(options);
    }
}
