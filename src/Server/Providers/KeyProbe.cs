using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>
/// F18: asks a provider whether it takes a key, by a call that costs nothing. From the server and not from the page: a page that may
/// connect to providers would be a ready way out for stolen keys.
/// </summary>
internal sealed class KeyProbe(ProviderSettings settings, TimeProvider clock) : IDisposable
{
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

    /// <summary>The question for an opened key, or null where its provider has no call that only asks.</summary>
    public KeyQuestion? Ask(in KeyVersion version, KeyPayload payload)
    {
        var name = IsCustom(version) ? new Uri(version.Origin).Host : ProviderCatalog.Find(version.Provider)?.Name ?? version.Provider;
        var client = version.Provider == SandboxHandler.Provider ? _sandbox : settings.Overrides.ContainsKey(version.Provider) ? _overrides : _client;
        var dialled = settings.Dial(version.Provider, version.Origin);
        switch ((version.Provider, payload.Scheme))
        {
            case ("bedrock", KeyScheme.SigV4):
                var region = ProviderCatalog.RegionIn(version.Provider, version.Origin)!;
                if (!KeyForm.IsAwsRegion(region))
                    return null;
                dialled = settings.Dial(version.Provider, $"https://bedrock.{region}.amazonaws.com");
                return (KeyQuestion?)BedrockQuestion.Of(client, name, dialled, region, payload.Secret, clock.GetUtcNow()) ?? new UnreadableQuestion(name);
            case ("vertex", KeyScheme.GcpServiceAccount):
                var dialledForTokens = settings.Dial(version.Provider, VertexQuestion.TokenOrigin);
                return (KeyQuestion?)VertexQuestion.Of(client, name, dialled, dialledForTokens, payload.Secret, clock.GetUtcNow())
                    ?? new UnreadableQuestion(name);
            default:
                if (!HeaderSecret.IsHeader(payload.Scheme) || PathOf(version) is not { } path)
                    return null;
                var header = HeaderSecret.Of(payload.Scheme, AzureSecret.KeyIn(version.Provider, payload.Secret));
                return new HeaderQuestion(client, name, new Uri(dialled + path), header);
        }
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
}
