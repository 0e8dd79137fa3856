using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Gateway;

/// <summary>One attempt as it leaves: where to, with which key, and what.</summary>
/// <param name="Origin">As the key is sealed for it.</param>
/// <param name="PathAndQuery">Put together by us, but for the query.</param>
internal sealed record Outgoing(string Provider, string Origin, string PathAndQuery, HeaderSecret Secret, ReadOnlySequence<byte> Body, string? ContentType)
{
    /// <summary>Something of it left: the provider may charge for it, whatever becomes of the answer.</summary>
    public bool IsSent { get; set; }
}

/// <summary>Sends attempts to providers, and nothing that the rules of this server do not put there.</summary>
internal sealed class Forwarder(ProviderSettings settings, TimeProvider clock) : IDisposable
{
    /// <summary>Exactly what we wrote: the usual reading would fold dots and decode escapes behind the check.</summary>
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpMessageInvoker _client = new(ProviderConnections.New(publicOnly: !settings.AllowPrivateOrigins));

    /// <summary>For the addresses that the operator put in a provider's place.</summary>
    private readonly HttpMessageInvoker _overrides = new(ProviderConnections.New(publicOnly: false));

    /// <summary>In this process: its address is none, and would be refused as such.</summary>
    private readonly HttpMessageInvoker _sandbox = new(new SandboxHandler(clock));

    /// <summary>Returns once the answer's headers are there. The caller disposes of the answer, and of the secret.</summary>
    public async Task<ForwarderAnswer> SendAsync(Outgoing outgoing, IHeaderDictionary from, CancellationToken cancel)
    {
        var dialled = settings.Dial(outgoing.Provider, outgoing.Origin);
        var address = new Uri(dialled + outgoing.PathAndQuery, AsWritten);
        // An origin is written in its shortest form as a rule; only another one is read again to be compared.
        var left = address.GetLeftPart(UriPartial.Authority);
        if (left != dialled && left != new Uri(dialled).GetLeftPart(UriPartial.Authority))
            throw new InvalidOperationException("an address left the origin that its key is sealed for");
        // Version 1.1 keeps the fewest copies of the key in memory, and one tenant's stream cannot end another's.
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Version = HttpVersion.Version11 };
        request.Content = new ForwarderContent(outgoing);
        if (outgoing.ContentType is { } type)
            Put(request.Content.Headers, "Content-Type", type);
        foreach (var (name, values) in from)
        {
            if (!ForwardedHeaders.GoesToProvider(name))
                continue;
            foreach (var value in values)
            {
                if (value is not null && ForwardedHeaders.IsHarmless(value))
                    Put(request.Headers, name, value);
            }
        }
        Put(request.Headers, "Accept-Encoding", "identity");
        Put(request.Headers, outgoing.Secret.Name, outgoing.Secret.Value);
        return new ForwarderAnswer(await ClientFor(outgoing.Provider).SendAsync(request, cancel));
    }

    public static bool IsUnreachable(Exception failure) => failure is HttpRequestException;

    public void Dispose()
    {
        _client.Dispose();
        _overrides.Dispose();
        _sandbox.Dispose();
    }

    private HttpMessageInvoker ClientFor(string provider) => provider == KeyChoice.Sandbox ? _sandbox
        : settings.Overrides.ContainsKey(provider) ? _overrides
        : _client;

    private static void Put(HttpHeaders headers, string name, string value)
    {
#pragma warning disable RS0030 // Add would copy the key into strings nobody overwrites, and rewrite what a caller sent; no character here splits a request.
        headers.TryAddWithoutValidation(name, value);
#pragma warning restore RS0030
    }
}
