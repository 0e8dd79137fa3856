using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KeyPass.Server.Http;

/// <summary>Everything a client sends has a limit, with its reason.</summary>
internal static class Limits
{
    /// <summary>A provider SDK sends about 20 headers, a proxy adds ten; tokens and trace headers stay under 2 KB each.</summary>
    private const int HeaderCount = 100;
    private const int HeaderBytes = 32 * 1024;

    /// <summary>A receipt search with every filter is under 2 KB.</summary>
    private const int RequestLineBytes = 8 * 1024;

    /// <summary>Management bodies are small; routes that carry prompts and files raise it for themselves.</summary>
    public const int BodyBytes = 1024 * 1024;

    /// <summary>No API of ours or a provider's nests deeper.</summary>
    public const int JsonDepth = 64;

    /// <summary>A slow writer must not hold a connection for ever; a phone on a train must still get through.</summary>
    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(20);
    private static readonly MinDataRate BodyRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));

    /// <summary>Longer than the keep-alive of the common reverse proxies (60–75 s), or they would send into a closing connection.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(130);

    /// <summary>Well under what one process can hold open, so that the limit answers before the machine does.</summary>
    private const int Connections = 20_000;

    public static void Apply(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        StrictFraming.Apply();
        var limits = server.Limits;
        limits.MaxRequestHeaderCount = HeaderCount;
        limits.MaxRequestHeadersTotalSize = HeaderBytes;
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.MaxRequestBodySize = BodyBytes;
        limits.RequestHeadersTimeout = HeaderTime;
        limits.MinRequestBodyDataRate = BodyRate;
        limits.KeepAliveTimeout = KeepAlive;
        limits.MaxConcurrentConnections = Connections;
    }
}
