using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Providers;
using Microsoft.AspNetCore.Http.Features;

namespace KeyPass.Server.Gateway;

/// <summary>The addresses that official SDKs call once their base URL names this server.</summary>
internal static class GatewayEndpoints
{
    private const string Forwards = "Forwarded calls";

    /// <summary>What stands under /v1 at OpenAI and Anthropic. KeyPass's own routes stand beside them, under other names.</summary>
    private static readonly string[] Families =
    [
        "agents", "assistants", "audio", "batches", "chat", "chatkit", "completions", "containers", "content_provenance_checks", "conversations",
        "decisions", "deployment_runs", "deployments", "dreams", "embeddings", "environments", "evals", "files", "fine_tuning", "images", "live",
        "memory_stores", "messages", "models", "moderations", "organization", "organizations", "projects", "realtime", "responses", "safety",
        "sessions", "skills",
        "threads", "tunnels", "uploads", "user_profiles", "vaults", "vector_stores", "videos", "webhook_endpoints", "webhook_event_types", "v1",
    ];

    /// <summary>Prefixes that name the provider, where they are not its own name.</summary>
    private static readonly Dictionary<string, string> Prefixes = new(StringComparer.Ordinal) { ["gemini"] = "google" };

    private static readonly string[] Named =
        ["openai", "anthropic", "google", "groq", "mistral", "deepseek", "xai", "openrouter", "together", "fireworks", "cohere", "sandbox"];

    private static readonly Surface[] AllSurfaces = [Surface.OpenAi, Surface.Anthropic, Surface.Gemini];

    /// <summary>What is not built yet says so, and is never forwarded unmetered.</summary>
    private static readonly string[] NotYet = ["azure", "bedrock", "vertex", "model"];

