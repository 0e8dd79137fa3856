using System.Net;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>
/// F18: asks a provider whether it takes a key, by a call that costs nothing. From the server and not from the page: a page that may
/// connect to providers would be a ready way out for stolen keys.
/// </summary>
internal sealed class KeyProbe(ProviderSettings settings, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Where each lists its models, or in one case the key itself: its list is open to everyone.</summary>
    private static readonly Dictionary<string, string> Questions = new(StringComparer.Ordinal)
    {
        ["openai"] = "/v1/models",
        ["anthropic"] = "/v1/models?limit=1",
        ["google"] = "/v1beta/models?pageSize=1",
        ["groq"] = "/openai/v1/models",
        ["mistral"] = "/v1/models",
        ["deepseek"] = "/models",
        ["xai"] = "/v1/models",
        ["openrouter"] = "/api/v1/key",
        ["together"] = "/v1/models",
        ["fireworks"] = "/inference/v1/models",
        ["cohere"] = "/v1/models?page_size=1",
        ["azure"] = "/openai/models?api-version=2024-10-21",
        [SandboxHandler.Provider] = "/v1/models",
    };

    /// <summary>For what people name themselves: public addresses only, unless the operator allows all.</summary>
    private readonly HttpMessageInvoker _client = new(ProviderConnections.New(publicOnly: !settings.AllowPrivateOrigins));

    /// <summary>For the addresses that the operator put in a provider's place.</summary>
    private readonly HttpMessageInvoker _overrides = new(ProviderConnections.New(publicOnly: false));

    /// <summary>Inside this process: there is nobody to connect to.</summary>
    private readonly HttpMessageInvoker _sandbox = new(new SandboxHandler(clock));

    /// <summary>The question for an opened key, or null where a key of that kind cannot be tried by one header.</summary>
    public Question? Ask(in KeyVersion version, KeyPayload payload)
    {
        if (!HeaderSecret.IsHeader(payload.Scheme) || PathOf(version) is not { } path)
            return null;
        var name = IsCustom(version) ? new Uri(version.Origin).Host : ProviderCatalog.Find(version.Provider)?.Name ?? version.Provider;
        var client = version.Provider == SandboxHandler.Provider ? _sandbox : settings.Overrides.ContainsKey(version.Provider) ? _overrides : _client;
        var header = HeaderSecret.Of(payload.Scheme, AzureSecret.KeyIn(version.Provider, payload.Secret));
        return new Question(client, name, new Uri(settings.Dial(version.Provider, version.Origin) + path), header);
    }

    public void Dispose()
    {
        _client.Dispose();
        _overrides.Dispose();
        _sandbox.Dispose();
    }

    private static string? PathOf(in KeyVersion version) => IsCustom(version)
        ? version.Provider["custom:".Length..] + "/models"
        : Questions.GetValueOrDefault(version.Provider);

    private static bool IsCustom(in KeyVersion version) => version.Provider.StartsWith(ProviderCatalog.CustomPrefix, StringComparison.Ordinal);

    /// <summary>Holds the key as a header until it is disposed of.</summary>
    internal sealed class Question(HttpMessageInvoker client, string name, Uri address, HeaderSecret header) : IDisposable
    {
        public async Task<KeyTest> AnswerAsync(CancellationToken cancel)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = HttpVersion.Version11 };
#pragma warning disable RS0030 // Add would copy the key into strings nobody overwrites; that no character splits the request is part of opening it.
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
#pragma warning restore RS0030
            request.Headers.Add("User-Agent", "KeyPass");
            if (header.Name == "x-api-key")
                request.Headers.Add("anthropic-version", "2023-06-01");
            try
            {
                using var response = await client.SendAsync(request, patience.Token);
                return KeyTest.Of(name, (int)response.StatusCode);
            }
            catch (Exception failure) when (
                failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                return KeyTest.Unreachable(name);
            }
        }

        public void Dispose() => header.Dispose();
    }
}
