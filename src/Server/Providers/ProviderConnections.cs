namespace KeyPass.Server.Providers;

/// <summary>How connections to providers are made: every call of this server to one goes over these rules.</summary>
internal static class ProviderConnections
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(10);

    /// <summary>A connection that rests keeps the last key in its buffer.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    /// <summary>Redirects would carry the key to another host, and cookies one tenant's session to the next.</summary>
    public static SocketsHttpHandler New(bool publicOnly)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = ConnectPatience,
            PooledConnectionIdleTimeout = IdleTime,
            MaxResponseHeadersLength = 64,
            ActivityHeadersPropagator = null,
        };
        if (publicOnly)
            handler.ConnectCallback = (context, cancel) => PublicAddresses.ConnectAsync(context.DnsEndPoint, cancel);
        return handler;
    }
}