    public static void AddGateway(this IServiceCollection services)
    {
        services.AddSingleton<GrantLookupStore>();
        services.AddSingleton<LiveGrants>();
        services.AddSingleton<GrantWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<GrantWatch>());
        services.AddSingleton<RepairLinks>();
        services.AddSingleton<Admission>();
        services.AddSingleton<BodyRoom>();
        services.AddSingleton<BodyReader>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<Answerer>();
        services.AddSingleton<RateGates>();
        services.AddSingleton<Reserver>();
        services.AddSingleton<BoundViolations>();
        services.AddSingleton<ProxyCall>();
    }

    public static void MapGateway(this WebApplication app)
    {
        app.MapOwnKey();
        foreach (var family in Families)
            MapTree(app, "/v1/" + family, http => RunAsync(http, new Entry("", null, AnyKey), [SurfaceUnderV1(http)]));
        foreach (var prefix in Named.Concat(Prefixes.Keys))
        {
            var provider = Prefixes.GetValueOrDefault(prefix, prefix);
            MapTree(app, "/" + prefix, http => RunAsync(
                http, new Entry("/" + prefix, provider, held => held.Provider == (IsGroqsOwn(prefix, http) ? "groq" : provider)), AllSurfaces));
            MapTree(app, "/v1/proxy/passthrough/" + prefix, http => RunAsync(
                http, new Entry("/v1/proxy/passthrough/" + prefix, provider, held => held.Provider == provider), AllSurfaces));
        }
        MapTree(app, "/v1beta", http => RunAsync(http, new Entry("", "google", held => held.Provider == "google"), [Surface.OpenAi, Surface.Gemini]));
        MapTree(app, "/custom/{host}", http => RunAsync(http, CustomEntry(http), [Surface.OpenAi]));
        app.MapPost("/v1/proxy/chat/completions", (HttpContext http, ProxyCall call) => call.RunAsync(http, CallAddress.UnifiedChat, AnyKey))
            .TakesVirtualKey().ChangesNothing().WithTags(Forwards).ExcludeFromDescription();
        foreach (var prefix in NotYet)
            MapTree(app, "/" + prefix, http => RefuseAsync(http, Surface.OpenAi, "KeyPass does not forward to this provider yet."));
    }

    private static void MapTree(WebApplication app, string prefix, RequestDelegate run)
    {
        foreach (var pattern in new[] { prefix, prefix + "/{**rest}" })
            app.Map(pattern, run).TakesVirtualKey().ChangesNothing().WithTags(Forwards).ExcludeFromDescription();
    }

    private static Task RunAsync(HttpContext http, Entry entry, Surface[] surfaces)
    {
        var raw = RawPath(http);
        var rest = raw.StartsWith(entry.Prefix, StringComparison.Ordinal) ? raw[entry.Prefix.Length..] : "";
        // People put the /v1 of one SDK's base address into another's.
        if (entry.Provider is null && rest.StartsWith("/v1/v1/", StringComparison.Ordinal))
            rest = rest["/v1".Length..];
        foreach (var surface in surfaces)
        {
            foreach (var start in entry.Starts(surface))
            {
                if (!rest.StartsWith(start + "/", StringComparison.Ordinal))
                    continue;
                if (CallAddress.Find(surface, http.Request.Method, rest[start.Length..]) is { } address)
                {
                    DialectOf(surface).Speak(http);
                    return http.RequestServices.GetRequiredService<ProxyCall>().RunAsync(http, address, entry.Allows);
                }
                if (HttpMethods.IsGet(http.Request.Method) && ModelList.Find(surface, rest[start.Length..], entry.Allows) is { } list)
                {
                    DialectOf(surface).Speak(http);
                    return list.RunAsync(http);
                }
            }
        }
        return RefuseAsync(http, surfaces[0], Reason(rest));
    }

    private static Entry CustomEntry(HttpContext http)
    {
        var host = (string)http.Request.RouteValues["host"]!;
        return new Entry("/custom/" + host, ProviderCatalog.CustomPrefix, held =>
            held.Provider.StartsWith(ProviderCatalog.CustomPrefix, StringComparison.Ordinal) && IsAt(held, host));
    }

    /// <summary>A tree of addresses.</summary>
    /// <param name="Prefix">Before what SDKs write.</param>
    /// <param name="Provider">Null where any may serve.</param>
    private sealed record Entry(string Prefix, string? Provider, Func<GrantKey, bool> Allows)
    {
        /// <summary>Where the provider's own routes begin, as its SDKs write them.</summary>
        public IEnumerable<string> Starts(Surface surface) => Provider switch
        {
            null => ["/v1"],
            ProviderCatalog.CustomPrefix => ["/v1", ""],
            _ => ProviderSurface.BaseOf(Provider, surface) is { } own ? [own] : [],
        };
    }

    /// <summary>Groq's SDKs call /openai/v1 at whatever base address they are given, and never mean OpenAI by it.</summary>
    private static bool IsGroqsOwn(string prefix, HttpContext http) => prefix == "openai" && http.Request.Headers.UserAgent.ToString() is { } agent
        && (agent.StartsWith("Groq/", StringComparison.Ordinal) || agent.StartsWith("AsyncGroq/", StringComparison.Ordinal));

    private static bool IsAt(GrantKey held, string host) => Uri.TryCreate(held.Origin, UriKind.Absolute, out var origin) && origin.Authority == host;

    private static bool AnyKey(GrantKey held) => true;

    /// <summary>Every official SDK of Anthropic's says its API's version, always; nobody else does.</summary>
    private static Surface SurfaceUnderV1(HttpContext http) => http.Request.Headers.ContainsKey("anthropic-version") ? Surface.Anthropic : Surface.OpenAi;

    private static Dialect DialectOf(Surface surface) => surface switch
    {
        Surface.Anthropic => Dialect.Anthropic,
        Surface.Gemini => Dialect.Gemini,
        _ => Dialect.OpenAi,
    };

    private static string RawPath(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var end = target.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? target : target[..end];
    }

    private static string Reason(string rest) =>
        rest.Contains("/organization", StringComparison.Ordinal) || rest.Contains("/projects", StringComparison.Ordinal)
        ? "The administration of a provider account is never reached through KeyPass."
        : "KeyPass forwards no calls to this address: chat, responses, messages, embeddings, images, audio and moderations are forwarded; files, batches, "
            + "realtime and other stored objects are not yet.";

    /// <summary>Only to those who may call at all: to others it is the missing key that matters.</summary>
    private static async Task RefuseAsync(HttpContext http, Surface surface, string reason)
    {
        DialectOf(surface).Speak(http);
        var (caller, refusal) = await http.RequestServices.GetRequiredService<Admission>().AdmitAsync(http.Request, alsoInQuery: false, http.RequestAborted);
        using (caller)
            await (refusal ?? Refusals.RouteNotAllowed.Because(reason)).ExecuteAsync(http);
    }
}
